// The policy as bytes: one encoding, bounded, strict; and which changes of it which member may make.
import { beforeAll, describe, expect, it } from 'vitest';
import { CERTIFICATE_BYTES, MeetingId, RoomId, SHARING } from '#protocol';
import { toBase64url } from '../link/base64url.ts';
import { hostKeyHash, keyHash } from '../link/keyHash.ts';
import { type DeviceKey, makeThrowAwayKey } from '../vault/deviceKey.ts';
import {
  type Draft,
  EditRefused,
  MAX_BLOCKED,
  withHost,
  withoutHost,
  withSentOut,
  withSettings,
} from './edits.ts';
import { isHost, policyFault, signPolicy } from './hosts.ts';
import { NOTHING } from './imposed.ts';
import { signCertificate } from './issuing.ts';
import {
  BLOCKED,
  decodePolicy,
  encodePolicy,
  MAX_HOSTS,
  MAX_SENT_OUT,
  POLICY_EXTENSION,
  type Policy,
  type PolicyBody,
} from './policy.ts';
import { changeFault } from './policyChange.ts';
import { random } from './testing/insider.ts';
import { OPEN_DOOR, policyOf } from './testing/policies.ts';
import { seeded } from './testing/random.ts';

const where = {
  roomId: RoomId.parse(toBase64url(random(16))),
  meetingId: MeetingId.parse(toBase64url(random(16))),
  expiresAt: 1_000_000,
};
let root: DeviceKey;
let cohost: DeviceKey;
let guest: DeviceKey;
let rootHostHash: Uint8Array;
let certificate: Uint8Array<ArrayBuffer>;

beforeAll(async () => {
  [root, cohost, guest] = await Promise.all([makeThrowAwayKey(), makeThrowAwayKey(), makeThrowAwayKey()]);
  rootHostHash = hostKeyHash(root.publicKey);
  certificate = await signCertificate(root, { ...where, subject: cohost.publicKey });
});

const policy = (change: Partial<PolicyBody> = {}) =>
  policyOf({ device: root }, where, { hosts: [{ certificate, active: true }], ...change });
const full = () =>
  policy({
    revision: 7,
    settings: {
      lobby: true,
      locked: true,
      share: 'hosts',
      chat: false,
      chatLifetimeS: null,
      muteOnEntry: true,
      recording: false,
      verifiedOnly: true,
      suite: 'x-wing',
    },
    imposed: { ...NOTHING, lobby: true, share: 'nobody' },
    sentOut: [
      { keyHash: random(32), revision: 3 },
      { keyHash: random(32), revision: BLOCKED },
    ],
    lockedSince: 5,
    known: [random(32), random(32)],
  });

const decode = (extensionData: Uint8Array) =>
  decodePolicy([{ extensionType: POLICY_EXTENSION, extensionData }]);
const decodes = async (change: Partial<PolicyBody>) =>
  decode(encodePolicy(await policy(change)).extensionData) !== undefined;

