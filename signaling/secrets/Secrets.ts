// Secrets at rest: sealed in the database under a key that is kept elsewhere.
import { Secret } from '../protocol/env.ts';
import { StorageUnavailable } from '../storage/StorageUnavailable.ts';
import { isInUse, markInUse } from './inUse.ts';
import { keyFromText, makeMasterKey, masterKeyFile, readMasterKey } from './masterKey.ts';
import { Sealer } from './Sealer.ts';

/** What a secret is for, and of which thing: bound into the seal. a-z, 0-9 and -, at most 64 characters each. */
export interface About {
  readonly purpose: string;
  readonly id: string;
}

/** Holds sealed texts. storage/StoredSecrets.ts is the one that does it. */
export interface SecretStore {
  find(about: About): Promise<string | undefined>;
  put(about: About, sealed: string): Promise<void>;
  putIfAbsent(about: About, sealed: string): Promise<void>;
}

interface Config {
  readonly dataDir: string;
  readonly masterKey?: Secret | undefined;
}

/** Of no use but to show whether the key is the right one. */
const CHECK: About = { purpose: 'check', id: 'master-key' };

export class Secrets {
  readonly #store: SecretStore;
  readonly #sealer: Sealer;

  constructor(store: SecretStore, sealer: Sealer) {
    this.#store = store;
    this.#sealer = sealer;
  }

  /** Throws StorageUnavailable when what is there was sealed for something else, or was changed. */
  async find(about: About): Promise<Secret | undefined> {
    const sealed = await this.#store.find(about);
    if (sealed === undefined) return undefined;
    const secret = this.#sealer.open(about, sealed);
    if (!secret) throw changed(about);
    return secret;
  }

  /** For a text that is kept elsewhere than secrets are. */
  seal(about: About, secret: Secret): string {
    return this.#sealer.seal(about, secret);
  }

  open(about: About, sealed: string): Secret | undefined {
    return this.#sealer.open(about, sealed);
  }

  /** In place of one that is there. */
  async keep(about: About, secret: Secret): Promise<void> {
    await this.#store.put(about, this.#sealer.seal(about, secret));
  }

  /** The one that is there, or the first that anybody has made. Throws as find does. */
  async ensure(about: About, make: () => Secret): Promise<Secret> {
    const kept = await this.find(about);
    if (kept) return kept;
    await this.#store.putIfAbsent(about, this.#sealer.seal(about, make()));
    const winner = await this.find(about);
    if (!winner) throw changed(about);
    return winner;
  }
}

/** With the installation's own key, which the first start makes. Throws StorageUnavailable. */
export async function openSecrets(config: Config, store: SecretStore): Promise<Secrets> {
  // Before the check is looked for: another process, which is just making its first start, writes the two the other way round.
  const inUse = !config.masterKey && (await isInUse(config.dataDir));
  const check = await store.find(CHECK);
  if (inUse && check === undefined) throw lost(config.dataDir);
  const sealer = new Sealer(await masterKey(config, check !== undefined));
  if (check === undefined) await store.putIfAbsent(CHECK, sealer.seal(CHECK, new Secret('the right key')));
  const kept = await store.find(CHECK);
  if (kept === undefined || !sealer.open(CHECK, kept))
    throw new StorageUnavailable(
      `${config.masterKey ? 'MASTER_KEY' : `The key in ${masterKeyFile(config.dataDir)}`} is not the one that the secrets in the database were sealed with: give the right one back.`,
    );
  if (!config.masterKey && !inUse) await markInUse(config.dataDir);
  return new Secrets(store, sealer);
}

async function masterKey({ dataDir, masterKey: given }: Config, wanted: boolean) {
  if (given) return keyFromText(given);
  const file = masterKeyFile(dataDir);
  const kept = await readMasterKey(dataDir);
  if (kept) return kept;
  // A new key would open nothing, and hide that the right one is lost.
  if (wanted)
    throw new StorageUnavailable(
      `The key ${file} is missing, and the database has secrets that were sealed with it: put your copy of it back, or set MASTER_KEY.`,
    );
  await makeMasterKey(dataDir);
  const made = await readMasterKey(dataDir);
  if (!made) throw new StorageUnavailable(`The key ${file} was made and is gone again.`);
  return made;
}

const lost = (dataDir: string) =>
  new StorageUnavailable(
    `The database is empty, and the one that was sealed with the key in ${dataDir} was not: restore a backup, or correct DATA_DIR or DATABASE_URL. To begin anew, without accounts and rooms, move all of ${dataDir} away, with its keys.`,
  );

const changed = ({ purpose, id }: About) =>
  new StorageUnavailable(
    `The sealed secret ${purpose}/${id} in the database was changed or put in the place of another: restore a backup.`,
  );
