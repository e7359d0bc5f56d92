import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { startMock } from '../mock/server.mjs';
import { assertAccessible, built, launch, openPage, screenshot, sizes } from './browser.mjs';
import { logIn, signBestOffer } from './steps.mjs';

// The ways to pay, and what becomes of a payment, against the mock.

let browser;
let mock;
before(async () => (browser = await launch()));
after(() => browser.close());
beforeEach(async () => (mock = await startMock({ dist: built })));
afterEach(() => mock.close());

async function atPayment(size, plan) {
  const opened = await openPage(browser, mock.url, { size });
  const { page } = opened;
  await page.goto(`${mock.url}/?c=vida-plena`);
  await logIn(page);
  if (plan) {
    await page.getByText(`${plan}x de`).click();
    await page.getByRole('button', { name: `Escolher ${plan}x` }).click();
    await page.getByLabel(/^Li o contrato/).check();
    await page.getByRole('button', { name: /^Assinar e pagar/ }).click();
    await page.getByRole('button', { name: 'Copiar código PIX' }).waitFor();
  } else {
    await signBestOffer(page);
  }
  return opened;
}

const method = (page, name) => page.getByRole('navigation', { name: 'Forma de pagamento' }).getByRole('link', { name });
const intentBy = (way) => [...mock.world.intents.values()].find((one) => one.method === way);
const asked = () => mock.log.filter((call) => call.method === 'POST' && call.path === '/v1/me/payment-intents');

for (const [name, size] of Object.entries(sizes)) {
  test(`a boleto is copied, scanned or opened, noticed and settled (${name})`, async () => {
    const { page, context, assertClean } = await atPayment(size);
    await method(page, /^Boleto/).click();
    await page.getByRole('button', { name: 'Copiar linha digitável' }).click();
    await page.getByText('Código copiado').waitFor();
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^\d{47}$/);
    assert.match(await page.getByLabel('Linha digitável').inputValue(), /^\d{5}\.\d{5} \d{5}\.\d{6} \d{5}\.\d{6} \d \d{14}$/);
    const bars = page.getByRole('img', { name: /^Código de barras do boleto: \d{44}$/ });
    assert.ok(await bars.evaluate((img) => img.complete && img.naturalWidth > 0));
    assert.match(await page.getByRole('link', { name: /^Abrir o boleto completo/ }).getAttribute('href'), /^https:/);
    await page.getByText('Você também pediu PIX para esta parcela.').waitFor();
    await assertAccessible(page, `boleto (${name})`);
    await screenshot(page, 'boleto');
    intentBy('boleto').status = 'NOTICED';
    await page.getByText('Pagamento identificado, aguardando compensação').first().waitFor({ timeout: 15_000 });
    await assertAccessible(page, `boleto noticed (${name})`);
    await screenshot(page, 'boleto-noticed');
    mock.pay({ method: 'boleto' });
    assert.equal(intentBy('pix').status, 'CANCELLED');
    await page.getByRole('heading', { name: 'Recebemos seu pagamento' }).waitFor({ timeout: 15_000 });
    await page.getByText('Boleto', { exact: true }).waitFor();
    await screenshot(page, 'boleto-paid');
    assertClean();
    await context.close();
  });

  test(`an account is authorised for debit, once (${name})`, async () => {
    const { page, context, assertClean } = await atPayment(size, 3);
    await method(page, /^Débito/).click();
    await page.getByRole('heading', { name: 'Conta a debitar' }).waitFor();
    await assertAccessible(page, `debit (${name})`);
    await page.getByRole('button', { name: 'Autorizar débito' }).click();
    await page.getByText('Sem a sua autorização não há débito.').waitFor();
    await page.waitForFunction(() => document.activeElement?.id === 'debit-bank');
    await assertAccessible(page, `debit refused (${name})`);
    await screenshot(page, 'debit-errors');
    await page.getByLabel('Banco', { exact: true }).fill('999');
    await page.getByLabel('Agência').fill('12');
    await page.getByLabel('Conta com o dígito').fill('12345-6');
    await page.getByLabel(/^Autorizo Vida Plena Saúde/).check();
    await page.getByRole('button', { name: 'Autorizar débito' }).click();
    await page.getByText('Este banco não faz débito automático.').waitFor();
    await page.getByLabel('Banco', { exact: true }).fill('001');
    await page.getByRole('button', { name: 'Autorizar débito' }).click();
    await page.getByText('Débito autorizado').waitFor();
    await assertAccessible(page, `debit authorised (${name})`);
    await screenshot(page, 'debit-authorised');
    const consent = { bank: '001', branch: '0012', account: '123456', partialDebit: false, overdraft: false };
    assert.deepEqual(asked().at(-1).body.debit, consent);
    mock.pay({ method: 'debit' });
    await page.getByRole('button', { name: 'Pagar parcela 2' }).click({ timeout: 20_000 });
    await method(page, /^Débito/).click();
    await page.getByText('Débito autorizado').waitFor();
    assert.equal(asked().at(-1).body.debit, undefined);
    const second = [...mock.world.intents.values()].at(-1);
    second.debit = { mandateStatus: 'BROKEN' };
    await page.getByText('O banco não aceita mais débitos desta autorização').waitFor({ timeout: 15_000 });
    await page.getByRole('button', { name: 'Usar outra conta' }).click();
    await page.getByRole('heading', { name: 'Conta a debitar' }).waitFor();
    assertClean();
    await context.close();
  });
}

