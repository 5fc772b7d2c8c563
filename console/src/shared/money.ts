// Money on the screen: decimal strings from the API, added, compared and shown without floating point.

const nanoDigits = 9;

/** "12.50" → 12500000000n nano; undefined when the text is no decimal. Digits beyond nano are cut. */
export function parseNano(decimal: string): bigint | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(decimal.trim());
  if (!match) return undefined;
  const [, sign, whole = '0', fraction = ''] = match;
  const digits = fraction.slice(0, nanoDigits).padEnd(nanoDigits, '0');
  const nano = BigInt(whole + digits);
  return sign ? -nano : nano;
}

function group(whole: string): string {
  return whole.replace(/\B(?=(\d{3})+$)/g, ',');
}

/**
 * "1234.5" → "$1,234.50". Amounts of a cent and more are rounded half up to cents; smaller ones keep two significant
 * digits, so that the price of one answer never reads as zero. `exact` keeps every digit.
 */
export function formatMoney(decimal: string | null | undefined, precision: 'short' | 'exact' = 'short'): string {
  if (decimal === null || decimal === undefined) return 'unpriced';
  const nano = parseNano(decimal);
  if (nano === undefined) return decimal;
  const sign = nano < 0n ? '−' : '';
  const size = nano < 0n ? -nano : nano;
  const digits = precision === 'exact' ? nanoDigits : shownDigits(size);
  const step = 10n ** BigInt(nanoDigits - digits);
  const rounded = ((size + step / 2n) / step).toString().padStart(digits + 1, '0');
  const whole = rounded.slice(0, rounded.length - digits);
  let fraction = rounded.slice(rounded.length - digits);
  while (fraction.length > 2 && fraction.endsWith('0')) fraction = fraction.slice(0, -1);
  return `${sign}$${group(whole)}.${fraction}`;
}

function shownDigits(size: bigint): number {
  if (size === 0n || size >= 10_000_000n) return 2;
  const leadingZeros = nanoDigits - size.toString().length;
  return Math.min(nanoDigits, leadingZeros + 2);
}

/** Share of `limit` that `spent` is, in percent with one decimal; 0 without a limit. */
export function percentOf(spent: string, limit: string): number {
  const part = parseNano(spent) ?? 0n;
  const all = parseNano(limit) ?? 0n;
  if (all <= 0n) return 0;
  return Number((part * 1000n + all / 2n) / all) / 10;
}

export function addMoney(amounts: readonly string[]): string {
  return fromNano(amounts.reduce((sum, amount) => sum + (parseNano(amount) ?? 0n), 0n));
}

/** The shortest exact decimal. */
export function fromNano(nano: bigint): string {
  const size = (nano < 0n ? -nano : nano).toString().padStart(nanoDigits + 1, '0');
  const fraction = size.slice(-nanoDigits).replace(/0+$/, '');
  return `${nano < 0n ? '-' : ''}${size.slice(0, -nanoDigits)}${fraction ? `.${fraction}` : ''}`;
}

/** `amount` shared by `count`, rounded half up to nano; undefined for a count below one. */
export function divideMoney(amount: string, count: number): string | undefined {
  const nano = parseNano(amount);
  if (nano === undefined || nano < 0n || !Number.isInteger(count) || count < 1) return undefined;
  return fromNano((nano * 2n + BigInt(count)) / (BigInt(count) * 2n));
}

/** For the height of a bar or a point only: never shown, never summed. */
export function toPlotNumber(decimal: string): number {
  return Number(decimal);
}
