// What the screens know of a call: plain shapes, no logic. `call/` fills them, `ui/` and `screens/` only read them.
import type { ChatMessage, Knock as GroupKnock, GroupView, Mark, Settings } from '#e2ee/messages.ts';
import type { Imposed, PeerId, RoomId, Slot, Suite } from '#protocol';
import type { CaptureModel, ScreenModel } from '../media/captureModel.ts';

export type { CaptureModel, CaptureProblem, DeviceChoice, ScreenModel } from '../media/captureModel.ts';

/** As the group worker tells of them. */
export type { Mark, Settings };

export interface Knock extends GroupKnock {
  /** Whom the server says it has signed in, in words; nobody in the group vouches for it. */
  readonly account?: string | null;
}

export type ConnectionState = 'connecting' | 'connected' | 'reconnecting' | 'lost';

/** Why a member's lock is (not) closed, per direction of what the worker counted, never from configuration. */
export type LockState =
  | { locked: true; reason: 'encrypted' }
  | {
      locked: false;
      reason:
        | 'waiting-key'
        | 'bad-tag'
        | 'wrong-sender'
        | 'unknown-codec'
        | 'fork'
        | 'unconfirmed'
        | 'no-frames';
    };

export type TileState = 'live' | 'video-off' | 'waiting-key' | 'reconnecting';

/** One tile per member, taken from the MLS roster; a screen share is a second tile of the same member. */
export interface Tile {
  readonly key: string;
  readonly peerId: PeerId;
  readonly name: string;
  readonly self: boolean;
  readonly slot: Extract<Slot, 'camera' | 'screen'>;
  readonly state: TileState;
  /** May be there before the tile is live, for a hidden element to wait with: to be shown only while it is. */
  readonly stream: MediaStream | null;
  readonly micMuted: boolean;
  readonly speaking: boolean;
  readonly lock: LockState;
  /** By the group's own list of hosts. */
  readonly host: boolean;
  readonly mark: Mark;
}

export interface RosterEntry {
  readonly peerId: PeerId;
  readonly name: string;
  readonly fingerprint: string;
  readonly self: boolean;
  readonly away: boolean;
  readonly micMuted: boolean;
  readonly cameraOff: boolean;
  readonly lock: LockState;
  readonly host: boolean;
  /** Made the room: stays its host whatever other hosts do. */
  readonly root: boolean;
  readonly mark: Mark;
  /** 4 groups of 5 digits, the same at this member's page; empty for oneself. */
  readonly pairCode: readonly string[];
}

/** Somebody came or went, and when (Unix ms). `removed`: by a host. */
export interface Change {
  readonly what: 'joined' | 'left' | 'removed';
  readonly name: string;
  readonly at: number;
}

export interface FrameCounts {
  readonly encrypted: number;
  readonly decrypted: number;
  /** Dropped frames by reason, both directions, of tracks alive now and before. */
  readonly dropped: Readonly<Record<string, number>>;
}

export interface SecurityModel {
  readonly epoch: number;
  readonly suite: string;
  /** 4 groups of 5 digits, or null while outside the group. */
  readonly safetyCode: readonly string[] | null;
  /** When the code was last marked as checked, and how many have come and gone since. Null: never. */
  readonly checkedAt: number | null;
  readonly changesSinceChecked: number | null;
  /** The latest of them, oldest first. */
  readonly changes: readonly Change[];
  readonly frames: FrameCounts;
  readonly expiresAt: number;
  /** A host may move the end up to here. */
  readonly latestEnd: number;
  /** The server's word that the meeting ends then, by its hours or the room's; null while that is not soon. */
  readonly closesAt: number | null;
  /** Sent out from here, and kept in by the server: as long as anybody is, this page sends nothing. */
  readonly withheldFor: readonly string[];
  /** Sentences about things that were refused or look like a fork, newest first, at most 20. */
  readonly warnings: readonly string[];
}

