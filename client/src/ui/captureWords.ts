// What to tell someone whose camera or microphone does not start, and what they can do.
import type { CaptureModel, CaptureProblem } from '../call/model.ts';

export interface CaptureMessage {
  readonly problem: CaptureProblem;
  readonly title: string;
  readonly help: string;
}

type Kind = 'camera' | 'microphone';
type Problems = CaptureModel['problems'];

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
const withArticle = (kinds: readonly Kind[]) => kinds.map((kind) => `the ${kind}`).join(' and ');

const WORDS: Record<CaptureProblem, (kinds: readonly Kind[]) => { title: string; help: string }> = {
  refused: (kinds) => ({
    title: `Your browser does not let this page use ${withArticle(kinds)}`,
    help: `Open the page’s permissions, at the symbol beside the address, allow ${withArticle(kinds)}, and try again.`,
  }),
  'no-device': (kinds) => ({
    title: `No ${kinds.join(' and no ')} found`,
    help: 'Connect one and try again, or join without.',
  }),
  'in-use': (kinds) => ({
    title: `${capital(withArticle(kinds))} ${kinds.length > 1 ? 'are' : 'is'} in use by another program`,
    help: 'Close the other program, then try again.',
  }),
  'insecure-context': () => ({
    title: 'This page was not opened securely',
    help: 'Browsers give camera and microphone only to pages opened over https://. Open the same address with https:// in front.',
  }),
  failed: (kinds) => ({
    title: `${capital(withArticle(kinds))} did not start`,
    help: 'Try again, choose another one below, or join without.',
  }),
};

const message = (problem: CaptureProblem, kinds: readonly Kind[]): CaptureMessage => ({
  problem,
  ...WORDS[problem](kinds),
});

/** One message per cause: when camera and microphone fail alike, they are named together. */
export function captureMessages({ camera, microphone }: Problems): readonly CaptureMessage[] {
  if (camera && camera === microphone) return [message(camera, ['camera', 'microphone'])];
  return [
    ...(camera ? [message(camera, ['camera'])] : []),
    ...(microphone ? [message(microphone, ['microphone'])] : []),
  ];
}
