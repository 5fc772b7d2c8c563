import { describe, expect, it } from 'vitest';
import { addMoney, divideMoney, formatMoney, parseNano, percentOf } from './money';

describe('parseNano', () => {
  it.each([
    ['0', 0n],
    ['12.50', 12_500_000_000n],
    ['0.00002', 20_000n],
    ['-3.1', -3_100_000_000n],
    ['9007199254740993.000000001', 9_007_199_254_740_993_000_000_001n],
    ['0.0000000019', 1n],
  ])('%s', (text, nano) => expect(parseNano(text)).toBe(nano));
  it.each(['', 'abc', '1e3', '1.', '.5', '1,000', 'NaN'])('refuses %j', (text) =>
    expect(parseNano(text)).toBeUndefined(),
  );
});

describe('formatMoney', () => {
  it.each([
    ['0', '$0.00'],
    ['1234.5', '$1,234.50'],
    ['1234567.895', '$1,234,567.90'],
    ['0.994999999', '$0.99'],
    ['0.995', '$1.00'],
    ['0.01', '$0.01'],
    ['0.00002', '$0.00002'],
    ['0.000123456', '$0.00012'],
    ['0.009999', '$0.01'],
    ['0.000000001', '$0.000000001'],
    ['-2.5', '−$2.50'],
  ])('%s is %s', (text, shown) => expect(formatMoney(text)).toBe(shown));
  it('shows every digit on demand', () => expect(formatMoney('0.000123456', 'exact')).toBe('$0.000123456'));
  it('says unpriced, never zero', () => {
    expect(formatMoney(null)).toBe('unpriced');
    expect(formatMoney(undefined)).toBe('unpriced');
  });
});

describe('percentOf', () => {
  it.each([
    ['25', '50', 50],
    ['0.1', '0.3', 33.3],
    ['60', '50', 120],
    ['1', '0', 0],
    ['0', '50', 0],
  ])('%s of %s', (part, all, percent) => expect(percentOf(part, all)).toBe(percent));
});

describe('addMoney', () => {
  it('adds what floats cannot', () => expect(addMoney(['0.1', '0.2'])).toBe('0.3'));
  it('keeps nano and sign', () => expect(addMoney(['-1', '0.000000001'])).toBe('-0.999999999'));
  it('is zero for nothing', () => expect(addMoney([])).toBe('0'));
});

describe('divideMoney', () => {
  it.each([
    ['1', 3, '0.333333333'],
    ['2', 3, '0.666666667'],
    ['10', 4, '2.5'],
    ['0', 7, '0'],
    ['1', 0, undefined],
    ['1', -2, undefined],
    ['1', 1.5, undefined],
    ['-1', 2, undefined],
  ])('%s by %s', (amount, count, share) => expect(divideMoney(amount, count)).toBe(share));
});
