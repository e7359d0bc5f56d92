import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Failure } from '../api/client';
import type { Problem } from '../api/wire';
import { fieldErrors, readWish } from './wish';

const empty = { instalments: '', monthly: '', firstDueDate: '', income: '' };

test('a wish becomes a request with what was filled in', () => {
  assert.deepEqual(readWish({ ...empty, instalments: ' 10 ' }, ['a']), { request: { debtIds: ['a'], instalments: 10 }, errors: {} });
  assert.deepEqual(readWish({ instalments: '2', monthly: 'R$ 250,50', firstDueDate: '2026-12-01', income: '1.800' }, ['a', 'b']).request, {
    debtIds: ['a', 'b'],
    instalments: 2,
    monthlyCentavos: 25050,
    firstDueDate: '2026-12-01',
    monthlyIncomeCentavos: 180000,
  });
});

test('what cannot be read is told beside its field and makes no request', () => {
  const table: [Partial<typeof empty>, string][] = [
    [{}, 'monthly'],
    [{ instalments: '0' }, 'instalments'],
    [{ instalments: '1,5' }, 'instalments'],
    [{ instalments: '721' }, 'instalments'],
    [{ monthly: 'pouco' }, 'monthly'],
    [{ monthly: '10000001' }, 'monthly'],
    [{ monthly: '10', income: '-1' }, 'income'],
  ];
  for (const [wish, field] of table) {
    const { request, errors } = readWish({ ...empty, ...wish }, ['a']);
    assert.equal(request, undefined, JSON.stringify(wish));
    assert.deepEqual(Object.keys(errors), [field], JSON.stringify(wish));
  }
});

const refused: Problem = {
  type: 'about:blank',
  title: 'T',
  status: 422,
  code: 'deal_not_offered',
  correlationId: 'c',
  nextAction: 'choose_offer',
};
const refusal = (more: Partial<Problem>): Failure => ({ kind: 'problem', problem: { ...refused, ...more } });

test('a broken rule stands beside the field that can mend it', () => {
  const monthly = { ...empty, monthly: '10' };
  assert.deepEqual(fieldErrors(refusal({ rule: 'max_instalments', detail: 'D' }), { ...empty, instalments: '99' }), { instalments: 'D' });
  assert.deepEqual(fieldErrors(refusal({ rule: 'minimum_instalment' }), monthly), { monthly: 'T' });
  assert.deepEqual(fieldErrors(refusal({ rule: 'first_due_date', detail: 'D' }), monthly), { firstDueDate: 'D' });
  assert.deepEqual(fieldErrors(refusal({ rule: 'existential_minimum', detail: 'D' }), monthly), { income: 'D' });
  assert.deepEqual(fieldErrors(refusal({ rule: 'standing', detail: 'D' }), monthly), {});
  assert.deepEqual(fieldErrors({ kind: 'offline' }, monthly), {});
});

test('a field that the API names is found again', () => {
  const errors = [
    { field: 'monthlyCentavos', message: 'M' },
    { field: 'debtIds', message: 'D' },
  ];
  assert.deepEqual(fieldErrors(refusal({ code: 'invalid_request', errors }), empty), { monthly: 'M' });
});
