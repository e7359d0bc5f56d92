import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { startMock } from '../mock/server.mjs';
import { assertAccessible, built, launch, openPage, screenshot } from './browser.mjs';
import { logIn, signBestOffer } from './steps.mjs';

// Deals that people decide, that end early, and what comes after payment, against the mock.

let browser;
let mock;
let page;
let context;
let assertClean;
before(async () => (browser = await launch()));
after(() => browser.close());
beforeEach(async () => {
  mock = await startMock({ dist: built });
  ({ page, context, assertClean } = await openPage(browser, mock.url));
  await page.goto(`${mock.url}/?c=vida-plena`);
  await logIn(page);
});
afterEach(async () => {
  assertClean();
  await context.close();
  await mock.close();
});

const openAgreement = async () => {
  await page.evaluate((id) => (location.hash = `#/acordo/${id}`), mock.world.agreement.agreementId);
  await page.reload();
};

test('a proposal that people look at is waited for, and approved', async () => {
  mock.world.review = true;
  await page.getByRole('article', { name: 'Melhor oferta' }).getByRole('button').click();
  await page.getByRole('heading', { name: 'Vida Plena Saúde está analisando sua proposta' }).waitFor();
  await assertAccessible(page, 'review');
  await screenshot(page, 'review');
  await page.getByRole('button', { name: 'Ver dívidas e outras ofertas' }).click();
  await page.getByRole('button', { name: 'Acompanhar' }).waitFor();
  await assertAccessible(page, 'debts under review');
  Object.assign(mock.world.proposal.wire, { status: 'CONTRACT_ISSUED', nextAction: 'sign_contract' });
  await page.getByRole('button', { name: 'Acompanhar' }).click();
  await page.getByText('Sua proposta foi aprovada').waitFor();
  await assertAccessible(page, 'review approved');
  await page.getByRole('button', { name: 'Ler e assinar o contrato' }).click();
  await page.getByText('Texto íntegro').waitFor();
});

test('a proposal that was not approved leads back to the offers', async () => {
  mock.world.review = true;
  await page.getByRole('article', { name: 'Melhor oferta' }).getByRole('button').click();
  await page.getByText('Você não precisa fazer nada agora.').waitFor();
  Object.assign(mock.world.proposal.wire, { status: 'PROPOSAL_DENIED', nextAction: 'choose_offer' });
  await page.reload();
  await page.getByText('Sua proposta não foi aprovada').waitFor();
  await assertAccessible(page, 'review denied');
  await screenshot(page, 'review-denied');
  await page.getByRole('button', { name: 'Ver ofertas de agora' }).click();
  await page.getByRole('article', { name: 'Melhor oferta' }).waitFor();
});

test('withdrawing asks twice, by keyboard too, and can be left alone', async () => {
  await signBestOffer(page);
  mock.world.agreement.withdrawableUntil = '2036-12-01T02:59:59Z';
  await openAgreement();
  const button = page.getByRole('button', { name: 'Desistir do acordo' });
  await button.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').getByText('Você pode desistir sem custo até 30/11/2036 às 23:59.').waitFor();
  await assertAccessible(page, 'withdrawal');
  await screenshot(page, 'withdrawal');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'hidden' });
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Desistir do acordo');
  assert.equal(mock.log.filter((call) => call.path.endsWith('/withdrawal')).length, 0);
  await button.click();
  await page.getByRole('button', { name: 'Sim, desistir' }).click();
  await page.getByRole('heading', { name: 'Você desistiu deste acordo' }).waitFor();
  assert.deepEqual(mock.log.filter((call) => call.path.endsWith('/withdrawal')).map((call) => call.body), [{ confirmed: true }]);
  assert.equal(await button.count(), 0);
  await assertAccessible(page, 'withdrawn');
});

test('withdrawing too late is told in the dialog', async () => {
  await signBestOffer(page);
  mock.world.agreement.withdrawableUntil = '2036-12-01T02:59:59Z';
  await openAgreement();
  await page.getByRole('button', { name: 'Desistir do acordo' }).click();
  delete mock.world.agreement.withdrawableUntil;
  await page.getByRole('button', { name: 'Sim, desistir' }).click();
  await page.getByRole('dialog').getByText('O prazo para desistir deste acordo já passou.').waitFor();
  await assertAccessible(page, 'withdrawal too late');
});

const endings = {
  first_payment_missing: 'O acordo não começou a valer',
  instalment_overdue: 'O acordo foi desfeito por falta de pagamento',
  withdrawal: 'Você desistiu deste acordo',
};
for (const [reason, heading] of Object.entries(endings)) {
  test(`an agreement that ended by ${reason} says what is owed now, and leads to another`, async () => {
    await signBestOffer(page);
    mock.end(reason);
    await openAgreement();
    await page.getByRole('heading', { name: heading }).waitFor();
    await page.getByText('R$ 1.167,72').waitFor();
    await assertAccessible(page, reason);
    await screenshot(page, `ended-${reason}`);
    await page.getByRole('button', { name: 'Renegociar agora' }).click();
    await page.getByRole('article', { name: 'Melhor oferta' }).waitFor();
    await assertAccessible(page, `debts after ${reason}`);
  });
}

test('an agreement that the creditor ended owes nothing here', async () => {
  await signBestOffer(page);
  mock.end('recall');
  await openAgreement();
  await page.getByRole('heading', { name: 'A empresa encerrou este acordo' }).waitFor();
  assert.equal(await page.getByText('Você deve hoje').count(), 0);
  assert.equal(await page.getByRole('button', { name: 'Renegociar agora' }).count(), 0);
  await assertAccessible(page, 'recall');
  await screenshot(page, 'ended-recall');
});

test('what the creditor answers after payment is shown', async () => {
  await signBestOffer(page);
  mock.pay();
  await page.getByText('Pedimos a reativação do seu plano').waitFor();
  const table = [
    ['plan', 'REACTIVATION_CONFIRMED', 'Seu plano foi reativado', { benefit: 'reduced' }],
    ['plan', 'REACTIVATION_REFUSED', 'A reativação do seu plano não foi aceita'],
    ['plan', 'REACTIVATION_FAILED', 'A reativação do seu plano não foi aceita'],
    ['plan', 'REACTIVATION_CLOSED', 'O pedido de reativação do seu plano foi encerrado'],
    ['service', 'RESTORED', 'Seu sinal voltou'],
    ['service', 'RESTORE_FAILED', 'Seu sinal ainda não voltou'],
  ];
  for (const [kind, status, said, more] of table) {
    mock.world.agreement.aftercare = { kind, status, ...more };
    await page.reload();
    await page.getByText(said).waitFor();
    if (more) await page.getByText('Você volta com carências reduzidas.').waitFor();
    await assertAccessible(page, `aftercare ${status}`);
  }
  await screenshot(page, 'aftercare-failed');
});
