// Who records is said by name, once when it begins and once when it is over.
import { describe, expect, it } from 'vitest';
import { elapsed, recordedByWords, recordingNews } from './recordingWords.ts';

const nobody = { self: false, others: [] };

describe('who records', () => {
  it('is named, however many they are', () => {
    expect(recordedByWords(['Ada'])).toBe('Ada is recording this meeting');
    expect(recordedByWords(['Ada', 'Bo', 'Cy'])).toBe('Ada, Bo, and Cy are recording this meeting');
  });

  it('is read out when it begins and when it ends, and not in between', () => {
    const ada = { self: false, others: ['Ada'] };
    expect(recordingNews(nobody, ada)).toEqual(['Ada is recording this meeting']);
    expect(recordingNews(ada, ada)).toEqual([]);
    expect(recordingNews(ada, nobody)).toEqual(['Ada has stopped recording']);
  });

  it('is read out of a second one of the same name, too', () => {
    const both = { self: false, others: ['Ada', 'Ada'] };
    expect(recordingNews({ self: false, others: ['Ada'] }, both)).toEqual(['Ada is recording this meeting']);
  });

  it('is read out to whoever records, too', () => {
    const self = { self: true, others: [] };
    expect(recordingNews(nobody, self)).toEqual(['You are recording this meeting']);
    expect(recordingNews(self, nobody)).toEqual(['Your recording has stopped']);
  });
});

it.each([
  [-5, '0:00'],
  [7_999, '0:07'],
  [760_000, '12:40'],
  [3_729_000, '1:02:09'],
])('%i ms are %s', (ms, words) => {
  expect(elapsed(ms)).toBe(words);
});
