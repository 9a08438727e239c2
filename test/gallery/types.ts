// The types that scenes are made of, gathered so that the test can import scenes without any component.
export type { Mark, Settings } from '#e2ee/messages.ts';
export type { AdminSection } from '../../client/src/admin/sections.ts';
export type {
  CaptureProblem,
  Change,
  ChatLine,
  EndedReason,
  KnockAgain,
  LockState,
  TileState,
} from '../../client/src/call/model.ts';
export type { MissingSupport } from '../../client/src/ui/support.ts';