describe('a policy', () => {
  it('says after decoding what it said before, and is signed', async () => {
    const p = await full();
    expect(decodePolicy([encodePolicy(p)])).toEqual(p);
    expect(await policyFault(p, rootHostHash)).toBeUndefined();
  });

  it('has each choice about screens in one form', async () => {
    for (const own of SHARING)
      for (const share of SHARING) {
        const p = await policy({
          settings: { ...OPEN_DOOR, share: own },
          imposed: { ...NOTHING, share },
        });
        const { extensionData } = encodePolicy(p);
        expect(decode(extensionData)).toEqual(p);
        // One that does not exist.
        for (const [at, bits] of [
          [37, 0b110],
          [43, 0b110],
        ] as const) {
          const bytes = extensionData.slice();
          bytes[at] = (bytes[at] ?? 0) | bits;
          expect(decode(bytes)).toBeUndefined();
        }
      }
  });

  it('is the only extension, with nothing behind it', async () => {
    const e = encodePolicy(await full());
    expect(decodePolicy([e, e])).toBeUndefined();
    expect(decodePolicy([])).toBeUndefined();
    expect(decodePolicy([{ ...e, extensionType: 0xf1cb }])).toBeUndefined();
    expect(decode(Uint8Array.of(...e.extensionData, 0))).toBeUndefined();
  });

  it('does not contradict itself', async () => {
    const hash = random(32);
    expect(await decodes({})).toBe(true);
    expect(await decodes({ known: [hash] })).toBe(false);
    expect(await decodes({ lockedSince: 1 })).toBe(false);
    expect(await decodes({ revision: BLOCKED })).toBe(false);
    expect(await decodes({ sentOut: [{ keyHash: hash, revision: 1 }] })).toBe(false);
    for (const [seconds, is] of [
      [60, true],
      [59, false],
      [31_622_400, true],
      [31_622_401, false],
    ] as const) {
      const { settings, imposed } = await policy();
      expect(await decodes({ settings: { ...settings, chatLifetimeS: seconds } })).toBe(is);
      expect(await decodes({ imposed: { ...imposed, chatLifetimeS: seconds } })).toBe(is);
    }
    const twice = { keyHash: hash, revision: BLOCKED };
    expect(await decodes({ sentOut: [twice, twice] })).toBe(false);
    const host = { certificate, active: true };
    expect(await decodes({ hosts: [host, { ...host, active: false }] })).toBe(false);
    const own = await signCertificate(root, { ...where, subject: root.publicKey });
    expect(await decodes({ hosts: [{ certificate: own, active: true }] })).toBe(false);
  });

  it('has bounds', async () => {
    const many = (n: number) => Array.from({ length: n }, () => ({ keyHash: random(32), revision: BLOCKED }));
    expect(await decodes({ sentOut: many(MAX_SENT_OUT) })).toBe(true);
    expect(await decodes({ sentOut: many(MAX_SENT_OUT + 1) })).toBe(false);
    const hosts = (n: number) =>
      Array.from({ length: n }, () => ({ certificate: random(CERTIFICATE_BYTES), active: true }));
    expect(await decodes({ hosts: hosts(MAX_HOSTS) })).toBe(true);
    expect(await decodes({ hosts: hosts(MAX_HOSTS + 1) })).toBe(false);
  });

  it('that is changed anywhere is no policy, or not a signed one', async () => {
    const good = encodePolicy(await full()).extensionData;
    const dice = seeded(7);
    for (let i = 0; i < good.length; i++) {
      const bytes = good.slice();
      bytes[i] = (bytes[i] ?? 0) ^ (1 << dice.below(8));
      const p = decode(bytes);
      if (p) expect(await policyFault(p, rootHostHash)).toBeDefined();
    }
  });

  it('of random bytes is none, and decoding never throws', () => {
    const dice = seeded(8);
    for (let i = 0; i < 2000; i++) {
      const bytes = dice.bytes(1 + dice.below(700));
      bytes[0] = 4;
      expect(decode(bytes)).toBeUndefined();
    }
  });

  it('of another root key, by somebody who is no host, or with a bad certificate is refused', async () => {
    expect(await policyFault(await policy(), random(16))).toMatch(/another host key/);
    const body = await policy();
    expect(await policyFault(await signPolicy(guest, body), rootHostHash)).toMatch(/made a host/);
    const bad = async (by: DeviceKey, o: { roomId?: RoomId; meetingId?: MeetingId | undefined }) => {
      const c = await signCertificate(by, { ...where, subject: guest.publicKey, ...o });
      return policyFault(await policy({ hosts: [{ certificate: c, active: true }] }), rootHostHash);
    };
    expect(await bad(root, {})).toBeUndefined();
    expect(await bad(guest, {})).toMatch(/without a good certificate/);
    expect(await bad(cohost, {})).toMatch(/without a good certificate/);
    expect(await bad(root, { roomId: RoomId.parse(toBase64url(random(16))) })).toMatch(/good certificate/);
    expect(await bad(root, { meetingId: MeetingId.parse(toBase64url(random(16))) })).toMatch(
      /good certificate/,
    );
  });

  it('takes a host made by another host, listed after it, for the meeting and not for the room', async () => {
    const made = async (meetingId: MeetingId | undefined) => ({
      certificate: await signCertificate(cohost, { ...where, meetingId, subject: guest.publicKey }),
      active: true,
    });
    const first = { certificate, active: false };
    const forMeeting = await made(where.meetingId);
    expect(await policyFault(await policy({ hosts: [first, forMeeting] }), rootHostHash)).toBeUndefined();
    expect(await policyFault(await policy({ hosts: [forMeeting, first] }), rootHostHash)).toBeDefined();
    expect(
      await policyFault(await policy({ hosts: [first, await made(undefined)] }), rootHostHash),
    ).toBeDefined();
  });
});

