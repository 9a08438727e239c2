// Everything that crosses a wire. Imports zod and nothing of ours.
export * from './account.ts';
export * from './admin.ts';
export * from './authority.ts';
export * from './bytes.ts';
export * from './errors.ts';
export * from './headerExtensions.ts';
export * from './ids.ts';
export * from './limits.ts';
export * from './lists.ts';
export * from './media.ts';
export * from './ownData.ts';
export * from './policy.ts';
export * from './pushes.ts';
export * from './requests.ts';
export * from './rtp.ts';
export * from './sfu.ts';
export * from './webhook.ts';
