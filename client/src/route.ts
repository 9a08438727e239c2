// Which screen an address asks for. The fragment is a secret: it is checked for shape, never repaired.
import { LinkFragment } from '#e2ee/messages.ts';
import { RoomId } from '#protocol';
import { ADMIN_SECTIONS, type AdminSection } from './admin/sections.ts';

export type Route =
  | { name: 'home' }
  | { name: 'sign-in' }
  | { name: 'account' }
  | { name: 'claim'; token: string }
  | { name: 'password'; token: string }
  | { name: 'admin'; section: AdminSection; group?: string }
  | { name: 'open'; roomId: RoomId; token: string }
  | { name: 'room'; roomId: RoomId; fragment: string }
  | { name: 'bad-link' }
  | { name: 'not-found' };

const ROOM_PATH = /^\/r\/([^/]+)\/?$/;
const OPEN_PATH = /^\/open\/([^/]+)\/?$/;
const ADMIN_PATH = /^\/admin(?:\/([a-z-]+))?\/?$/;
const GROUP_PATH = /^\/admin\/policy\/([A-Za-z0-9-]{1,64})\/?$/;
const TOKEN = /^#[A-Za-z0-9_-]{43}$/;

export function parseRoute(address: { pathname: string; hash: string }): Route {
  if (address.pathname === '/') return { name: 'home' };
  if (address.pathname === '/r' || address.pathname === '/r/') return { name: 'bad-link' };
  if (address.pathname === '/sign-in') return { name: 'sign-in' };
  if (address.pathname === '/account') return { name: 'account' };
  if (address.pathname === '/claim') return { name: 'claim', token: address.hash.replace(/^#/, '') };
  if (address.pathname === '/password') return { name: 'password', token: address.hash.replace(/^#/, '') };
  const admin = parseAdmin(address.pathname);
  if (admin) return admin;
  const reserved = OPEN_PATH.exec(address.pathname);
  if (reserved) return parseOpening(reserved[1], address.hash);
  const match = ROOM_PATH.exec(address.pathname);
  if (!match) return { name: 'not-found' };
  const roomId = RoomId.safeParse(match[1]);
  const fragment = LinkFragment.safeParse(address.hash.replace(/^#/, ''));
  if (!roomId.success || !fragment.success) return { name: 'bad-link' };
  return { name: 'room', roomId: roomId.data, fragment: fragment.data };
}

function parseAdmin(pathname: string): Route | undefined {
  const group = GROUP_PATH.exec(pathname)?.[1];
  if (group !== undefined) return { name: 'admin', section: 'policy', group };
  const match = ADMIN_PATH.exec(pathname);
  if (match?.[1] === undefined) return match ? { name: 'admin', section: 'overview' } : undefined;
  const section = ADMIN_SECTIONS.find((name) => name === match[1]);
  return section && section !== 'overview' ? { name: 'admin', section } : undefined;
}

function parseOpening(id: string | undefined, hash: string): Route {
  const roomId = RoomId.safeParse(id);
  if (!roomId.success || !TOKEN.test(hash)) return { name: 'bad-link' };
  return { name: 'open', roomId: roomId.data, token: hash.slice(1) };
}
