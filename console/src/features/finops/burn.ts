// What the state of a budget means.
import type { Tone } from '@/shared/tone';

/** Bad at the limit, a warning past the highest of the marks that is worth one (75 % and more). */
export function burnTone(percent: number, marks: readonly number[]): Tone {
  if (percent >= 100) return 'bad';
  const passed = Math.max(0, ...marks.filter((mark) => percent >= mark));
  return passed >= 75 ? 'warning' : 'good';
}
