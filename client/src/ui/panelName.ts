// The panels beside the call, of which one is open at a time, and the buttons that open them.

export type PanelName = 'people' | 'security' | 'host' | 'chat';

/** Test ids. */
export const OPENERS: Record<PanelName, string> = {
  people: 'open-roster',
  security: 'open-security',
  host: 'open-host',
  chat: 'open-chat',
};
