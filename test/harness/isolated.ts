/** The headers that keep a page apart from other origins, as the product's own have them: without them workers share no memory. */
export const ISOLATED = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};
