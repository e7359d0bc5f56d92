const parts = {
  timeZone: 'America/Sao_Paulo',
  day: '2-digit',
  month: '2-digit',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
};
const short = new Intl.DateTimeFormat('pt-BR', parts);
const long = new Intl.DateTimeFormat('pt-BR', { ...parts, weekday: 'long', month: 'long', day: 'numeric' });

/** "23/11/2026 11:05", in São Paulo. */
export const instant = (text) => (text ? short.format(new Date(text)).replace(',', '') : '');

/** "2026-11-23" as "23/11/2026". */
export const date = (text) => text.split('-').reverse().join('/');

/** "segunda-feira, 23 de novembro de 2026 às 11:05". */
export const fullInstant = (text) => long.format(new Date(text));

/** Whole centavos as "R$ 489,90", by digits alone. */
export function money(centavos) {
  const digits = String(centavos).padStart(3, '0');
  return `R$ ${digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, '.')},${digits.slice(-2)}`;
}

/** Reads "489,90", "1.489,90" or "489" as centavos; undefined for an empty text, NaN for anything else. */
export function centavos(text) {
  const typed = text
    .trim()
    .replace(/^R\$\s*/, '')
    .replace(/\.(?=\d{3}(\D|$))/g, '');
  if (typed === '') return undefined;
  const found = /^(\d{1,12})(?:,(\d{1,2}))?$/.exec(typed);
  return found ? Number(found[1] + (found[2] ?? '').padEnd(2, '0')) : NaN;
}

/** The next 08:30 of São Paulo from Monday to Friday after an instant. São Paulo has kept UTC-3 all year since 2019. */
export function nextLawfulMorning(now) {
  const morning = new Date(now);
  morning.setUTCHours(11, 30, 0, 0);
  while (morning <= new Date(now) || [0, 6].includes(morning.getUTCDay())) morning.setUTCDate(morning.getUTCDate() + 1);
  return morning.toISOString().replace(/\.\d{3}Z$/, 'Z');
}

/** Joins a count and its noun. */
export const count = (n, one, many) => `${n} ${n === 1 ? one : many}`;
