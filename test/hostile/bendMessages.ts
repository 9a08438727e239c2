// What a test says to its bent sfu (switchboard.ts), over the process's own IPC channel.

export type BendCommand =
  /** Whether consumers that are made from now on are fed by the switchboard. */
  | { bend: 'splice'; on: boolean }
  | { bend: 'feeds' }
  /** Which producers' frames this consumer gets from here on: its own, somebody else's, several, or none. */
  | { bend: 'route'; consumerId: string; sources: readonly string[] }
  /** Whether requests for key frames of this producer are lost on their way; answers how many were so far. */
  | { bend: 'deafen'; producerId: string; on: boolean }
  /** Keeps what the producer sends from here on, frame by frame. */
  | { bend: 'keep'; producerId: string }
  /** How many frames have been kept so far. */
  | { bend: 'kept'; producerId: string }
  /** Keeps no more; what was kept stays. */
  | { bend: 'enough'; producerId: string }
  /** Sends everything kept of a producer to this consumer, as new packets. */
  | { bend: 'again'; consumerId: string; producerId: string }
  /** Sends these frames, one packet each, as fast as a camera would. */
  | { bend: 'inject'; consumerId: string; frames: readonly Uint8Array[] }
  /** Sends made-up frames, each as one packet: `prefix` and then `randomBytes` at random. Rotates through `prefixes`. */
  | {
      bend: 'flood';
      consumerId: string;
      prefixes: readonly Uint8Array[];
      randomBytes: number;
      perSecond: number;
      seconds: number;
    };

export type BendRequest = BendCommand & { id: string };

export type Feed = {
  consumerId: string;
  /** Of the stream that it was made for. */
  producerId: string;
  kind: 'audio' | 'video';
};

export type BendReport =
  | { type: 'bent'; id: string; feeds: Feed[]; frames: number }
  | { type: 'unbent'; id: string; message: string };
