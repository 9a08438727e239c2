// What hosts sign: every field survives, no byte can be changed, and no statement passes for another.
import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { newId } from '../newId.ts';
import { TestDevice } from '../testing/hostKit.ts';
import {
  type Certificate,
  certificateBody,
  claimBody,
  isTicket,
  openCertificate,
  openTicket,
  openWord,
  type Ticket,
  ticketBody,
  verifySigned,
  WORDS,
  type Word,
  wordBody,
} from './authority.ts';
import { MeetingId, PeerId, RoomId } from './ids.ts';

const host = await TestDevice.make();
const [roomId, meetingId] = [newId(RoomId), newId(MeetingId)];
const random = (n: number) => new Uint8Array(randomBytes(n));
const zeros = 'A'.repeat(22);

const certificate: Certificate = { roomId, meetingId, subject: random(32), issuer: host.key };
const ticket: Ticket = {
  ...{ roomId, meetingId, subjectHash: random(32), role: 'host', verified: true, nonce: random(16) },
  ...{ revision: 2 ** 32 - 1, expiresAt: Number.MAX_SAFE_INTEGER, issuer: host.key },
};
const word: Word = {
  meetingId,
  to: newId(PeerId),
  what: 'ask-unmute',
  at: 1_795_500_000_000,
  issuer: host.key,
};

type Label = Parameters<TestDevice['sign']>[0];
async function signed(label: Label, body: Uint8Array, by = host): Promise<Uint8Array> {
  return Buffer.concat([body, await by.sign(label, body)]);
}

const kinds = [
  {
    kind: 'certificate',
    label: 'host certificate',
    body: certificateBody(certificate),
    open: openCertificate,
  },
  { kind: 'ticket', label: 'ticket', body: ticketBody(ticket), open: openTicket },
  { kind: 'word', label: 'word', body: wordBody(word), open: openWord },
] as const;

describe('what a host has signed', () => {
  it('says the same when it is opened', async () => {
    expect(await openCertificate(await signed('host certificate', certificateBody(certificate)))).toEqual(
      certificate,
    );
    expect(await openTicket(await signed('ticket', ticketBody(ticket)))).toEqual(ticket);
    expect(await openWord(await signed('word', wordBody(word)))).toEqual(word);
  });

  it('can be for the whole room, for a guest, for everybody', async () => {
    const ofRoom = { ...certificate, meetingId: undefined };
    expect(await openCertificate(await signed('host certificate', certificateBody(ofRoom)))).toEqual(ofRoom);
    const guest: Ticket = { ...ticket, role: 'guest', verified: false, revision: 0, expiresAt: 0 };
    expect(await openTicket(await signed('ticket', ticketBody(guest)))).toEqual(guest);
    for (const what of WORDS) {
      const toAll = { ...word, to: undefined, what };
      expect(await openWord(await signed('word', wordBody(toAll)))).toEqual(toAll);
    }
  });

  it.each(kinds)('a $kind with any byte changed is refused', async ({ label, body, open }) => {
    const good = await signed(label, body);
    expect(await open(good)).toBeDefined();
    for (let i = 0; i < good.length; i++) {
      const bad = Uint8Array.from(good, (b, at) => (at === i ? b ^ (1 << (i % 8)) : b));
      expect(await open(bad), `byte ${i}`).toBeUndefined();
    }
  });

  it.each(kinds)('a $kind that is cut short, or longer, is refused', async ({ label, body, open }) => {
    const good = await signed(label, body);
    for (const length of [0, 1, good.length - 1])
      expect(await open(good.subarray(0, length))).toBeUndefined();
    expect(await open(Buffer.concat([good, Buffer.alloc(1)]))).toBeUndefined();
  });

  it.each(kinds)(
    'a $kind signed under another label, or by somebody else, is refused',
    async ({ label, body, open }) => {
      for (const other of ['claim', 'host certificate', 'ticket', 'word', 'policy'] as const) {
        expect((await open(await signed(other, body))) !== undefined, other).toBe(other === label);
      }
      expect(await open(await signed(label, body, await TestDevice.make()))).toBeUndefined();
    },
  );

  it.each(kinds)('a $kind passes for no other kind', async ({ kind, label, body }) => {
    const good = await signed(label, body);
    for (const other of kinds) {
      if (other.kind !== kind) expect(await other.open(good), other.kind).toBeUndefined();
    }
    expect(isTicket(good)).toBe(kind === 'ticket');
  });

  it('by a key that is no key is refused, and does not throw', async () => {
    for (const issuer of [new Uint8Array(32), new Uint8Array(32).fill(255), random(32)]) {
      const body = certificateBody({ ...certificate, issuer });
      expect(await openCertificate(Buffer.concat([body, random(64)]))).toBeUndefined();
    }
    for (const key of [new Uint8Array(0), random(31), random(33)]) {
      expect(await verifySigned('claim', { body: random(8), key, signature: random(64) })).toBe(false);
    }
  });

  it('with a bit, a word or a time that does not exist is refused, though well signed', async () => {
    const role = ticketBody(ticket);
    role[65] = 4;
    expect(await openTicket(await signed('ticket', role))).toBeUndefined();
    const late = ticketBody(ticket);
    late.fill(255, 86, 94);
    expect(await openTicket(await signed('ticket', late))).toBeUndefined();
    const unknown = wordBody(word);
    unknown[33] = WORDS.length;
    expect(await openWord(await signed('word', unknown))).toBeUndefined();
  });
});

describe('what a host is asked to sign', () => {
  it('never says "all" because a server has called a meeting or a peer zero', () => {
    expect(() => certificateBody({ ...certificate, meetingId: MeetingId.parse(zeros) })).toThrow('zeros');
    expect(() => wordBody({ ...word, to: PeerId.parse(zeros) })).toThrow('zeros');
  });

  it('has every field in its place, or is not made', () => {
    const sloppy = RoomId.parse(`${'A'.repeat(21)}B`);
    expect(() => certificateBody({ ...certificate, roomId: sloppy })).toThrow('base64url');
    const shifted = { subject: random(31), issuer: random(33) };
    expect(() => certificateBody({ ...certificate, ...shifted })).toThrow('32 bytes');
    expect(() => ticketBody({ ...ticket, nonce: random(15) })).toThrow('16 bytes');
    for (const revision of [-1, 0.5, 2 ** 32])
      expect(() => ticketBody({ ...ticket, revision })).toThrow('2^32');
    for (const expiresAt of [-1, 0.5, 2 ** 53])
      expect(() => ticketBody({ ...ticket, expiresAt })).toThrow('2^53');
  });
});

describe('a claim', () => {
  it('is for one peer of one room', async () => {
    const [room, peer] = [newId(RoomId), newId(PeerId)];
    const { key, signature } = await host.claim(room, peer);
    const isGood = (r: RoomId, p: PeerId) => verifySigned('claim', { body: claimBody(r, p), key, signature });
    expect(await isGood(room, peer)).toBe(true);
    expect(await isGood(newId(RoomId), peer)).toBe(false);
    expect(await isGood(room, newId(PeerId))).toBe(false);
  });
});
