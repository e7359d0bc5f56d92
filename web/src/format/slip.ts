/**
 * Parts the line of a boleto as it is printed, so that it can be read aloud and typed: 47 digits of a bank's slip, 48 of a utility's. Any
 * other line is left as it is.
 */
export function formatLine(line: string): string {
  const digits = line.replace(/\D/g, '');
  if (digits.length === 47) return digits.replace(/^(.{5})(.{5})(.{5})(.{6})(.{5})(.{6})(.)(.{14})$/, '$1.$2 $3.$4 $5.$6 $7 $8');
  if (digits.length === 48) return digits.replace(/(.{11})(.)/g, '$1-$2 ').trimEnd();
  return line;
}
