import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { creditors } from './fixtures.mjs';
import { rightCode, startMock } from './server.mjs';

// Holds the mock to the API document, so that the browser tests cannot drift away from what the API really answers.

let mock;
let document;
let ajv;

before(async () => {
  mock = await startMock({ dist: '.', methods: ['pix', 'boleto'] });
  document = parse(await readFile(new URL('../../docs/openapi.yaml', import.meta.url), 'utf8'));
  ajv = new Ajv2020({ strict: false, allErrors: true, validateFormats: false });
  ajv.addSchema({ $id: 'document', ...document });
});
after(() => mock.close());

function resolve(node) {
  return node?.$ref
    ? node.$ref
        .slice(2)
        .split('/')
        .reduce((at, key) => at[key], document)
    : node;
}

function assertFits(schema, value, what) {
  const fits = ajv.compile(JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"document#/')));
  assert.ok(fits(value), `${what}: ${ajv.errorsText(fits.errors)}`);
}

async function call(template, method, path, { body, key } = {}) {
  const operation = document.paths[template][method.toLowerCase()];
  if (body) assertFits(resolve(operation.requestBody).content['application/json'].schema, body, `${method} ${template} request`);
  const headers = { 'Content-Type': 'application/json', ...(key ? { 'Idempotency-Key': key } : {}) };
  const answer = await fetch(mock.url + path, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  const described = resolve(operation.responses[answer.status]);
  assert.ok(described, `${method} ${template}: status ${answer.status} is not in the document`);
  if (answer.status === 204) return undefined;
  const form = answer.headers.get('Content-Type');
  const { schema } = described.content[form];
  if (form === 'application/pdf') return answer.text();
  const value = await answer.json();
  assertFits(schema, value, `${method} ${template} ${answer.status}`);
  if (answer.status >= 400) assert.ok(operation['x-problemCodes'].includes(value.code), `${method} ${template}: ${value.code}`);
  return value;
}

test('every answer of the journey fits the document', async () => {
  for (const { id } of creditors) await call('/v1/public/creditors/{id}', 'GET', `/v1/public/creditors/${id}`);
  await call('/v1/public/creditors/{id}', 'GET', '/v1/public/creditors/nobody');
  await call('/v1/auth/entries', 'POST', '/v1/auth/entries', { body: { token: `vida-plena.${'a'.repeat(43)}` } });
  await call('/v1/auth/entries', 'POST', '/v1/auth/entries', { body: { token: `vida-plena.expired${'a'.repeat(36)}` } });
  const who = { creditor: 'vida-plena', document: '52998224725', contract: 'VP-2024-000123', channel: 'sms' };
  const first = await call('/v1/auth/challenges', 'POST', '/v1/auth/challenges', { body: who });
  const { challengeId } = await call(
    '/v1/auth/challenges/{id}/resend',
    'POST',
    `/v1/auth/challenges/${first.challengeId}/resend`,
  );
  const verify = `/v1/auth/challenges/${challengeId}/verify`;
  await call('/v1/auth/challenges/{id}/verify', 'POST', verify, { body: { code: '00000000' } });
  await call('/v1/me/debts', 'GET', '/v1/me/debts');
  await call('/v1/auth/challenges/{id}/verify', 'POST', verify, { body: { code: rightCode } });
  const { debts } = await call('/v1/me/debts', 'GET', '/v1/me/debts');
  await call('/v1/me/offers', 'GET', `/v1/me/offers?debtIds=${debts[0].debtId}`);
  const { offers, originalCentavos } = await call('/v1/me/offers', 'GET', '/v1/me/offers');
  assert.equal(
    originalCentavos,
    debts.reduce((sum, debt) => sum + debt.totalCentavos, 0),
  );
  for (const offer of offers) {
    assert.equal(
      offer.schedule.reduce((sum, row) => sum + row.amountCentavos, 0),
      offer.totalCentavos,
    );
  }
  await simulations(debts);
  await call('/v1/me/offers', 'GET', '/v1/me/offers');
  await deal(offers[1]);
  await call('/v1/me/debts', 'GET', '/v1/me/debts');
  await call('/v1/auth/logout', 'POST', '/v1/auth/logout');
});

async function simulations([first, second]) {
  const simulate = (body) => call('/v1/me/simulations', 'POST', '/v1/me/simulations', { body });
  const debtIds = [first.debtId, second.debtId];
  assert.equal((await simulate({ debtIds, instalments: 3 })).offers[0].instalments, 3);
  const { offers } = await simulate({ debtIds, monthlyCentavos: 20_000, firstDueDate: dayIn(10) });
  assert.ok(offers[0].schedule[0].amountCentavos <= 20_000);
  const refused = { max_instalments: { instalments: 200 }, first_due_date: { instalments: 2, firstDueDate: dayIn(90) } };
  refused.existential_minimum = { instalments: 2, monthlyIncomeCentavos: 100_000 };
  for (const [rule, deal] of Object.entries(refused)) assert.equal((await simulate({ debtIds, ...deal })).rule, rule);
}

const dayIn = (days) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

async function deal(offer) {
  const propose = (key) => call('/v1/me/proposals', 'POST', '/v1/me/proposals', { body: { offerId: offer.offerId }, key });
  await propose(undefined);
  const refused = await propose('key-1');
  const path = `/v1/me/proposals/${refused.proposalId}`;
  await call('/v1/me/proposals/{id}', 'GET', path);
  await call('/v1/me/proposals/{id}', 'DELETE', path);
  await call('/v1/me/proposals/{id}', 'DELETE', path);
  const { contractNumber } = await propose('key-2');
  const contract = `/v1/me/contracts/${contractNumber}`;
  const { sha256 } = await call('/v1/me/contracts/{number}', 'GET', contract);
  assert.match(await call('/v1/me/contracts/{number}/pdf', 'GET', `${contract}/pdf`), /^%PDF-/);
  const sign = (body) => call('/v1/me/contracts/{number}/signature', 'POST', `${contract}/signature`, { body });
  await sign({ sha256: '0'.repeat(64), accepted: true });
  const { agreementId } = await sign({ sha256, accepted: true });
  await call('/v1/me/contracts/{number}', 'GET', contract);
  const order = { agreementId, instalment: 1, method: 'pix' };
  const ask = (body, key) => call('/v1/me/payment-intents', 'POST', '/v1/me/payment-intents', { body, key });
  await ask({ ...order, method: 'debit' }, 'key-3');
  mock.world.methods.push('debit');
  await ask({ ...order, method: 'debit' }, 'key-4');
  const debit = { bank: '001', branch: '0001', account: '123456', partialDebit: false, overdraft: false };
  assert.equal((await ask({ ...order, method: 'debit', debit }, 'key-5')).debit.mandateStatus, 'ACTIVE');
  await ask({ ...order, method: 'boleto' }, 'key-6');
  const { paymentIntentId } = await ask(order, 'key-7');
  await call('/v1/me/payment-intents/{id}', 'GET', `/v1/me/payment-intents/${paymentIntentId}`);
  mock.pay();
  await call('/v1/me/payment-intents/{id}', 'GET', `/v1/me/payment-intents/${paymentIntentId}`);
  const agreement = await call('/v1/me/agreements/{id}', 'GET', `/v1/me/agreements/${agreementId}`);
  assert.equal(agreement.status, 'ACTIVE');
  const withdrawal = (body) =>
    call('/v1/me/agreements/{id}/withdrawal', 'POST', `/v1/me/agreements/${agreementId}/withdrawal`, { body });
  assert.equal((await withdrawal({ confirmed: true })).status, 'WITHDRAWN');
  await withdrawal({ confirmed: true });
  await call('/v1/me/agreements/{id}', 'GET', `/v1/me/agreements/${agreementId}`);
}