/** Why the call is over, for the last screen. */
export type EndedReason =
  | 'left'
  | 'expired'
  | 'room-closed'
  | 'room-over'
  | 'clock-ahead'
  | 'meeting-over'
  | 'room-unknown'
  | 'room-full'
  | 'lobby-full'
  | 'ended-by-host'
  | 'removed'
  | 'blocked'
  | 'refused'
  | 'signed-out'
  | 'sign-in-required'
  | 'guests-refused'
  | 'outside-hours'
  | 'not-yet'
  | 'idle'
  | 'upgrade-required'
  | 'bad-link'
  | 'fault';

export type Phase =
  | { name: 'connecting' }
  | { name: 'ready' } // pre-join: connected, room exists, worker entered
  | { name: 'joining' } // clicked; waiting for the server, or let in and waiting for the group
  | { name: 'lobby'; admitted: boolean } // waiting for a host; admitted: let in, waiting for the group
  | { name: 'in-call' }
  | { name: 'ended'; reason: EndedReason };

/** Why this page is knocking once more although nobody clicked. */
export type KnockAgain =
  | 'sent-back'
  | 'group-lost'
  | 'connection-lost'
  | 'long-wait'
  | 'not-added'
  | 'suite-changed'
  | 'verification-required';

/** For those who wait. */
export interface LobbyModel {
  /** The own name, as the hosts see it. */
  readonly name: string;
  /** Names of hosts who are there, proven by their keys; empty: none is. */
  readonly hosts: readonly string[];
  /** Of the own device key; empty before it is known. */
  readonly fingerprint: string;
  readonly again: KnockAgain | null;
  /** The code of `DoorModel.delegationCode` was sent to the hosts. */
  readonly delegating: boolean;
  /** Why it was not sent; empty where nothing was refused. */
  readonly refusal: string;
  delegate(code: readonly string[]): void;
}

/** A device. */
export type Blocked = GroupView['blocked'][number];
export type RemoveHow = 'out' | 'block' | 'lobby';
export type Asking = 'mute' | 'stop-video' | 'ask-unmute';

/** Who was on the card that was clicked: a peer id alone may be somebody else's a moment later. */
export type AtDoor = Pick<Knock, 'peerId' | 'fingerprint'>;

/** For hosts: who knocks, and everything that only hosts may do. The group decides what counts; nothing here is believed by others. */
export interface DoorModel {
  readonly host: boolean;
  /** This device made the room: it may make other devices hosts of it for good. */
  readonly root: boolean;
  /** Longest first. */
  readonly knocks: readonly Knock[];
  /** Null while outside the group. */
  readonly settings: Settings | null;
  /** What of the settings no host can undo, as the installation wants it; null while outside the group. */
  readonly imposed: Imposed | null;
  /** Devices that hosts have blocked. */
  readonly blocked: readonly Blocked[];
  readonly delegationCode: readonly string[] | null;
  /** Nothing comes of these two, and the person is told, when somebody else stands there by then. */
  admit(shown: AtDoor): void;
  refuse(shown: AtDoor, block: boolean): void;
  /** Their key was compared with the person. */
  verify(shown: Knock): void;
  remove(peerId: PeerId, how: RemoveHow): void;
  unblock(device: Blocked): void;
  change(settings: Partial<Settings>): void;
  /** The end of the room is to be then (Unix ms). */
  extend(expiresAt: number): void;
  promote(peerId: PeerId): void;
  demote(peerId: PeerId): void;
  /** Without `to`: everybody but oneself. */
  ask(what: Asking, to?: PeerId): void;
  end(): void;
  startDelegation(): void;
  forgetDelegation(): void;
}

export interface ChatLine extends ChatMessage {
  /** Of one's own. `failed`: can be sent again. `chat-off`: nobody might write any more. */
  readonly state: 'sending' | 'sent' | 'failed' | 'chat-off';
}

export interface ChatModel {
  /** In the order in which they came. Those whose time is over are gone. */
  readonly lines: readonly ChatLine[];
  readonly unread: number;
  /** Messages of others that did not come, or could not be opened. */
  readonly lost: number;
  /** This page was out of the meeting for a while; what was written then is not here. */
  readonly missed: boolean;
  /** Why nobody can write at this moment; null: everybody can. */
  readonly hindrance: 'host' | 'organisation' | 'offline' | null;
  /** Of messages, in seconds; null: with the meeting. */
  readonly lifetimeS: number | null;
  /** What is being written, also while the panel is closed. */
  draft: string;
  send(text: string): void;
  again(id: number): void;
  /** While somebody looks at it, nothing is unread. */
  watch(looking: boolean): void;
}