test('a way that the creditor does not take is not offered, and told to whoever goes there', async () => {
  mock.world.methods = ['pix', 'debit'];
  const { page, context, assertClean } = await atPayment(sizes.phone);
  await method(page, /^Débito/).waitFor();
  assert.equal(await method(page, /^Boleto/).count(), 0);
  await page.evaluate((id) => (location.hash = `#/pagar/${id}/1/boleto`), mock.world.agreement.agreementId);
  await page.getByText('Vida Plena Saúde não recebe por Boleto').waitFor();
  await assertAccessible(page, 'boleto not taken');
  await screenshot(page, 'boleto-not-taken');
  await method(page, /^PIX/).click();
  await page.getByRole('button', { name: 'Copiar código PIX' }).waitFor();
  assert.equal(await method(page, /^Boleto/).count(), 0);
  assert.equal(mock.world.intents.size, 1);
  assertClean();
  await context.close();
});

test('a debit that the bank refused leads to another account or another way', async () => {
  const { page, context } = await atPayment(sizes.phone);
  mock.world.mandate = {};
  await method(page, /^Débito/).click();
  await page.getByText('Débito autorizado').waitFor();
  Object.assign(intentBy('debit'), { status: 'CANCELLED' });
  await page.getByText('Este débito foi cancelado').waitFor({ timeout: 15_000 });
  await page.getByRole('button', { name: 'Tentar o débito de novo' }).waitFor();
  await assertAccessible(page, 'debit refused by the bank');
  await screenshot(page, 'debit-cancelled');
  await method(page, /^PIX/).click();
  await page.getByRole('button', { name: 'Copiar código PIX' }).waitFor();
  await context.close();
});

test('a part of the money is told with what is left, and too much with what is owed back', async () => {
  const { page, context } = await atPayment(sizes.phone, 3);
  mock.pay({ amountCentavos: 10_000 });
  await page.getByRole('heading', { name: 'Recebemos uma parte do pagamento' }).waitFor();
  await page.getByText('Faltam R$ 289,24 da parcela 1.').waitFor();
  await assertAccessible(page, 'paid in part');
  await screenshot(page, 'paid-part');
  await page.getByRole('button', { name: 'Pagar o que falta da parcela 1' }).click();
  await page.getByRole('button', { name: 'Copiar código PIX' }).waitFor();
  assert.equal([...mock.world.intents.values()].at(-1).amountCentavos, 28_924);
  mock.world.agreement.instalments[0].status = 'OVERDUE';
  mock.pay({ amountCentavos: 30_000 });
  await page.getByRole('heading', { name: 'Recebemos seu pagamento' }).waitFor();
  await page.getByText('Você pagou R$ 10,76 a mais.').waitFor();
  await page.getByText('Paga com atraso').waitFor();
  await assertAccessible(page, 'paid too much');
  await screenshot(page, 'paid-over');
  await context.close();
});
