import { describe, expect, it } from 'vitest';
import { cycles, forbiddenImports, importsOf } from './imports.ts';

const graph = (files: Record<string, string>) =>
  new Map(Object.entries(files).map(([file, text]) => [file, importsOf(file, text)]));

describe('imports', () => {
  it('are found in every form they come in', () => {
    const text = `import a from './a.ts'; import './b.ts'; export * from './c.ts'; import type { D } from './d.ts';
      import { type E } from './e.ts'; const f = await import('./f.ts'); type G = import('./g.ts').G;
      import { h } from '#protocol'; import { i } from '#e2ee/messages.ts'; import j from 'zod/mini';`;
    const found = importsOf('sfu/x.ts', text).map(
      ({ target, typeOnly }) => `${target}${typeOnly ? ' (type)' : ''}`,
    );
    expect(found).toEqual([
      'sfu/a.ts',
      'sfu/b.ts',
      'sfu/c.ts',
      'sfu/d.ts (type)',
      'sfu/e.ts (type)',
      'sfu/f.ts',
      'sfu/g.ts (type)',
      'signaling/protocol/index.ts',
      'e2ee-worker/messages.ts',
      'zod/mini',
    ]);
  });

  it('of components are those of their scripts', () => {
    const component = `<script lang="ts">import X from '../X.svelte';</script>\n<p>import y from './y.ts'</p>`;
    expect(importsOf('client/src/ui/Z.svelte', component)).toEqual([
      { target: 'client/src/X.svelte', typeOnly: false },
    ]);
  });
});

describe('a forbidden import is reported:', () => {
  it.each([
    ['signaling/protocol/x.ts', "import 'node:fs'"],
    ['signaling/protocol/x.ts', "import '../rooms.ts'"],
    ['signaling/x.ts', "import type { Kysely } from 'kysely'"],
    ['signaling/meeting/x.ts', "import { DatabaseSync } from 'node:sqlite'"],
    ['signaling/x.ts', "import '#e2ee/messages.ts'"],
    ['signaling/x.ts', "import type { A } from '../e2ee-worker/mls/group.ts'"],
    ['sfu/x.ts', "const a = await import('../e2ee-worker/mls/group.ts')"],
    ['sfu/x.ts', "import '../signaling/rooms.ts'"],
    ['e2ee-worker/mls/x.ts', "import 'socket.io-client'"],
    ['e2ee-worker/mls/x.ts', "import '@hpke/dhkem-x448'"],
    ['e2ee-worker/mls/x.ts', "import '../../client/src/route.ts'"],
    ['client/src/ui/X.svelte', "<script>import '#e2ee/messages.ts'</script>"],
    ['client/src/ui/X.svelte', "<script>import '../net/Connection.ts'</script>"],
    ['client/src/ui/x.ts', "import type { Receiver } from '../media/Receiver.ts'"],
    ['client/src/ui/X.svelte', "<script>import '../screens/Home.svelte'</script>"],
    ['client/src/screens/x.ts', "import '../net/Connection.ts'"],
    ['client/src/screens/X.svelte', "<script>import '../media/capture.svelte.ts'</script>"],
    ['client/src/screens/x.ts', "import '../../../e2ee-worker/mls/session.ts'"],
    ['client/src/call/x.ts', "import '#e2ee/mls/session.ts'"],
    ['client/src/call/x.ts', "import '../ui/notice.svelte.ts'"],
    ['client/src/call/x.ts', "import '../screens/Room.svelte'"],
    ['client/src/media/x.ts', "import type { Tile } from '../call/model.ts'"],
    ['client/src/net/x.ts', "import '../screens/endedWords.ts'"],
    ['client/src/net/x.ts', "import '../media/Sender.ts'"],
    ['client/src/call/x.ts', "import '../../../signaling/server.ts'"],
    ['client/src/call/x.ts', "import '../../../sfu/peer.ts'"],
    ['client/src/net/x.ts', "import '../../../signaling/protocol/env.ts'"],
    ['e2ee-worker/mls/x.ts', "import '../../signaling/protocol/env.ts'"],
    ['signaling/protocol/index.ts', "export * from './env.ts'"],
    ['client/src/call/x.ts', "import '../../../test/harness/net.ts'"],
    ['e2ee-worker/sframe/x.ts', "import './fixtures.testing.ts'"],
    ['e2ee-worker/mls/x.ts', "import { world } from './testing/world.ts'"],
    ['sfu/x.ts', "import './testkit.ts'"],
  ])('%s with %s', (file, text) => {
    expect(forbiddenImports(graph({ [file]: text }))).toHaveLength(1);
  });

  it('not those that the architecture allows', () => {
    const allowed = {
      'signaling/protocol/x.ts': "import 'zod/mini'; import './ids.ts'",
      'sfu/x.ts': "import '#protocol'; import 'mediasoup'; import '../signaling/protocol/env.ts'",
      'e2ee-worker/mls/x.ts':
        "import 'ts-mls'; import '@hpke/core'; import '#protocol'; import '../link/names.ts'",
      'client/src/call/x.ts':
        "import '#e2ee/messages.ts'; import '#protocol'; import '../media/Sender.ts'; import '../net/reply.ts'",
      'client/src/call/y.ts': "import url from '../../../e2ee-worker/groupWorker.ts?worker&url'",
      'client/src/media/x.ts': "import '../net/Connection.ts'",
      'client/src/screens/X.svelte': "<script>import '../ui/Y.svelte'; import '../call/model.ts'</script>",
      'client/src/ui/y.ts': "import '../call/model.ts'; import '#protocol'",
      'signaling/config.ts': "import './protocol/env.ts'",
      'e2ee-worker/mls/x.test.ts': "import 'vitest'; import 'node:fs'",
    };
    expect(forbiddenImports(graph(allowed))).toEqual([]);
  });
});

describe('a cycle', () => {
  it('is reported with its path', () => {
    const files = {
      'sfu/a.ts': "import './b.ts'",
      'sfu/b.ts': "import './c.ts'",
      'sfu/c.ts': "import './a.ts'",
    };
    expect(cycles(graph(files))).toEqual(['cycle: sfu/a.ts -> sfu/b.ts -> sfu/c.ts -> sfu/a.ts']);
  });

  it('of types only is none', () => {
    const files = { 'sfu/a.ts': "import type { B } from './b.ts'", 'sfu/b.ts': "import './a.ts'" };
    expect(cycles(graph(files))).toEqual([]);
  });
});
