// The keys of an epoch's messages: gone with the epoch, and nothing is kept for epochs that no log brings.
import { encodeMlsMessage, type PrivateMessage } from 'ts-mls';
import { allSecretTreeValues } from 'ts-mls/secretTree.js';
import { expect, it } from 'vitest';
import { MAX_AHEAD } from './chat.ts';
import { ChatKeys } from './chatKeys.ts';
import { encodeSaid } from './chatText.ts';
import { decodeExactly } from './codec.ts';
import { lost, sealedBy, withEve, wordsOf } from './testing/chatting.ts';

function privateMessage(bytes: Uint8Array): PrivateMessage {
  const message = decodeExactly(bytes);
  if (message?.wireformat !== 'mls_private_message') throw new Error('not a private message');
  return message.privateMessage;
}

it('what was said in an epoch does not open once its keys are wiped, and nothing is sealed for it; no secret is left of them', async () => {
  const { eve } = await withEve();
  const { id, raw: state } = eve;
  /** Each with secrets of its own, as two members have them. */
  const keys = () => {
    const { secretTree, keySchedule } = structuredClone({
      secretTree: state.secretTree,
      keySchedule: state.keySchedule,
    });
    return {
      secretTree,
      of: new ChatKeys(id, {
        state: { ...state, keySchedule },
        selfLeaf: state.privatePath.leafIndex,
        messageSecrets: secretTree,
      }),
    };
  };
  const payload = encodeSaid({ seq: 1, text: 'Between us' });
  const [writer, reader, late] = [keys(), keys(), keys()];
  const said = privateMessage(await writer.of.seal(payload));
  expect((await reader.of.open(said)).payload).toEqual(payload);
  late.of.wipe();
  await expect(late.of.open(said)).rejects.toThrow('the epoch is over');
  await expect(late.of.seal(payload)).rejects.toThrow('the epoch is over');
  const secrets = allSecretTreeValues(late.secretTree).filter((s) => s !== undefined);
  expect(secrets.length).toBeGreaterThan(0);
  for (const secret of secrets) expect(secret.every((byte) => byte === 0)).toBe(true);
});

it('a message of an epoch that is far ahead is told as lost at once and takes no place; of one that may come it waits', async () => {
  const { world, ada, eve } = await withEve();
  const sealed = privateMessage(await sealedBy(eve, wordsOf(eve, 'Later')));
  const from = async (ahead: number) => {
    const message = { ...sealed, epoch: sealed.epoch + BigInt(ahead) };
    await ada.give({
      type: 'chat-received',
      message: encodeMlsMessage({
        version: 'mls10',
        wireformat: 'mls_private_message',
        privateMessage: message,
      }),
    });
    await world.idle();
    return lost(ada);
  };
  expect(await from(MAX_AHEAD)).toBe(0);
  expect(await from(MAX_AHEAD + 1)).toBe(1);
});
