import { describe, expect, it } from 'vitest';
import { costByMeter, nanoPerMillion } from './meters';

const prices = {
  input: '0.15 USD/Mtok',
  cache_read: '0.075 USD/Mtok',
  cache_write: '0 USD/Mtok',
  output: '0.6 USD/Mtok',
  reasoning: '0.6 USD/Mtok',
};
const tokens = { input: 1000, cache_read: 0, cache_write: 0, output: 200, reasoning: 0 };

it.each([
  ['0.15 USD/Mtok', 150_000_000n],
  ['0 USD/Mtok', 0n],
  ['0.15 EUR/Mtok', undefined],
  ['', undefined],
])('price %j', (price, nano) => expect(nanoPerMillion(price)).toBe(nano));

describe('costByMeter', () => {
  it('splits the bill', () =>
    expect(costByMeter(tokens, prices, '0.00027')).toEqual([
      { meter: 'input', tokens: 1000, price: '0.15 USD/Mtok', cost: '0.00015' },
      { meter: 'output', tokens: 200, price: '0.6 USD/Mtok', cost: '0.00012' },
    ]));
  it('says nothing where today’s prices do not explain the bill', () =>
    expect(costByMeter(tokens, prices, '0.0003').map((row) => row.cost)).toEqual([undefined, undefined]));
  it('says nothing without prices', () =>
    expect(costByMeter(tokens, null, '0.00027').map((row) => row.cost)).toEqual([undefined, undefined]));
  it('rounds the sum once', () => {
    const odd = { ...prices, input: '0.0000004 USD/Mtok', output: '0.0000004 USD/Mtok' };
    const two = { ...tokens, input: 1000, output: 1000 };
    expect(costByMeter(two, odd, '0.000000001').map((row) => row.cost)).toEqual(['0', '0']);
  });
});
