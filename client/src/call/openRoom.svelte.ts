// Opens a room for the screens.
import type { RoomId } from '#protocol';
import type { RoomModel } from './model.ts';
import { Room } from './Room.svelte.ts';
import { navigationType, takeUp } from './reload.ts';

/** `fragment` is the link's secret: it goes to the group worker and nowhere else. */
export function openRoom(roomId: RoomId, fragment: string): RoomModel {
  return new Room(roomId, fragment, takeUp(roomId, navigationType()));
}
