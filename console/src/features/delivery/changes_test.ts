import { describe, expect, it } from 'vitest';
import { nextSteps, rollBack } from './changes';

const release = (number: number, state: 'draft' | 'evaluated' | 'blocked' | 'signed' | 'canary' | 'live' | 'superseded' | 'rolled_back') => ({
  id: `helpdesk-${number}`,
  use_case: 'helpdesk',
  number,
  state,
  is_signed: false,
  canary_percent: 0,
});

describe('nextSteps', () => {
  const live = release(1, 'live');
  it.each([
    ['draft', ['Evaluate']],
    ['blocked', ['Evaluate']],
    ['evaluated', ['Sign']],
    ['signed', ['Canary 10 %', 'Promote']],
    ['canary', ['Promote']],
    ['live', []],
    ['superseded', []],
    ['rolled_back', []],
  ] as const)('of %s', (state, labels) =>
    expect(nextSteps(release(2, state), [live]).map((step) => step.confirmLabel)).toEqual(labels),
  );
  it('has no canary without a release to compare with', () =>
    expect(nextSteps(release(1, 'signed'), []).map((step) => step.confirmLabel)).toEqual(['Promote']));
});

describe('rollBack', () => {
  const all = [release(3, 'live'), release(1, 'superseded'), release(2, 'superseded')];
  const live = { release: 'helpdesk-3', prompt: '', prompt_version: '', index: '', route: '', canary: null, canary_percent: 0 };
  it('names the release before', () =>
    expect(rollBack({ name: 'helpdesk', live }, all).effects[0]).toBe('helpdesk-2 answers all calls instead of helpdesk-3.'));
  it('ends a canary first', () =>
    expect(rollBack({ name: 'helpdesk', live: { ...live, canary: 'helpdesk-4' } }, all).effects[0]).toContain('helpdesk-4 ends'));
});
