// Rooms outlive the process that made them, and are the same ones for a second process.
import { describe, expect, it } from 'vitest';
import type { StorageConfig } from './config.ts';
import { againstBoth } from './storage/testing/places.ts';
import { running } from './testing/signalingProcess.ts';
import { makeRoom, TestClient, until } from './testing/testkit.ts';

const envOf = ({ dataDir, databaseUrl }: StorageConfig) => ({
  DATA_DIR: dataDir,
  DATABASE_URL: databaseUrl?.reveal() ?? '',
});

againstBoth('a room', (makePlace) => {
  describe('that was made in a process', { timeout: 60_000 }, () => {
    it('is there after that was killed: its host holds a meeting, and a guest waits at its door', async () => {
      const env = envOf(await makePlace());
      const first = await running(env);
      const maker = await TestClient.start(first);
      const roomId = await makeRoom(maker, { lobby: true });
      first.child.kill('SIGKILL');
      await until('it is dead', () => first.exit() !== undefined);

      const second = await running(env);
      const host = await TestClient.start(second, undefined, maker.device);
      await host.found(roomId);
      const guest = await TestClient.start(second);
      expect((await guest.join(roomId)).entry).toBe('lobby');
      await host.ask('host:settings', { lobby: false, locked: false, verifiedOnly: false });
      second.child.kill('SIGKILL');
      await until('it is dead', () => second.exit() !== undefined);

      const third = await running(env);
      await (await TestClient.start(third, undefined, maker.device)).found(roomId);
      await (await TestClient.start(third)).wait(roomId);
    });

    it('is known to another that started at the same moment on the same database', async () => {
      const env = envOf(await makePlace());
      const [one, two] = await Promise.all([running(env), running(env)]);
      const maker = await TestClient.start(one);
      const roomId = await makeRoom(maker);
      await (await TestClient.start(two, undefined, maker.device)).found(roomId);
    });
  });
});
