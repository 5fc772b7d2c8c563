import { expect, it } from 'vitest';
import { cutAtCitations } from './answer_text';

it.each([
  ['Use apt [1], not dpkg [2].', [{ text: 'Use apt ' }, { number: 1 }, { text: ', not dpkg ' }, { number: 2 }, { text: '.' }]],
  ['[1][2]', [{ number: 1 }, { number: 2 }]],
  ['a[9] and [x]', [{ text: 'a[9] and [x]' }]],
  ['', []],
])('%j', (text, pieces) => expect(cutAtCitations(text, new Set([1, 2]))).toEqual(pieces));
