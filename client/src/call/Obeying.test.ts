// A host may silence a page at once; nobody but the person at it makes it audible.
import { describe, expect, it } from 'vitest';
import type { GroupView } from '#e2ee/messages.ts';
import { PeerId } from '#protocol';
import { Obeying } from './Obeying.ts';

const IMPOSED: GroupView['imposed'] = {
  lobby: false,
  share: 'everyone',
  chat: true,
  chatLifetimeS: null,
  recording: true,
  verifiedOnly: false,
  suite: 'x25519',
};

function page() {
  const told: { text: string; offer: string | null | undefined }[] = [];
  const capture = {
    microphoneOn: true,
    cameraOn: true,
    async setMicrophone(on: boolean) {
      capture.microphoneOn = on;
    },
    async setCamera(on: boolean) {
      capture.cameraOn = on;
    },
  };
  const screen = {
    sharing: true,
    stop() {
      screen.sharing = false;
    },
  };
  const obeying = new Obeying({ capture, screen, tell: (text, offer) => told.push({ text, offer }) });
  return { obeying, capture, screen, told };
}

function view(given: {
  role: 'host' | 'guest';
  muteOnEntry?: boolean;
  share?: 'everyone' | 'hosts';
}): GroupView {
  const { role, muteOnEntry = false, share = 'everyone' } = given;
  const self = {
    peerId: PeerId.parse('s'.repeat(22)),
    leaf: 0,
    name: 'Me',
    fingerprint: '',
    self: true,
    presence: 'here',
    confirmed: 'yes',
    role,
    root: false,
    mark: 'self',
    pairCode: [],
  } as const;
  return {
    epoch: 1,
    settled: true,
    withheldFor: [],
    members: [{ ...self, pairCode: [] }],
    safetyCode: ['00000', '00000', '00000', '00000'],
    suite: '',
    expiresAt: 0,
    latestEnd: 0,
    checkedAt: null,
    changesSinceChecked: null,
    changes: [],
    settings: { ...IMPOSED, lobby: true, locked: false, share, muteOnEntry },
    blocked: [],
    imposed: IMPOSED,
  };
}

describe('what a host asks', () => {
  it('mutes at once, and says who did it', () => {
    const { obeying, capture, told } = page();
    obeying.asked({ type: 'asked', what: 'mute', by: 'Ada' });
    expect(capture.microphoneOn).toBe(false);
    expect(told).toEqual([{ text: 'Ada has muted you.', offer: undefined }]);
  });

  it('stops the camera and the shared screen', () => {
    const { obeying, capture, screen } = page();
    obeying.asked({ type: 'asked', what: 'stop-video', by: 'Ada' });
    expect([capture.cameraOn, screen.sharing, capture.microphoneOn]).toEqual([false, false, true]);
  });

  it('never switches a microphone on: it offers', () => {
    const { obeying, capture, told } = page();
    capture.microphoneOn = false;
    obeying.asked({ type: 'asked', what: 'ask-unmute', by: 'Ada' });
    expect(capture.microphoneOn).toBe(false);
    expect(told[0]?.offer).toBe('unmute');
  });

  it('does not bother somebody whose microphone is on', () => {
    const { obeying, told } = page();
    obeying.asked({ type: 'asked', what: 'ask-unmute', by: 'Ada' });
    expect(told).toEqual([]);
  });
});

describe('the rules of the meeting', () => {
  it('mute whoever comes in, once: after that the person decides', () => {
    const { obeying, capture } = page();
    obeying.viewed(view({ role: 'guest', muteOnEntry: true }));
    expect(capture.microphoneOn).toBe(false);
    capture.microphoneOn = true;
    obeying.viewed(view({ role: 'guest', muteOnEntry: true }));
    expect(capture.microphoneOn).toBe(true);
  });

  it('do not mute hosts, nor those who were in before the rule', () => {
    const host = page();
    host.obeying.viewed(view({ role: 'host', muteOnEntry: true }));
    expect(host.capture.microphoneOn).toBe(true);
    const early = page();
    early.obeying.viewed(view({ role: 'guest' }));
    early.obeying.viewed(view({ role: 'guest', muteOnEntry: true }));
    expect(early.capture.microphoneOn).toBe(true);
  });

  it('end a guest’s shared screen when only hosts may share', () => {
    const { obeying, screen, told } = page();
    obeying.viewed(view({ role: 'guest' }));
    expect(screen.sharing).toBe(true);
    obeying.viewed(view({ role: 'guest', share: 'hosts' }));
    expect(screen.sharing).toBe(false);
    expect(told).toHaveLength(1);
  });
});
