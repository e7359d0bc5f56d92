import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseContract } from './contract';
import { formatCountdown, formatDate, formatDateShort, formatDaysLate, formatInstant } from './date';
import { formatLine } from './slip';
import { formatCode, formatCpf, isCpf, onlyDigits } from './taxid';

test('dates are written as they stand, whatever the time zone', () => {
  assert.equal(formatDate('2026-08-01'), '01/08/2026');
  assert.equal(formatDateShort('2026-12-31'), '31 dez 2026');
});

test('instants are told in the time of São Paulo', () => {
  assert.equal(formatInstant('2026-11-23T02:05:00Z'), '22/11/2026 às 23:05');
});

test('countdowns never go below zero', () => {
  const table: [number, string][] = [
    [-3, '0:00'],
    [0, '0:00'],
    [59.9, '0:59'],
    [125, '2:05'],
    [3725, '1:02:05'],
  ];
  for (const [seconds, text] of table) assert.equal(formatCountdown(seconds), text);
});

test('lateness', () => {
  assert.equal(formatDaysLate(0), 'vence hoje');
  assert.equal(formatDaysLate(1), '1 dia em atraso');
  assert.equal(formatDaysLate(105), '105 dias em atraso');
});

test('a CPF is punctuated as it is typed', () => {
  const table: [string, string][] = [
    ['', ''],
    ['5', '5'],
    ['529', '529'],
    ['5299', '529.9'],
    ['529982247', '529.982.247'],
    ['52998224725', '529.982.247-25'],
    ['529.982.247-25 e mais 99', '529.982.247-25'],
  ];
  for (const [typed, text] of table) assert.equal(formatCpf(typed), text);
});

test('check digits of a CPF', () => {
  for (const good of ['52998224725', '11144477735', '00000000191']) assert.ok(isCpf(good), good);
  for (const bad of ['52998224724', '52998224735', '11111111111', '5299822472', '529.982.247-25', ''])
    assert.ok(!isCpf(bad), bad);
});

test('a code is parted in the middle, and pasted text is cleaned', () => {
  assert.equal(formatCode('0481'), '0481');
  assert.equal(formatCode('Seu código: 0481 7263.'), '0481 7263');
  assert.equal(onlyDigits('a1b2', 8), '12');
});

test('a contract is parted into headings, paragraphs and items', () => {
  const text = [
    'CONFISSÃO DE DÍVIDA',
    'Contrato VP-1',
    '',
    '1. PARTES',
    'Credora: X.',
    'Devedor(a): Y, com um texto que segue',
    'na linha de baixo.',
    '',
    '- Contrato A: mensalidade.',
    '  Principal R$ 1,00.',
    '- Contrato B.',
    'Fim.',
    '',
  ].join('\n');
  assert.deepEqual(parseContract(text), [
    { kind: 'heading', text: 'CONFISSÃO DE DÍVIDA' },
    { kind: 'paragraph', text: 'Contrato VP-1' },
    { kind: 'heading', text: '1. PARTES' },
    { kind: 'paragraph', text: 'Credora: X.\nDevedor(a): Y, com um texto que segue na linha de baixo.' },
    { kind: 'item', text: '- Contrato A: mensalidade.\nPrincipal R$ 1,00.' },
    { kind: 'item', text: '- Contrato B.' },
    { kind: 'paragraph', text: 'Fim.' },
  ]);
});

test('reading a contract loses no word', () => {
  const text = 'A B\nc d.\n\n- e\n  f\ng\nTÍTULO\n\n  h';
  const words = parseContract(text).flatMap((block) => block.text.split(/\s+/));
  assert.deepEqual(words, text.split(/\s+/));
});

test('amounts and dates alone are no heading', () => {
  assert.deepEqual(parseContract('R$ 10,00\n2026-01-01'), [{ kind: 'paragraph', text: 'R$ 10,00\n2026-01-01' }]);
});

test('the line of a boleto is parted as it is printed, and loses no digit', () => {
  const bank = '00190500954014481606906809350314337370000000100';
  assert.equal(formatLine(bank), '00190.50095 40144.816069 06809.350314 3 37370000000100');
  const utility = '846700000017435900240209024050002435842210108119';
  assert.equal(formatLine(utility), '84670000001-7 43590024020-9 02405000243-5 84221010811-9');
  for (const line of [bank, utility]) assert.equal(formatLine(line).replace(/\D/g, ''), line);
  assert.equal(formatLine('123'), '123');
});
