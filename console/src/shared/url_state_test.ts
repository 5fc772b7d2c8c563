import { describe, expect, it } from 'vitest';
import { readUrlState, writeUrlState } from './url_state';

const defaults = { status: 'any', use_case: '', sort: 'newest' };

describe('readUrlState', () => {
  it('takes defaults where the address is silent', () =>
    expect(readUrlState('status=error', defaults)).toEqual({ status: 'error', use_case: '', sort: 'newest' }));
  it('decodes', () => expect(readUrlState('use_case=caf%C3%A9+%26+co', defaults).use_case).toBe('café & co'));
  it('ignores what it does not know', () => expect(readUrlState('x=1', defaults)).toEqual(defaults));
});

describe('writeUrlState', () => {
  it('drops defaults', () => expect(writeUrlState('status=error', defaults, { status: 'any' })).toBe(''));
  it('keeps strangers and sorts', () =>
    expect(writeUrlState('tab=runs', defaults, { status: 'error' })).toBe('status=error&tab=runs'));
  it('clears with undefined', () => expect(writeUrlState('use_case=a', defaults, { use_case: undefined })).toBe(''));
  it('round-trips', () => {
    const search = writeUrlState('', defaults, { use_case: 'a=b&c', status: 'ok' });
    expect(readUrlState(search, defaults)).toEqual({ status: 'ok', use_case: 'a=b&c', sort: 'newest' });
  });
});
