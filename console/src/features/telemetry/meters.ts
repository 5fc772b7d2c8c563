// The cost of a trace, meter by meter, at the prices of today, and whether they add up to what was billed then.
import { fromNano, parseNano } from '@/shared/money';

export interface Tokens {
  input: number;
  cache_read: number;
  cache_write: number;
  output: number;
  reasoning: number;
}
export type Meter = keyof Tokens;
export type Prices = Record<Meter, string>;

export interface MeterRow {
  meter: Meter;
  tokens: number;
  price: string | undefined;
  cost: string | undefined;
}

export const meterNames: Record<Meter, string> = {
  input: 'Input',
  cache_read: 'Input from the provider’s cache',
  cache_write: 'Input written to the provider’s cache',
  output: 'Output',
  reasoning: 'Reasoning',
};

/** "0.15 USD/Mtok" → nano-USD a million tokens. */
export function nanoPerMillion(price: string): bigint | undefined {
  const match = /^(\S+) USD\/Mtok$/.exec(price.trim());
  return match?.[1] ? parseNano(match[1]) : undefined;
}

/**
 * Costs stand only when their exact sum, rounded half up as the ledger does, is what was billed: else the price has
 * changed since, and only the counts are sure.
 */
export function costByMeter(tokens: Tokens, prices: Prices | null, billed: string): MeterRow[] {
  const meters = Object.keys(meterNames) as Meter[];
  const products = meters.map((meter) => {
    const price = prices ? nanoPerMillion(prices[meter]) : undefined;
    return price === undefined ? undefined : price * BigInt(tokens[meter]);
  });
  const sum = products.reduce<bigint>((total, product) => total + (product ?? 0n), 0n);
  const isKnown = products.every((product, index) => product !== undefined || tokens[meters[index] as Meter] === 0);
  const isSame = isKnown && (sum + 500_000n) / 1_000_000n === parseNano(billed);
  return meters
    .map((meter, index) => ({
      meter,
      tokens: tokens[meter],
      price: isSame ? prices?.[meter] : undefined,
      cost: isSame && products[index] !== undefined ? fromNano((products[index] + 500_000n) / 1_000_000n) : undefined,
    }))
    .filter((row) => row.tokens > 0);
}
