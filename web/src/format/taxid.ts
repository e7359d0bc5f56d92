/** Keeps the digits of what was typed or pasted, at most `length` of them. */
export function onlyDigits(text: string, length: number): string {
  return text.replace(/\D/g, '').slice(0, length);
}

/** Punctuates a CPF as far as it has been typed: "5299822" → "529.982.2". */
export function formatCpf(text: string): string {
  const digits = onlyDigits(text, 11);
  const body = [digits.slice(0, 3), digits.slice(3, 6), digits.slice(6, 9)].filter((part) => part !== '').join('.');
  return digits.length > 9 ? `${body}-${digits.slice(9)}` : body;
}

/** Whether 11 digits are a CPF: both check digits right, and not one digit repeated. */
export function isCpf(text: string): boolean {
  if (!/^\d{11}$/.test(text) || /^(\d)\1{10}$/.test(text)) return false;
  return checkDigit(text, 9) === Number(text[9]) && checkDigit(text, 10) === Number(text[10]);
}

function checkDigit(digits: string, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += Number(digits[i]) * (length + 1 - i);
  return ((sum * 10) % 11) % 10;
}

/** Parts a code of 8 digits in the middle, as far as it has been typed. */
export function formatCode(text: string): string {
  const digits = onlyDigits(text, 8);
  return digits.length > 4 ? `${digits.slice(0, 4)} ${digits.slice(4)}` : digits;
}
