// The types that scenes are made of, gathered so that the test can import scenes without any component.
export type { CaptureProblem, EndedReason, LockState, TileState } from '../../client/src/call/model.ts';
export type { MissingSupport } from '../../client/src/ui/support.ts';