describe('a change of the policy', () => {
  const by = async (sender: DeviceKey, before: Policy, change: Partial<PolicyBody>) => {
    const body = { ...before, revision: before.revision + 1, ...change };
    const after = await signPolicy(sender, body);
    const present = [root, cohost, guest].map((d) => d.publicKey);
    return (await changeFault({ before, after, sender: sender.publicKey, present, rootHostHash })) ?? 'taken';
  };
  const chatOff = { ...OPEN_DOOR, chat: false };

  it('by any host is taken, by a guest or a former host it is not', async () => {
    const p = await policy();
    expect(await by(root, p, { settings: chatOff })).toBe('taken');
    expect(await by(cohost, p, { settings: chatOff })).toBe('taken');
    expect(await by(guest, p, { settings: chatOff })).toBe('its sender is no host');
    const former = await policy({ hosts: [{ certificate, active: false }] });
    expect(await by(cohost, former, { settings: chatOff })).toBe('its sender is no host');
    expect(await by(cohost, former, { hosts: [{ certificate, active: true }] })).toBe(
      'its sender is no host',
    );
  });

  it('signed by a host and committed by somebody else is refused', async () => {
    const before = await policy();
    const after = await signPolicy(root, { ...before, revision: 1 });
    const present = [root.publicKey];
    expect(await changeFault({ before, after, sender: cohost.publicKey, present, rootHostHash })).toBe(
      'its policy is signed by another member',
    );
  });

  it('leaves room, meeting and root alone, moves the end to a later time only, and counts on by one', async () => {
    const p = await policy();
    expect(await by(root, p, { revision: p.revision })).toMatch(/revision/);
    expect(await by(root, p, { revision: p.revision + 2 })).toMatch(/revision/);
    expect(await by(root, p, { expiresAt: p.latestEnd })).toBe('taken');
    expect(await by(root, p, { expiresAt: p.expiresAt - 1 })).toMatch(/brings the end forward/);
    expect(await by(root, p, { latestEnd: p.latestEnd + 1 })).toMatch(/how long the room may live/);
    expect(await by(root, p, { roomId: random(16) })).toMatch(/another meeting/);
    expect(await by(root, p, { meetingId: random(16) })).toMatch(/another meeting/);
    expect(await by(root, p, { rootKey: cohost.publicKey, hosts: [] })).toMatch(/another meeting/);
  });

  it('makes what the installation imposes stricter, and never looser, though it be by the root host', async () => {
    const p = await policy({ imposed: { ...NOTHING, lobby: true, share: 'hosts' } });
    const loosens = 'it loosens what the installation imposes';
    const { imposed } = p;
    const quiet = await policy({ imposed: { ...imposed, chat: false, chatLifetimeS: 60 } });
    expect(await by(root, quiet, { imposed: { ...imposed, chat: false } })).toBe(loosens);
    expect(await by(root, quiet, { imposed: { ...imposed, chatLifetimeS: 60 } })).toBe(loosens);
    expect(await by(root, p, { imposed: quiet.imposed })).toBe('taken');
    expect(await by(root, p, { imposed: { ...NOTHING, lobby: true, share: 'everyone' } })).toBe(loosens);
    expect(await by(root, p, { imposed: { ...NOTHING, lobby: false, share: 'nobody' } })).toBe(loosens);
    expect(await by(cohost, p, { imposed: { ...NOTHING, lobby: true, share: 'nobody' } })).toBe('taken');
    expect(await by(guest, p, { imposed: { ...NOTHING, lobby: true, share: 'nobody' } })).toBe(
      'its sender is no host',
    );
  });

  it('does not forget hosts, demote the root host for it, or leave nobody in charge', async () => {
    const p = await policy();
    expect(await by(root, p, { hosts: [] })).toBe('it forgets a host');
    expect(await by(cohost, p, { rootActive: false })).toBe('it demotes the root host');
    expect(await by(root, p, { rootActive: false })).toBe('taken');
    const inactive = [{ certificate, active: false }];
    expect(await by(cohost, p, { hosts: inactive })).toBe('taken');
    expect(await by(root, p, { rootActive: false, hosts: inactive })).toBe(
      'it leaves the meeting without a host',
    );
  });

  it('by the root host that has stepped down takes the role back, and nothing else, for nobody else', async () => {
    const p = await policy({ rootActive: false });
    expect(await by(root, p, { rootActive: true })).toBe('taken');
    expect(await by(root, p, { rootActive: true, settings: chatOff })).toBe('its sender is no host');
    expect(await by(root, p, { settings: chatOff })).toBe('its sender is no host');
    expect(await by(guest, p, { rootActive: true })).toBe('its sender is no host');
  });

  it('does not send out the root host', async () => {
    const sentOut = [{ keyHash: keyHash(root.publicKey), revision: BLOCKED }];
    expect(await by(cohost, await policy(), { sentOut })).toBe('it sends out the root host');
  });

  it('does not say afterwards who was in when the meeting was locked', async () => {
    const settings = { ...chatOff, locked: true };
    const known = [random(32), random(32)];
    expect(await by(root, await policy(), { settings, lockedSince: 1, known })).toBe('taken');
    expect(await by(root, await policy(), { settings, lockedSince: 0, known })).toMatch(/locked before/);
    const p = await policy({ revision: 4, settings, lockedSince: 3, known });
    expect(await by(root, p, { known: known.slice(1) })).toBe('taken');
    expect(await by(root, p, { known: [...known, random(32)] })).toMatch(/who was in/);
    expect(await by(root, p, { lockedSince: 4 })).toMatch(/who was in/);
  });

  it('by a device with a certificate for the room puts itself on the list, once, unless it was sent out, and nothing else', async () => {
    const room = { roomId: where.roomId, meetingId: undefined, subject: guest.publicKey };
    const own = { certificate: await signCertificate(root, room), active: true };
    const p = await policy();
    const hosts = [...p.hosts, own];
    expect(await by(guest, p, { hosts })).toBe('taken');
    expect(await by(guest, p, { hosts, settings: chatOff })).toBe('its sender is no host');
    const demoted = await policy({ hosts: [...p.hosts, { ...own, active: false }] });
    expect(await by(guest, demoted, { hosts })).toBe('its sender is no host');
    for (const revision of [3, BLOCKED]) {
      const out = await policy({ sentOut: [{ keyHash: keyHash(guest.publicKey), revision }] });
      expect(await by(guest, out, { hosts: [...out.hosts, own] })).toBe('its sender is no host');
    }
    const forMeeting = await signCertificate(root, { ...where, subject: guest.publicKey });
    const pass = [...p.hosts, { certificate: forMeeting, active: true }];
    expect(await by(guest, p, { hosts: pass })).toBe('its sender is no host');
    const ofCohost = { certificate: await signCertificate(cohost, room), active: true };
    expect(await by(guest, p, { hosts: [...p.hosts, ofCohost] })).toBe('its sender is no host');
  });
});

