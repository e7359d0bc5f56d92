/** Writes whole centavos as people read them: 48990 → "489,90". Works on digits alone, so nothing is ever rounded. */
export function formatCentavos(centavos: number): string {
  if (!Number.isSafeInteger(centavos)) throw new RangeError('centavos must be a safe integer');
  const digits = String(Math.abs(centavos)).padStart(3, '0');
  const reais = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, '.');
  return `${centavos < 0 ? '-' : ''}${reais},${digits.slice(-2)}`;
}

/** The same with the currency sign and a no-break space: "R$ 489,90". */
export function formatBRL(centavos: number): string {
  return `R$\u00a0${formatCentavos(centavos)}`;
}

/**
 * Reads an amount as people type it into whole centavos: "250", "R$ 1.250,5" and "250.50" alike. Undefined for anything else, for
 * nothing at all and for zero.
 */
export function parseCentavos(text: string): number | undefined {
  const typed = text.replace(/[R$\s]/g, '');
  const found = /^(\d{1,3}(?:\.\d{3})+|\d{1,10})(?:,(\d{1,2}))?$/.exec(typed) ?? /^(\d{1,10})\.(\d{2})$/.exec(typed);
  if (!found) return undefined;
  const centavos = Number(found[1]!.replaceAll('.', '') + (found[2] ?? '').padEnd(2, '0'));
  return centavos > 0 && Number.isSafeInteger(centavos) ? centavos : undefined;
}

/** Whole percent that `part` is of `whole`, rounded down so that a discount is never shown larger than it is; 0 for nothing. */
export function wholePercent(part: number, whole: number): number {
  if (whole <= 0 || part <= 0) return 0;
  return Number((BigInt(part) * 100n) / BigInt(whole));
}

/** Writes a decimal fraction as a percentage by moving the point, without idle zeros: "0.005" → "0,5%". */
export function formatFraction(rate: string): string {
  const [whole = '0', decimals = ''] = rate.split('.');
  const digits = whole + decimals.padEnd(2, '0');
  const point = whole.length + 2;
  return formatPercent(`${digits.slice(0, point)}.${digits.slice(point)}`.replace(/\.?0*$/, ''));
}

/** Writes a decimal percentage in Portuguese, with the decimals that it has: "6.10" → "6,10%". */
export function formatPercent(percent: string): string {
  const [whole = '0', decimals = ''] = percent.split('.');
  const left = whole.replace(/^0+(?=\d)/, '').replace(/\B(?=(\d{3})+$)/g, '.');
  return decimals === '' ? `${left}%` : `${left},${decimals}%`;
}

/** Whether a decimal string is zero, in any of its spellings. */
export function isZeroDecimal(value: string): boolean {
  return /^0*(\.0*)?$/.test(value);
}
