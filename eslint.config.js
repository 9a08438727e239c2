// Lints Svelte components only; everything else is biome's.
import svelte from 'eslint-plugin-svelte';
import ts from 'typescript-eslint';

export default [
  { ignores: ['**/*.ts', '**/*.js', '**/*.mjs', 'client/dist/**'] },
  ...svelte.configs['flat/recommended'],
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser } },
    rules: {
      // Markup from a string is how text becomes script; there is no safe use here.
      'svelte/no-at-html-tags': 'error',
      // Without a key, tiles of other people get recycled and a name may stand under the wrong picture.
      'svelte/require-each-key': 'error',
    },
  },
];