describe('an edit', () => {
  const draft = async (change: Partial<PolicyBody> = {}): Promise<Draft> => ({
    ...(await policy({ revision: 3, ...change })),
    revision: 4,
  });

  it('locks with those who are in, and forgets them when the meeting is opened', async () => {
    const present = [random(32)];
    const p = withSettings(await draft(), { locked: true }, present);
    expect(p).toMatchObject({ lockedSince: 4, known: present, settings: { locked: true, chat: true } });
    expect(withSettings(p, { locked: false }, [])).toMatchObject({ lockedSince: 0, known: [] });
    expect(withSettings(p, { chat: false }, [random(32)]).known).toBe(p.known);
  });

  it('that sends out makes tickets void, takes the role and the place among those who were in', async () => {
    const who = { key: cohost.publicKey, keyHash: random(32), block: false };
    const p = withSentOut(withSettings(await draft(), { locked: true }, [who.keyHash]), who);
    expect(p.sentOut).toEqual([{ keyHash: who.keyHash, revision: 4 }]);
    expect(p.known).toEqual([]);
    expect(isHost({ ...p, signer: root.publicKey }, cohost.publicKey)).toBe(false);
    const blocked = withSentOut(p, { ...who, block: true });
    expect(blocked.sentOut).toEqual([{ keyHash: who.keyHash, revision: BLOCKED }]);
    // Sending out somebody who is blocked does not make it less.
    expect(withSentOut(blocked, who).sentOut).toEqual(blocked.sentOut);
  });

  it('forgets those who were sent out first, and none who are blocked', async () => {
    const entry = (revision: number) => ({ keyHash: random(32), revision });
    const blocked = Array.from({ length: MAX_SENT_OUT - 2 }, () => entry(BLOCKED));
    const [old, late] = [entry(1), entry(2)];
    const who = { key: guest.publicKey, keyHash: random(32), block: false };
    const p = withSentOut(await draft({ sentOut: [old, ...blocked, late] }), who);
    expect(p.sentOut).toHaveLength(MAX_SENT_OUT);
    expect(p.sentOut).not.toContain(old);
    expect(p.sentOut).toContain(late);
    const fullyBlocked = [...blocked, entry(BLOCKED), entry(BLOCKED)];
    const next = await draft({ sentOut: fullyBlocked });
    expect(() => withSentOut(next, { ...who, block: true })).toThrow(EditRefused);
  });

  it('notes whoever is sent out however many are blocked, and forgets no block for it', async () => {
    const out = (block: boolean) => ({ key: guest.publicKey, keyHash: random(32), block });
    let p = await draft();
    const blocked = Array.from({ length: MAX_BLOCKED }, () => out(true));
    for (const who of blocked) p = withSentOut(p, who);
    expect(() => withSentOut(p, out(true))).toThrow(EditRefused);
    const removed = Array.from({ length: 50 }, () => out(false));
    for (const who of removed) {
      p = withSentOut(p, who);
      expect(p.sentOut.at(-1)).toEqual({ keyHash: who.keyHash, revision: 4 });
      expect(p.sentOut.length).toBeLessThanOrEqual(MAX_SENT_OUT);
    }
    const kept = p.sentOut.filter((s) => s.revision === BLOCKED).map((s) => s.keyHash);
    expect(kept).toEqual(blocked.map((b) => b.keyHash));
    // Sent out once more, somebody blocked stays so, and takes nobody else's place.
    const [first] = blocked;
    if (first) expect(withSentOut(p, { ...first, block: false }).sentOut).toHaveLength(MAX_SENT_OUT);
  });

  it('says so when there is no room, as in a policy that another version has made', async () => {
    const full = Array.from({ length: MAX_SENT_OUT }, () => ({ keyHash: random(32), revision: BLOCKED }));
    const next = await draft({ sentOut: full });
    const who = { key: guest.publicKey, keyHash: random(32), block: false };
    expect(() => withSentOut(next, who)).toThrow(EditRefused);
  });

  it('makes hosts, makes former ones hosts again, and none beyond the bound', async () => {
    const hash = keyHash(cohost.publicKey);
    const who = { key: cohost.publicKey, keyHash: hash, certificate };
    const out = { keyHash: hash, revision: 2 };
    const p = withHost(withoutHost(await draft({ sentOut: [out] }), cohost.publicKey), who);
    expect(p.hosts).toEqual([{ certificate, active: true }]);
    expect(p.sentOut).toEqual([]);
    const many = Array.from({ length: MAX_HOSTS }, () => ({
      certificate: random(CERTIFICATE_BYTES),
      active: false,
    }));
    const crowded = await draft({ hosts: many });
    expect(() => withHost(crowded, who)).toThrow(EditRefused);
  });
});
