import { expect, it } from 'vitest';
import { burnTone } from './burn';

it.each([
  [0, [50, 75, 90], 'good'],
  [60, [50, 75, 90], 'good'],
  [75, [50, 75, 90], 'warning'],
  [99.9, [], 'good'],
  [100, [], 'bad'],
  [130, [50], 'bad'],
] as const)('%d %% with %j', (percent, marks, tone) => expect(burnTone(percent, marks)).toBe(tone));
