// Who may be added, as a table: what the policy says, what the newcomer brings, and what members make of it.
import { beforeAll, describe, expect, it } from 'vitest';
import { type Certificate, MeetingId, RoomId, type Ticket } from '#protocol';
import { toBase64url } from '../link/base64url.ts';
import { keyHash } from '../link/keyHash.ts';
import { type DeviceKey, makeThrowAwayKey } from '../vault/deviceKey.ts';
import { type Applicant, admissionFault, type Right } from './admission.ts';
import { NOTHING } from './imposed.ts';
import { signCertificate, signTicket } from './issuing.ts';
import { BLOCKED, type Policy, type PolicyBody } from './policy.ts';
import { openRight } from './rights.ts';
import { random } from './testing/insider.ts';
import { OPEN_DOOR, policyOf } from './testing/policies.ts';

const where = {
  roomId: RoomId.parse(toBase64url(random(16))),
  meetingId: MeetingId.parse(toBase64url(random(16))),
  expiresAt: 1_000_000,
};
const NOW = 1000;
const open = OPEN_DOOR;
const lobby = { ...open, lobby: true };

let root: DeviceKey;
let cohost: DeviceKey;
let guest: DeviceKey;
let guestHash: Uint8Array;
let cohostEntry: Uint8Array;

beforeAll(async () => {
  [root, cohost, guest] = await Promise.all([makeThrowAwayKey(), makeThrowAwayKey(), makeThrowAwayKey()]);
  guestHash = keyHash(guest.publicKey);
  cohostEntry = await signCertificate(root, { ...where, subject: cohost.publicKey });
});

const opened = async (bytes: Uint8Array): Promise<Right> => {
  const right = await openRight(bytes);
  if (!right) throw new Error('no right');
  return right;
};
const ticket = async (change: Partial<Omit<Ticket, 'issuer'>> = {}, by = root): Promise<Right> =>
  opened(
    await signTicket(by, {
      ...where,
      subjectHash: Uint8Array.from(guestHash),
      role: 'guest',
      verified: false,
      nonce: random(16),
      revision: 5,
      expiresAt: NOW + 1,
      ...change,
    }),
  );
const policy = (change: Partial<PolicyBody> = {}): Promise<Policy> =>
  policyOf({ device: root }, where, {
    revision: 9,
    settings: lobby,
    hosts: [{ certificate: cohostEntry, active: true }],
    ...change,
  });
const verdict = (p: Policy, rights: Right[] = [], change: Partial<Applicant> = {}) =>
  admissionFault(p, { key: guest.publicKey, keyHash: guestHash, rights, replaces: false, ...change }, NOW) ??
  'in';
const locked = { settings: { ...lobby, locked: true }, lockedSince: 6 };

it('the root host comes in whatever the policy says of it, also after it has stepped down', async () => {
  const own = { key: root.publicKey, keyHash: keyHash(root.publicKey) };
  for (const change of [{}, { rootActive: false }, { rootActive: false, ...locked }]) {
    expect(verdict(await policy(change), [], own)).toBe('in');
  }
});

describe('a newcomer at an open door', () => {
  it.each<[string, Partial<PolicyBody>, string]>([
    ['comes in by the link', {}, 'in'],
    [
      'does not when the meeting is locked',
      { settings: { ...open, locked: true }, lockedSince: 6 },
      'the meeting is locked',
    ],
  ])('%s', async (_, change, expected) => {
    expect(verdict(await policy({ settings: open, ...change }))).toBe(expected);
  });

  it('needs a ticket of after that when it was sent out before, and has no use for one when blocked', async () => {
    const out = (revision: number) => ({ settings: open, sentOut: [{ keyHash: guestHash, revision }] });
    expect(verdict(await policy(out(8)))).toBe('no ticket');
    expect(verdict(await policy(out(8)), [await ticket({ revision: 7 })])).toBe(
      'a ticket of before it was sent out',
    );
    expect(verdict(await policy(out(8)), [await ticket({ revision: 8 })])).toBe('in');
    expect(verdict(await policy(out(BLOCKED)), [await ticket({ revision: 8 })])).toBe('it is blocked');
  });

  it('comes back into a locked meeting when it was in', async () => {
    const p = await policy({ settings: { ...open, locked: true }, lockedSince: 6, known: [guestHash] });
    expect(verdict(p)).toBe('in');
  });
});

describe('a newcomer where hosts let the link admit and the installation imposes a lobby', () => {
  const imposed = {
    settings: open,
    imposed: { ...NOTHING, lobby: true },
  } as const;

  it('needs a ticket', async () => {
    expect(verdict(await policy(imposed))).toBe('no ticket');
    expect(verdict(await policy(imposed), [await ticket()])).toBe('in');
  });
});

