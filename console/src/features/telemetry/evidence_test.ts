import { expect, it } from 'vitest';
import { evidenceWords } from './evidence';

it.each([
  [null, ''],
  [{}, ''],
  [{ limit_usd: '50', is_hit: false }, 'limit usd 50 · is hit no'],
  [{ types: ['email', 'iban'], none: [], deep: { a: 1 } }, 'types email, iban · none none · deep (a 1)'],
  ['plain', 'plain'],
])('%j', (evidence, words) => expect(evidenceWords(evidence)).toBe(words));
