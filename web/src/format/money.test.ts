import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatBRL, formatCentavos, formatFraction, formatPercent, isZeroDecimal, parseCentavos, wholePercent } from './money';

test('centavos are written without rounding', () => {
  const table: [number, string][] = [
    [0, '0,00'],
    [5, '0,05'],
    [99, '0,99'],
    [100, '1,00'],
    [48990, '489,90'],
    [100000, '1.000,00'],
    [123456789, '1.234.567,89'],
    [9007199254740991, '90.071.992.547.409,91'],
    [-1, '-0,01'],
  ];
  for (const [centavos, text] of table) assert.equal(formatCentavos(centavos), text);
});

test('every amount up to 2,000.00 reads back to itself', () => {
  for (let centavos = 0; centavos <= 200_000; centavos++) {
    assert.equal(Number(formatCentavos(centavos).replace(/[.,]/g, '')), centavos);
  }
});

test('amounts that are not whole centavos are refused', () => {
  for (const bad of [0.5, NaN, Infinity, 2 ** 53]) assert.throws(() => formatCentavos(bad), RangeError);
});

test('currency sign and amount never part', () => {
  assert.equal(formatBRL(48990), 'R$\u00a0489,90');
});

test('amounts are read as they are typed', () => {
  const table: [string, number | undefined][] = [
    ['250', 25000],
    ['R$ 1.250,50', 125050],
    ['1250,5', 125050],
    ['250.50', 25050],
    ['1.250', 125000],
    ['0,01', 1],
    ['', undefined],
    ['0,00', undefined],
    ['-5', undefined],
    ['12,345', undefined],
    ['1.25', 125],
    ['1.2.3', undefined],
    ['duzentos', undefined],
    ['99999999999', undefined],
  ];
  for (const [typed, centavos] of table) assert.equal(parseCentavos(typed), centavos, typed);
});

test('what is written reads back', () => {
  for (let centavos = 1; centavos < 300_000; centavos += 7) assert.equal(parseCentavos(formatBRL(centavos)), centavos);
});

test('a discount is never shown larger than it is', () => {
  assert.equal(wholePercent(1999, 10000), 19);
  assert.equal(wholePercent(10000, 10000), 100);
  assert.equal(wholePercent(0, 10000), 0);
  assert.equal(wholePercent(-5, 10000), 0);
  assert.equal(wholePercent(5, 0), 0);
  assert.equal(wholePercent(9007199254740990, 9007199254740991), 99);
});

test('rates move their point and lose idle zeros, percentages keep theirs', () => {
  const fractions: [string, string][] = [
    ['0', '0%'],
    ['0.005', '0,5%'],
    ['0.0199', '1,99%'],
    ['0.1', '10%'],
    ['1', '100%'],
    ['0.00000001', '0,000001%'],
  ];
  for (const [rate, text] of fractions) assert.equal(formatFraction(rate), text);
  assert.equal(formatPercent('6.17'), '6,17%');
  assert.equal(formatPercent('31.00'), '31,00%');
  assert.equal(formatPercent('1234.5'), '1.234,5%');
});

test('zero is zero in every spelling', () => {
  for (const zero of ['0', '0.0', '0.00', '00']) assert.ok(isZeroDecimal(zero));
  for (const other of ['0.001', '10', '1.0']) assert.ok(!isZeroDecimal(other));
});
