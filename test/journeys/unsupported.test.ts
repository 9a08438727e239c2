// Browsers that lack something without which nothing can be encrypted: they are told before there is anything to click.
import { axeFindsNothing } from '../harness/axe.ts';
import { expect, test } from '../harness/test.ts';

function withoutTransforms(): void {
  Reflect.deleteProperty(window, 'RTCRtpScriptTransform');
}

/** As where a proxy has removed the headers. */
function withoutIsolation(): void {
  Object.defineProperty(window, 'crossOriginIsolated', { value: false });
}

/** As a browser answers that has never heard of it. */
function withoutKeys(algorithm: string): void {
  if (!isSecureContext) return; // about:blank has no WebCrypto at all
  const real = SubtleCrypto.prototype.generateKey;
  function generateKey(this: SubtleCrypto, asked: string | { name: string }, ...rest: unknown[]) {
    const name = typeof asked === 'string' ? asked : asked.name;
    if (name === algorithm) return Promise.reject(new DOMException('', 'NotSupportedError'));
    return Reflect.apply(real, this, [asked, ...rest]);
  }
  Reflect.set(SubtleCrypto.prototype, 'generateKey', generateKey);
}

for (const [what, reason, words] of [
  ['isolation', 'not-isolated', 'two headers were lost'],
  ['encoded transforms', 'no-transform', 'It lacks encoded transforms'],
  ['Ed25519', 'no-keys', 'It lacks keys of the kinds Ed25519 and X25519'],
  ['X25519', 'no-keys', 'It lacks keys of the kinds Ed25519 and X25519'],
] as const) {
  test(`a browser without ${what} says so in place of the buttons, on the home screen and behind an invite link, and connects to nothing`, async ({
    installation,
    person,
  }) => {
    const grace = await person('Grace');
    if (reason === 'not-isolated') await grace.page.addInitScript(withoutIsolation);
    else if (reason === 'no-transform') await grace.page.addInitScript(withoutTransforms);
    else await grace.page.addInitScript(withoutKeys, what);
    const lines: string[] = [];
    grace.page.on('websocket', (line) => lines.push(line.url()));
    const link = `${installation.url}/r/${'a'.repeat(21)}A#${'b'.repeat(42)}A`;
    for (const address of [installation.url, link]) {
      await grace.page.goto('about:blank');
      await grace.page.goto(address);
      await expect(grace.byId('unsupported')).toHaveAttribute('data-reason', reason);
      await expect(grace.byId('unsupported')).toContainText(words);
      for (const id of ['create-meeting', 'join', 'preview']) await expect(grace.byId(id)).toHaveCount(0);
    }
    await axeFindsNothing(grace.page, `a browser without ${what}`);
    expect(lines).toEqual([]);
  });
}
