const months = ['jan', 'fev', 'mar', 'abr', 'mai', 'jun', 'jul', 'ago', 'set', 'out', 'nov', 'dez'];

/** Writes a calendar date: "2026-08-10" → "10/08/2026". Dates carry no time zone, so they never pass through Date. */
export function formatDate(date: string): string {
  const [year, month, day] = date.split('-');
  return `${day}/${month}/${year}`;
}

/** Writes a calendar date for running text: "2026-08-10" → "10 ago 2026". */
export function formatDateShort(date: string): string {
  const [year, month, day] = date.split('-');
  return `${Number(day)} ${months[Number(month) - 1] ?? month} ${year}`;
}

const clock = new Intl.DateTimeFormat('pt-BR', {
  timeZone: 'America/Sao_Paulo',
  day: '2-digit',
  month: '2-digit',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
});

/** Writes an instant in the time of São Paulo: "23/11/2026 às 11:05". */
export function formatInstant(instant: string): string {
  return clock.format(new Date(instant)).replace(', ', ' às ');
}

/** Writes a remaining time: 125 → "2:05"; 3725 → "1:02:05". Never negative. */
export function formatCountdown(seconds: number): string {
  const left = Math.max(0, Math.floor(seconds));
  const two = (n: number) => String(n).padStart(2, '0');
  const hours = Math.floor(left / 3600);
  const minutes = Math.floor((left % 3600) / 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${two(left % 60)}` : `${minutes}:${two(left % 60)}`;
}

/** Says how late a debt is. */
export function formatDaysLate(days: number): string {
  if (days <= 0) return 'vence hoje';
  return days === 1 ? '1 dia em atraso' : `${days} dias em atraso`;
}
