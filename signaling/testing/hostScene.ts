// For tests: a meeting with a host, a guest and somebody at the door, and a second host if need be.
import { joinAsHost, startServer, TestClient } from './testkit.ts';
import { addMember, makeScene, type Scene } from './wellFormed.ts';

export const scene = async (): Promise<Scene> => makeScene(await startServer());

/** Another page on the device of somebody. */
export const newPage = ({ server }: Pick<Scene, 'server'>, of: TestClient) =>
  TestClient.start(server, undefined, of.device);

/** The room's root host, and another host in the group, who is not. */
export async function withSecond() {
  const all = await scene();
  const second = await addMember(all, await joinAsHost(all.server, all.roomId, all.host));
  return { ...all, second };
}
