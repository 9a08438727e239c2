// What the screens know of a call: plain shapes, no logic. `call/` fills them, `ui/` and `screens/` only read them.
import type { PeerId, RoomId, Slot } from '#protocol';
import type { CaptureModel } from '../media/captureModel.ts';

export type { CaptureModel, CaptureProblem, DeviceChoice } from '../media/captureModel.ts';

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
  readonly changesSinceChecked: number | null;
  readonly frames: FrameCounts;
  readonly expiresAt: number;
  /** Sentences about things that were refused or look like a fork, newest first, at most 20. */
  readonly warnings: readonly string[];
}

/** Why the call is over, for the last screen. */
export type EndedReason =
  | 'left'
  | 'expired'
  | 'meeting-over'
  | 'room-unknown'
  | 'room-full'
  | 'upgrade-required'
  | 'bad-link'
  | 'fault';

export type Phase =
  | { name: 'connecting' }
  | { name: 'ready' } // pre-join: connected, room exists, worker entered
  | { name: 'joining' } // clicked; waiting for the group
  | { name: 'in-call' }
  | { name: 'ended'; reason: EndedReason };

/** One room as the page sees it, from opening the link to the last screen. Made by `openRoom` in call/openRoom.svelte.ts; fields are runes. */
export interface RoomModel {
  readonly roomId: RoomId;
  readonly inviteLink: string;
  readonly phase: Phase;
  readonly connection: ConnectionState;
  /** The media server is gone although signaling is there. */
  readonly mediaLost: boolean;
  readonly capture: CaptureModel;
  readonly tiles: readonly Tile[];
  readonly roster: readonly RosterEntry[];
  readonly security: SecurityModel;
  /** Shown once and cleared by the screen: "the key of … changed" and the like. */
  join(name: string): Promise<void>;
  leave(): Promise<void>;
  markChecked(): void;
  refreshKeys(): void;
  /** The screen reports what is visible and how large (CSS px × DPR); tiles not reported are paused. */
  setVisible(sizes: ReadonlyMap<string, { width: number; height: number }>): void;
  /** Sounds of the others play through this element set; must be attached once by the call screen. */
  readonly audioStreams: readonly { readonly key: string; readonly stream: MediaStream }[];
  dispose(): void;
}

/** Made by `createRoom()` in call/createRoom.ts: makes a room, answers the path with fragment to go to (`/r/<id>#<secret>`). */
export type CreateRoom = () => Promise<string>;
