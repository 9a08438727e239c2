// Before the first meeting: two sessions of our own meet in a group of their own, by the code that real ones use.
//
// A browser whose cryptography is broken is found out before anybody relies on it. The code is also compiled by then, which
// took a quarter of the time from the click on "join" to the first picture.
import type { FromGroup, GroupToMedia } from '#e2ee/messages.ts';
import { type LoggedCommit, MeetingId, PeerId, RoomId } from '#protocol';
import { toBase64url } from '../link/base64url.ts';
import { equalBytes, wipe } from '../link/bytes.ts';
import { ID_BYTES } from '../link/ids.ts';
import { memoryVault } from '../vault/deviceKey.ts';
import { BASE_KEY_BYTES } from './exporter.ts';
import type { Host } from './host.ts';
import { createGroupSession, type GroupSession } from './session.ts';

type Of<T extends FromGroup['type']> = Extract<FromGroup, { type: T }>;

const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes));
const newId = () => toBase64url(random(ID_BYTES));
/** Longer than any of it takes. */
const LIFETIME_MS = 60_000;

class Actor {
  readonly peerId = PeerId.parse(newId());
  readonly session: GroupSession;
  readonly #said: FromGroup[] = [];
  #baseKey: Uint8Array = new Uint8Array(0);
  #heard: () => void = () => undefined;

  constructor() {
    this.session = createGroupSession({
      emit: (message) => {
        this.#said.push(message);
        this.#heard();
      },
      toMedia: (message) => this.#take(message),
      now: () => Date.now(),
      setTimer: (ms, fire) => {
        const timer = setTimeout(fire, ms);
        return () => clearTimeout(timer);
      },
      random,
      vault: memoryVault(),
    });
  }

  get baseKey(): Uint8Array {
    return this.#baseKey;
  }

  /** Throws what the session says is wrong. */
  async next<T extends FromGroup['type']>(type: T): Promise<Of<T>> {
    for (;;) {
      for (let said = this.#said.shift(); said; said = this.#said.shift()) {
        if (said.type === 'fault' || said.type === 'refused' || said.type === 'ended')
          throw new Error(`self-test: ${said.reason}`);
        if (isOf(said, type)) return said;
      }
      await new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
    }
  }

  /** Throws what the session says is wrong, and when it asks for other things again and again. */
  async admits(): Promise<Extract<Of<'ask-server'>, { name: 'host:admit' }>['data']> {
    // First the founder tells the server the rules of the meeting.
    for (let i = 0; i < 3; i++) {
      const errand = await this.next('ask-server');
      if (errand.name === 'host:admit') return errand.data;
    }
    throw new Error('self-test: a host who does not admit');
  }

  #take(message: GroupToMedia): void {
    if (message.type === 'epoch') this.#baseKey = message.baseKey;
  }
}

const isOf = <T extends FromGroup['type']>(message: FromGroup, type: T): message is Of<T> =>
  message.type === type;

/** Throws when two members who did everything right do not end up with the same keys. */
export async function selfTest(): Promise<void> {
  const [founder, guest] = [new Actor(), new Actor()];
  const room = { roomId: RoomId.parse(newId()), meetingId: MeetingId.parse(newId()) };
  await founder.session.handle({ type: 'make-room' });
  const { fragment } = await founder.next('room-made');
  const suite = 'x25519';
  const enter = ({ peerId, session }: Actor, name: string) =>
    session.handle({
      type: 'enter',
      roomId: room.roomId,
      fragment,
      peerId,
      name,
      suite,
      privateSession: false,
    });

  await Promise.all([enter(founder, 'founder'), enter(guest, 'guest')]);
  await founder.session.handle({
    type: 'found',
    meetingId: room.meetingId,
    expiresAt: Date.now() + LIFETIME_MS,
    latestEnd: Date.now() + LIFETIME_MS,
  });
  const { keyPackage, linkProof, fingerprint } = await guest.next('entered');
  const arrival = { peerId: guest.peerId, keyPackage, linkProof };
  // A room has a lobby until somebody says otherwise, so that the way through it is tried, too.
  await founder.session.handle({ type: 'knocked', arrival, since: Date.now() });
  await founder.session.handle({ type: 'admit', peerId: guest.peerId, fingerprint });
  const { ticket: right } = await founder.admits();
  await guest.session.handle({ type: 'await-welcome', meetingId: room.meetingId, right });
  await founder.session.handle({ type: 'peer-arrived', arrival: { ...arrival, right } });

  const add = await founder.next('send-commit');
  if (!add.welcome) throw new Error('self-test: an Add without a Welcome');
  await founder.session.handle({ type: 'committed', commit: logged(founder, add) });
  await guest.session.handle({ type: 'welcomed', epoch: add.epoch + 1, welcome: add.welcome });
  const first = agreed(founder, guest);

  await guest.session.handle({ type: 'refresh' });
  const refresh = logged(guest, await guest.next('send-commit'));
  await Promise.all([founder, guest].map((a) => a.session.handle({ type: 'committed', commit: refresh })));
  const second = agreed(founder, guest);
  if (equalBytes(first, second)) throw new Error('self-test: the keys of two epochs are the same');

  await Promise.all([founder, guest].map((a) => a.session.handle({ type: 'leave' })));
  wipe(first, second);
}

/** A session that does nothing before `test` has passed, and nothing ever when it fails, which is emitted as `fault`. */
export function afterTest(
  test: Promise<unknown>,
  session: GroupSession,
  emit: Host['emit'],
): Pick<GroupSession, 'handle'> {
  const fit = test.then(
    () => true,
    (error: unknown) => {
      const reason = error instanceof Error ? error.message.slice(0, 180) : 'unknown';
      emit({ type: 'fault', reason });
      return false;
    },
  );
  return {
    async handle(input) {
      if (await fit) await session.handle(input);
    },
  };
}

const logged = ({ peerId }: Actor, { epoch, commit }: Of<'send-commit'>): LoggedCommit => ({
  epoch,
  from: peerId,
  commit,
});

function agreed(a: Actor, b: Actor): Uint8Array {
  const same = a.baseKey.byteLength === BASE_KEY_BYTES && equalBytes(a.baseKey, b.baseKey);
  if (!same) throw new Error('self-test: two members of one epoch have different keys');
  return a.baseKey;
}
