// Why there is no camera or microphone, from the names of getUserMedia's errors (Media Capture and Streams, section 10).
import type { CaptureProblem } from './captureModel.ts';

const PROBLEMS: Readonly<Record<string, CaptureProblem>> = {
  NotAllowedError: 'refused',
  SecurityError: 'refused',
  NotFoundError: 'no-device',
  OverconstrainedError: 'no-device',
  NotReadableError: 'in-use',
  AbortError: 'in-use',
};

export const captureProblem = (error: unknown): CaptureProblem =>
  (error instanceof DOMException && PROBLEMS[error.name]) || 'failed';
