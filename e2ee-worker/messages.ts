// Everything that crosses between the page and the two workers, and between the workers. Parsed at each end like network bytes.
//
//   page ──ToGroup──▶ group worker ──ToMedia (private port)──▶ media worker
//   page ◀─FromGroup─ group worker                  page ◀─FromMedia─ media worker
//
// The page carries bytes between signaling and the group worker; it never holds a key. The link secret is the exception
// that the URL fragment forces on every product of this kind: the page hands it over once, in `enter`.

export {
  type Counts,
  DropReason,
  dropReasons,
  FRAMES,
  newCounts,
  placeOf,
  readCounts,
  SharedCounts,
} from './messages/counts.ts';
export {
  ChatMessage,
  DoorErrand,
  FromGroup,
  GroupMember,
  GroupView,
  Knock,
} from './messages/fromGroup.ts';
export { FromMedia, GroupToMedia, ToMedia, TransformOptions } from './messages/media.ts';
export { LinkFragment, MAX_NAME_BYTES, Mark, Settings } from './messages/parts.ts';
export { ToGroup } from './messages/toGroup.ts';
