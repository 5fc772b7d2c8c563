// What the words of the API mean in colour.

export type Tone = 'good' | 'warning' | 'bad' | 'info' | 'quiet';

const tones: Record<Tone, readonly string[]> = {
  good: [
    'ok', 'good', 'pass', 'passed', 'allow', 'allowed', 'approved', 'indexed', 'active', 'full', 'healthy', 'success',
    'succeeded', 'completed', 'hit', 'live', 'current', 'ready', 'promoted', 'done', 'signed', 'serving', 'open', 'found',
  ],
  warning: [
    'warning', 'warn', 'quarantined', 'stale', 'pending', 'inconclusive', 'redact', 'redacted', 'fallback', 'degraded',
    'review', 'waiting', 'retry', 'paused', 'needs_release', 'unpriced', 'hold',
  ],
  bad: [
    'bad', 'error', 'fail', 'failed', 'deny', 'denied', 'refused', 'refuse', 'rejected', 'block', 'blocked', 'down',
    'rolled_back', 'critical', 'exhausted', 'cancelled', 'timeout', 'corrupt', 'interrupted',
    'failure', 'expired', 'destroy',
  ],
  info: ['info', 'canary', 'shadow', 'partial', 'running', 'draft', 'candidate', 'building', 'evaluated', 'route', 'choose', 'reserve'],
  quiet: ['unchanged', 'duplicate', 'deleted', 'miss', 'off', 'none', 'unknown', 'retired', 'superseded', 'skipped'],
};

const byWord = new Map<string, Tone>(
  Object.entries(tones).flatMap(([tone, words]) => words.map((word): [string, Tone] => [word, tone as Tone])),
);

export function toneOf(word: string): Tone {
  return byWord.get(word.toLowerCase().replaceAll(/[ -]/g, '_')) ?? 'quiet';
}

/** "rolled_back" → "rolled back". */
export function wordsOf(value: string): string {
  return value.replaceAll('_', ' ');
}
