// A recorder that records nothing: its button changes what the screens say.
import type { RecordingModel } from '../../client/src/call/model.ts';
import type { CallScene } from './scenes.ts';

export class FakeRecording implements RecordingModel {
  readonly possible: boolean;
  stage: RecordingModel['stage'] = $state('off');
  since = $state(Date.now() - 754_000);
  others: readonly string[] = $state.raw([]);

  constructor({ recording = {} }: Partial<CallScene>) {
    this.possible = !recording.impossible;
    this.stage = recording.stage ?? 'off';
    this.others = recording.others ?? [];
  }

  async start(): Promise<void> {
    this.since = Date.now();
    this.stage = 'on';
  }
  async stop(): Promise<void> {
    this.stage = 'off';
  }
}
