// The host's side of the door: who knocks, and what a host decides. The group worker signs it; members check the signatures.
import type { FromGroup, Knock as GroupKnock, Settings, ToGroup } from '#e2ee/messages.ts';
import type { Imposed, KnockAccount, PeerId } from '#protocol';
import { accountWords } from './accountWords.ts';
import type { Asking, AtDoor, Blocked, DoorModel, Knock, RemoveHow } from './model.ts';
import type { RoomState } from './RoomState.svelte.ts';

/** As long as the group worker takes the code. */
const CODE_LIVES_MS = 5 * 60_000;

interface Deps {
  readonly state: Pick<RoomState, 'view'>;
  post(message: ToGroup): void;
}

export class Door implements DoorModel {
  delegationCode: readonly string[] | null = $state.raw(null);
  readonly #deps: Deps;
  #waiting: readonly GroupKnock[] = $state.raw([]);
  /** Beside what the group worker has checked, for it is the server's word alone. */
  #accounts: ReadonlyMap<PeerId, string> = $state.raw(new Map());
  #codeTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  get host(): boolean {
    return this.#deps.state.view?.members.some((m) => m.self && m.role === 'host') ?? false;
  }
  get root(): boolean {
    return this.#deps.state.view?.members.some((m) => m.self && m.root) ?? false;
  }
  get knocks(): readonly Knock[] {
    if (!this.host) return [];
    return this.#waiting.map((knock) => ({ ...knock, account: this.#accounts.get(knock.peerId) ?? null }));
  }
  get settings(): Settings | null {
    return this.#deps.state.view?.settings ?? null;
  }
  get imposed(): Imposed | null {
    return this.#deps.state.view?.imposed ?? null;
  }

  get blocked(): readonly Blocked[] {
    return this.#deps.state.view?.blocked ?? [];
  }

  /** True: the message was for hosts. */
  take(message: FromGroup): boolean {
    if (message.type === 'knocks') this.#waiting = message.knocks;
    else if (message.type === 'delegation-code') this.#show(message.code);
    else return false;
    return true;
  }

  readonly signedIn = (peerId: PeerId, account: KnockAccount | undefined): void => {
    const here = new Set(this.#waiting.map((knock) => knock.peerId));
    const kept = [...this.#accounts].filter(([id]) => id !== peerId && here.has(id));
    this.#accounts = new Map(account ? [...kept, [peerId, accountWords(account)]] : kept);
  };

  admit({ peerId, fingerprint }: AtDoor): void {
    this.#decide({ type: 'admit', peerId, fingerprint });
  }
  refuse({ peerId, fingerprint }: AtDoor, block: boolean): void {
    this.#decide({ type: 'refuse', peerId, fingerprint, block });
  }
  verify({ peerId, name, pairCode }: Knock): void {
    this.#decide({ type: 'verify', peerId, name, pairCode, verified: true });
  }
  remove(peerId: PeerId, how: RemoveHow): void {
    this.#decide({ type: 'remove', peerId, how });
  }
  unblock({ key }: Blocked): void {
    this.#decide({ type: 'unblock', key });
  }
  change(settings: Partial<Settings>): void {
    this.#decide({ type: 'change-settings', settings });
  }
  extend(expiresAt: number): void {
    this.#decide({ type: 'extend', expiresAt });
  }
  promote(peerId: PeerId): void {
    this.#decide({ type: 'promote', peerId });
  }
  demote(peerId: PeerId): void {
    this.#decide({ type: 'demote', peerId });
  }
  ask(what: Asking, to?: PeerId): void {
    this.#decide({ type: 'say', what, ...(to && { to }) });
  }
  end(): void {
    this.#decide({ type: 'say', what: 'end' });
  }
  startDelegation(): void {
    this.#decide({ type: 'start-delegation' });
  }

  forgetDelegation(): void {
    clearTimeout(this.#codeTimer);
    this.delegationCode = null;
  }

  /** Out of the group: whoever knocked, knocked at its door. Harmless when called again. */
  close(): void {
    this.forgetDelegation();
    this.#waiting = [];
  }

  /** Buttons that only hosts see may still be clicked in the moment in which somebody stops being one. */
  #decide(message: ToGroup): void {
    if (this.host) this.#deps.post(message);
  }

  #show(code: readonly string[]): void {
    this.forgetDelegation();
    this.delegationCode = code;
    this.#codeTimer = setTimeout(() => this.forgetDelegation(), CODE_LIVES_MS);
  }
}