/** Recordings of the meeting, each on the device of a host. */
export interface RecordingModel {
  /** False where the browser cannot do it. */
  readonly possible: boolean;
  /** Of the own one. `saving`: it is over, and not handed to the person yet. */
  readonly stage: 'off' | 'starting' | 'on' | 'saving';
  /** When the own one began, in Unix ms; of no meaning while it is off. */
  readonly since: number;
  /** Names of the others who record. */
  readonly others: readonly string[];
  /** Nothing comes of it, and the person is told, where it would be against the rules or could be read by others. */
  start(): Promise<void>;
  /** Hands over what there is. */
  stop(): Promise<void>;
}

/** A sentence for the person at this page; shown once. `ask-unmute` offers to switch the microphone on. */
export interface News {
  readonly id: number;
  readonly text: string;
  readonly offer: 'unmute' | null;
}

export interface JoinOptions {
  /** A throw-away key; this device remembers nobody, and nobody will know it again. */
  readonly privateSession: boolean;
}

/** One room as the page sees it, from opening the link to the last screen. Made by `openRoom` in call/openRoom.svelte.ts; fields are runes. */
export interface RoomModel {
  readonly roomId: RoomId;
  readonly inviteLink: string;
  readonly phase: Phase;
  readonly connection: ConnectionState;
  /** The media server is gone although signaling is there. */
  readonly mediaLost: boolean;
  /** False: whoever has no account is refused, unless this is a host's own device. True until the server has said so. */
  readonly welcome: boolean;
  /** Unix ms: nobody comes in before. Null when the room was open, or the server has not said it yet. */
  readonly opensAt: number | null;
  /** A sentence about this device's clock, when it is so far from the server's that it does harm. */
  readonly clockProblem: string | null;
  readonly capture: CaptureModel;
  readonly tiles: readonly Tile[];
  readonly roster: readonly RosterEntry[];
  readonly security: SecurityModel;
  readonly screen: ScreenModel;
  readonly lobby: LobbyModel;
  readonly door: DoorModel;
  readonly chat: ChatModel;
  readonly recording: RecordingModel;
  /** What to tell the person next; null before there was anything. */
  readonly news: News | null;
  join(name: string, options: JoinOptions): Promise<void>;
  leave(): Promise<void>;
  markChecked(): void;
  /**
   * The two-person code was compared with this member, or that is taken back. `member` as they were shown when the code was
   * compared: the group worker refuses when they are not that any more.
   */
  verify(member: RosterEntry, verified: boolean): void;
  refreshKeys(): void;
  /** The screen reports what is visible and how large (CSS px × DPR); tiles not reported are paused. */
  setVisible(sizes: ReadonlyMap<string, { width: number; height: number }>): void;
  /** Sounds of the others play through this element set; must be attached once by the call screen. */
  readonly audioStreams: readonly { readonly key: string; readonly stream: MediaStream }[];
  dispose(): void;
}

/** How long this account's rooms may live on this server, and do if nobody wishes otherwise. */
export interface Terms {
  readonly longestMs: number;
  readonly usualMs: number;
  /** Rooms have a lobby here, whatever their maker wishes. */
  readonly lobbyRequired: boolean;
  /** They have no weaker one. */
  readonly minimumSuite: Suite;
}

export interface Wishes extends Pick<Terms, 'longestMs'> {
  /** People wait until a host lets them in. */
  readonly lobby: boolean;
  readonly suite: Suite;
  readonly lifetimeMs: number;
}

/** In call/makingRooms.ts. */
export interface MakingRooms {
  /** Throws when there is no server. */
  terms(): Promise<Terms>;
  /** Answers the path with fragment to go to (`/r/<id>#<secret>`). Throws when there is no server, or it refuses. */
  create(wishes: Wishes): Promise<string>;
  /** The same for a room that the server’s API has made, with its one-time token. */
  open(reserved: Reserved): Promise<string>;
}

export interface Reserved {
  readonly roomId: RoomId;
  readonly token: string;
}