describe('a newcomer at a lobby', () => {
  it('comes in with a ticket of any host, and not without', async () => {
    const p = await policy();
    expect(verdict(p)).toBe('no ticket');
    expect(verdict(p, [await ticket()])).toBe('in');
    expect(verdict(p, [await ticket({}, cohost)])).toBe('in');
  });

  it('comes in when one of its rights is good, whatever else a server hangs on it', async () => {
    const bad = await ticket({}, guest);
    const good = await ticket();
    expect(verdict(await policy(), [bad, good])).toBe('in');
    expect(verdict(await policy(), [good, bad])).toBe('in');
  });

  it('does not come in with a ticket for another room, meeting or key, of another issuer, or expired', async () => {
    const p = await policy();
    const elsewhere = RoomId.parse(toBase64url(random(16)));
    const later = MeetingId.parse(toBase64url(random(16)));
    expect(verdict(p, [await ticket({ roomId: elsewhere })])).toBe('a ticket for another meeting');
    expect(verdict(p, [await ticket({ meetingId: later })])).toBe('a ticket for another meeting');
    expect(verdict(p, [await ticket({ subjectHash: random(32) })])).toBe('a ticket for another key');
    expect(verdict(p, [await ticket({}, guest)])).toBe('a ticket of somebody who is no host');
    expect(verdict(p, [await ticket({ expiresAt: NOW })])).toBe('a ticket that has expired');
  });

  it('does not come in with a ticket of somebody who is a host no more', async () => {
    const p = await policy({ hosts: [{ certificate: cohostEntry, active: false }] });
    expect(verdict(p, [await ticket({}, cohost)])).toBe('a ticket of somebody who is no host');
    expect(verdict(await policy({ rootActive: false }), [await ticket()])).toBe(
      'a ticket of somebody who is no host',
    );
  });

  it('who was sent out needs a ticket of after that; blocked, none helps', async () => {
    const p = await policy({ sentOut: [{ keyHash: guestHash, revision: 6 }] });
    expect(verdict(p, [await ticket({ revision: 5 })])).toBe('a ticket of before it was sent out');
    expect(verdict(p, [await ticket({ revision: 6 })])).toBe('in');
    const blocked = await policy({ sentOut: [{ keyHash: guestHash, revision: BLOCKED }] });
    expect(verdict(blocked, [await ticket({ revision: 9 })])).toBe('it is blocked');
    expect(verdict(blocked, [], { replaces: true })).toBe('it is blocked');
  });

  it('of a locked meeting needs a ticket of after the lock, unless it was in then', async () => {
    const p = await policy(locked);
    expect(verdict(p, [await ticket({ revision: 5 })])).toBe('a ticket of before the lock');
    expect(verdict(p, [await ticket({ revision: 6 })])).toBe('in');
    const known = await policy({ ...locked, known: [guestHash] });
    expect(verdict(known, [await ticket({ revision: 5 })])).toBe('in');
    expect(verdict(known), 'let in by the link, before there was a lobby').toBe('in');
    const sentOut = { ...locked, known: [guestHash], sentOut: [{ keyHash: guestHash, revision: 6 }] };
    expect(verdict(await policy(sentOut)), 'sent out since').toBe('no ticket');
  });

  it('takes its own place anew without any right', async () => {
    expect(verdict(await policy(locked), [], { replaces: true })).toBe('in');
  });
});

describe('a host', () => {
  it('comes in by its key, locked or not, as long as it is one', async () => {
    const as = (d: DeviceKey) => ({ key: d.publicKey, keyHash: keyHash(d.publicKey) });
    expect(verdict(await policy(locked), [], as(root))).toBe('in');
    expect(verdict(await policy(locked), [], as(cohost))).toBe('in');
    const demoted = await policy({ hosts: [{ certificate: cohostEntry, active: false }] });
    expect(verdict(demoted, [], as(cohost))).toBe('no ticket');
  });

  it('of the room whom the policy does not know comes in by a certificate of the root key only', async () => {
    const p = await policy(locked);
    const room = { roomId: where.roomId, meetingId: undefined, subject: guest.publicKey };
    const made = async (by: DeviceKey, change: Partial<Omit<Certificate, 'issuer'>> = {}) => [
      await opened(await signCertificate(by, { ...room, ...change })),
    ];
    expect(verdict(p, await made(root))).toBe('in');
    const no = 'a certificate that does not count here';
    expect(verdict(p, await made(cohost))).toBe(no);
    expect(verdict(p, await made(guest))).toBe(no);
    expect(verdict(p, await made(root, { roomId: RoomId.parse(toBase64url(random(16))) }))).toBe(no);
    expect(verdict(p, await made(root, { subject: cohost.publicKey }))).toBe(no);
    expect(verdict(p, await made(root, { meetingId: where.meetingId }))).toBe(no);
  });

  it('of the room who was demoted or sent out does not come back by its certificate', async () => {
    const bytes = await signCertificate(root, {
      roomId: where.roomId,
      meetingId: undefined,
      subject: guest.publicKey,
    });
    const rights = [await opened(bytes)];
    const no = 'a certificate that does not count here';
    expect(verdict(await policy({ hosts: [{ certificate: bytes, active: false }] }), rights)).toBe(no);
    expect(verdict(await policy({ sentOut: [{ keyHash: guestHash, revision: 8 }] }), rights)).toBe(no);
  });
});

describe('a right', () => {
  it('with a changed byte is none: forged tickets and certificates do not open', async () => {
    const good = (await ticket()).bytes;
    const certificate = await signCertificate(root, { ...where, subject: guest.publicKey });
    for (const bytes of [good, certificate])
      for (let i = 1; i < bytes.length; i += 7) {
        const forged = bytes.slice();
        forged[i] = (forged[i] ?? 0) ^ 1;
        expect(await openRight(forged)).toBeUndefined();
      }
  });
});

describe('a newcomer where only verified people may be', () => {
  const verified = { settings: { ...open, verifiedOnly: true } };

  it('needs a ticket that says so, also in a locked meeting that it was in', async () => {
    const wasIn = {
      settings: { ...verified.settings, locked: true },
      lockedSince: 6,
      known: [guestHash],
    };
    for (const change of [verified, { settings: open, imposed: { ...NOTHING, verifiedOnly: true } }, wasIn]) {
      const p = await policy(change);
      expect(verdict(p)).toBe('no ticket');
      expect(verdict(p, [await ticket({ revision: 8 })])).toBe('a ticket for somebody who was not verified');
      expect(verdict(p, [await ticket({ revision: 8, verified: true })])).toBe('in');
    }
  });

  it('needs none to take the place of its own leaf', async () => {
    expect(verdict(await policy(verified), [], { replaces: true })).toBe('in');
  });
});
