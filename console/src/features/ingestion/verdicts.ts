// Where an item of a sync ended up, in the order of the intake report.
import type { BarPart } from '@/shared/segmented_bar';
import type { Tone } from '@/shared/tone';

export const verdicts = ['indexed', 'unchanged', 'duplicate', 'stale', 'quarantined', 'rejected', 'deleted'] as const;
export type Verdict = (typeof verdicts)[number];

export const verdictMeaning: Record<Verdict, string> = {
  indexed: 'new or changed, and searchable once its dataset is approved',
  unchanged: 'the same as at the last sync',
  duplicate: 'the same text as another document',
  stale: 'an older copy of another document',
  quarantined: 'held back for a person to decide',
  rejected: 'could not be read, or is not allowed in',
  deleted: 'gone from the source, and so from here',
};

const tones: Record<Verdict, Tone> = {
  indexed: 'good',
  unchanged: 'info',
  duplicate: 'quiet',
  stale: 'quiet',
  quarantined: 'warning',
  rejected: 'bad',
  deleted: 'quiet',
};

/** Verdicts the console does not know come last: no file may vanish from the report. */
export function toParts(counts: Record<string, number>): BarPart[] {
  const known = verdicts.map((verdict) => ({ label: verdict, count: counts[verdict] ?? 0, tone: tones[verdict] }));
  const others = Object.entries(counts)
    .filter(([name]) => !verdicts.includes(name as Verdict))
    .map(([label, count]) => ({ label, count, tone: 'quiet' as Tone }));
  return [...known, ...others];
}

export function total(counts: Record<string, number>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

/** Whether the report accounts for every item: all that was listed, and what was deleted besides. */
export function isComplete(listed: number, counts: Record<string, number>): boolean {
  return total(counts) === listed + (counts.deleted ?? 0);
}
