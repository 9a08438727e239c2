// What the rotation bench and its threads say to each other.

export type CrowdCommand =
  /** Makes a room and founds its meeting; answers the link. */
  | { do: 'found'; origin: string; name: string }
  | { do: 'join'; link: string; names: readonly string[] }
  /** Answers when the leave was sent. */
  | { do: 'leave'; name: string }
  | { do: 'state' }
  /** Sizes of the commits that members of this thread have won with since the last time. */
  | { do: 'commits' }
  /** Answers when the last member of this thread came to an epoch without the one of this name. */
  | { do: 'without'; name: string }
  /** Whoever was removed is waited for no more; its socket stays open. */
  | { do: 'set-aside'; name: string }
  | { do: 'disperse' };

export type CrowdReport =
  | { id: number; ok: true; value: unknown }
  | { id: number; ok: false; message: string };

export type MemberState = {
  name: string;
  epoch: number;
  size: number;
  settled: boolean;
  lowestLeaf: boolean;
  faults: readonly string[];
  refused: number;
};

export type CommitSize = { commit: number; welcome: number; added: number };
