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
  mock = await startMock({ dist: '.' });
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
  const value = await answer.json();
  const { schema } = described.content[answer.headers.get('Content-Type')];
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
  await deal(offers[1]);
  await call('/v1/me/debts', 'GET', '/v1/me/debts');
  await call('/v1/auth/logout', 'POST', '/v1/auth/logout');
});

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
  const sign = (body) => call('/v1/me/contracts/{number}/signature', 'POST', `${contract}/signature`, { body });
  await sign({ sha256: '0'.repeat(64), accepted: true });
  const { agreementId } = await sign({ sha256, accepted: true });
  await call('/v1/me/contracts/{number}', 'GET', contract);
  const order = { agreementId, instalment: 1, method: 'pix' };
  const ask = (body, key) => call('/v1/me/payment-intents', 'POST', '/v1/me/payment-intents', { body, key });
  await ask({ ...order, method: 'boleto' }, 'key-3');
  const { paymentIntentId } = await ask(order, 'key-4');
  await call('/v1/me/payment-intents/{id}', 'GET', `/v1/me/payment-intents/${paymentIntentId}`);
  mock.pay();
  await call('/v1/me/payment-intents/{id}', 'GET', `/v1/me/payment-intents/${paymentIntentId}`);
  const agreement = await call('/v1/me/agreements/{id}', 'GET', `/v1/me/agreements/${agreementId}`);
  assert.equal(agreement.status, 'ACTIVE');
}
