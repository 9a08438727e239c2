// npm run admin:link as a person runs it, beside a server.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { opened, temporaryDirectory } from '../signaling/storage/testing/places.ts';
import { running } from '../signaling/testing/signalingProcess.ts';
import { until } from '../signaling/testing/testkit.ts';

async function adminLink(env: Record<string, string>) {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(process.execPath, [join(import.meta.dirname, 'adminLink.mjs')], {
    env: { PATH, HOME, NODE_COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (said += String(chunk)));
  const [code] = await once(child, 'close');
  return { code, said };
}

describe('npm run admin:link', () => {
  it('makes an admin while the server runs and another one is there, by nobody’s password, and the log has it', async () => {
    const DATA_DIR = await temporaryDirectory();
    const server = await running({ DATA_DIR });
    const claim = async (token: string | undefined, email: string) => {
      const response = await fetch(`${server.url}/api/v1/claim`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ token, name: 'Ada', email, password: 'correct horse battery' }),
      });
      return response.json();
    };
    const first = await until('the first link', () => /claim#([\w-]{43})$/m.exec(server.output())?.[1]);
    expect(await claim(first, 'forgetful@example.org')).toEqual({ role: 'admin' });
    const { code, said } = await adminLink({ DATA_DIR, PUBLIC_URL: 'https://meet.example' });
    const [, token] = / https:\/\/meet\.example\/claim#([\w-]{43})\n$/.exec(said) ?? [];
    expect([code, token], said).toEqual([0, expect.any(String)]);
    const { db } = await opened({ dataDir: DATA_DIR, databaseUrl: undefined });
    const stored = await db.selectFrom('invitations').select(['role', 'invited_by', 'token_hash']).execute();
    expect(stored).toEqual([{ role: 'admin', invited_by: 'command line', token_hash: expect.any(String) }]);
    expect(JSON.stringify(stored)).not.toContain(token);
    expect(await claim(token, 'ada@example.org')).toEqual({ role: 'admin' });
    expect(await claim(token, 'eve@example.org')).toMatchObject({ code: 'NO_INVITATION' });
    const rows = await db.selectFrom('audit_rows').select(['type', 'data']).orderBy('seq').execute();
    expect(rows.map(({ type }) => type)).toEqual(['account:created', 'account:invited', 'account:created']);
    expect(JSON.parse(rows[1]?.data ?? '')).toEqual({ role: 'admin', by: 'command line' });
  });

  it('says where there is no database', async () => {
    const DATA_DIR = await temporaryDirectory();
    const said = `There is no database in ${DATA_DIR}: name its directory in DATA_DIR.\n`;
    expect(await adminLink({ DATA_DIR })).toEqual({ code: 1, said });
  });
});
