import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { assertAccessible, launch, screenshot } from './browser.mjs';
import { eventually, startCloud } from './cloud.mjs';
import { door, people } from './people.mjs';
import { signBestOffer } from './steps.mjs';

// Stories of deals and money by clicks, against the real backend in a local cloud of their own. Each has a person of e2e/portfolio.

let browser;
let cloud;
before(async () => {
  browser = await launch();
  cloud = await startCloud('2026-11-23T14:00:00Z');
});
after(async () => {
  await browser?.close();
  await cloud?.close();
});

const { enter, enterAgain } = door(() => browser, () => cloud);

async function signPlan(page, instalments) {
  await page.getByText('Monte sua proposta').click();
  await page.getByLabel('Em quantas parcelas').fill(String(instalments));
  await page.getByRole('button', { name: 'Simular' }).click();
  await page.getByRole('article', { name: 'Sua simulação' }).getByRole('button').first().click();
  await page.getByLabel(/^Li o contrato/).check();
  await page.getByRole('button', { name: /^Assinar e pagar/ }).click();
  await page.getByRole('button', { name: 'Copiar código PIX' }).waitFor();
}

const intentOf = (page) => new URL(page.url()).hash.split('/').at(-1);
const pay = (paymentIntentId, more = {}) => cloud.local('sandbox/payments', { paymentIntentId, ...more });
const receipt = (page, said = 'Recebemos seu pagamento') =>
  page.getByRole('heading', { name: said }).waitFor({ timeout: 30_000 });

test('a boleto is noticed, settles on a business day and pays the deal', async () => {
  const { page, context, assertClean } = await enter(people.boleto);
  await signBestOffer(page);
  const pix = intentOf(page);
  await page.getByRole('link', { name: /^Boleto/ }).click();
  await page.getByRole('button', { name: 'Copiar linha digitável' }).click();
  await page.getByText('Código copiado').waitFor();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^\d{47}$/);
  assert.ok(
    await page.getByRole('img', { name: /^Código de barras do boleto/ }).evaluate((img) => img.complete && img.naturalWidth > 0),
  );
  await assertAccessible(page, 'real boleto');
  await screenshot(page, 'money-boleto');
  const [slip] = await Promise.all([
    page.waitForEvent('popup'),
    page.getByRole('link', { name: /^Abrir o boleto completo/ }).click(),
  ]);
  await slip.getByText(/\d{5}\.\d{5}/).first().waitFor();
  await slip.close();
  const boleto = intentOf(page);
  assert.notEqual(boleto, pix);
  await pay(boleto);
  await page.getByText('Pagamento identificado, aguardando compensação').first().waitFor({ timeout: 30_000 });
  await assertAccessible(page, 'real boleto noticed');
  await screenshot(page, 'money-noticed');
  await pay(boleto, { settle: true });
  await receipt(page);
  await page.getByText('Boleto', { exact: true }).waitFor();
  await page.getByText('Pedimos a reativação do seu plano').waitFor();
  await assertAccessible(page, 'real boleto paid');
  await cloud.local('clock', { advance: '30s' });
  await page.evaluate((id) => (location.hash = `#/pagamento/${id}`), pix);
  await page.getByText('Este código foi cancelado').waitFor({ timeout: 30_000 });
  assertClean();
  await context.close();
});

test('two of three debts in one deal of three instalments, and the third stays', async () => {
  const { page, context, assertClean } = await enter(people.several);
  await page.getByRole('article', { name: 'Melhor oferta' }).waitFor();
  await page.getByLabel('Mensalidade de outubro de 2026').uncheck();
  await page.getByText('2 dívidas marcadas').waitFor();
  await page.waitForFunction(() => !document.querySelector('.offers[aria-busy=true]'));
  await signPlan(page, 3);
  await pay(intentOf(page));
  await receipt(page);
  await screenshot(page, 'money-several');
  await page.getByRole('button', { name: 'Pagar parcela 2' }).waitFor();
  await page.getByRole('button', { name: 'Ler o contrato' }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Baixar contrato em PDF' }).click(),
  ]);
  assert.match(await readFile(await download.path(), 'latin1'), /^%PDF-1\.\d[^]*%%EOF\s*$/);
  await assertAccessible(page, 'real contract, downloaded');
  await page.goBack();
  await page.getByRole('button', { name: 'Ver todas as dívidas' }).click();
  await page.getByRole('heading', { name: 'Dívidas em aberto' }).waitFor();
  await page.getByText('Mensalidade de outubro de 2026').waitFor();
  assert.equal(await page.getByText('Em acordo').count(), 2);
  await assertAccessible(page, 'real debts beside a deal');
  assertClean();
  await context.close();
});

test('what the policy refuses is told beside the field by the real policy', async () => {
  const { page, context } = await enter(people.part);
  await page.getByText('Monte sua proposta').click();
  await page.getByLabel('Em quantas parcelas').fill('72');
  await page.getByRole('button', { name: 'Simular' }).click();
  await page.getByText('Cada parcela deve ser de pelo menos R$ 150,00.').waitFor();
  await page.waitForFunction(() => document.activeElement?.id === 'sim-instalments');
  await assertAccessible(page, 'real refusal');
  await screenshot(page, 'money-refused');
  await page.getByLabel('Em quantas parcelas').fill('2');
  await page.getByLabel('Primeiro pagamento em (opcional)').fill('2027-06-01');
  await page.getByRole('button', { name: 'Simular' }).click();
  await page.waitForFunction(() => document.activeElement?.id === 'sim-date');
  await page.getByLabel('Primeiro pagamento em (opcional)').fill('');
  await page.getByLabel('Minha renda no mês (opcional)').fill('700');
  await page.getByRole('button', { name: 'Simular' }).click();
  await page.waitForFunction(() => document.activeElement?.id === 'sim-income');
  await context.close();
});

test('money that comes in part leaves the rest, and the rest settles it', async () => {
  const { page, context, assertClean } = await enter(people.part);
  await signBestOffer(page);
  await pay(intentOf(page), { amountCentavos: 10_000 });
  await receipt(page, 'Recebemos uma parte do pagamento');
  await assertAccessible(page, 'real part');
  await screenshot(page, 'money-part');
  await page.getByRole('button', { name: 'Pagar o que falta da parcela 1' }).click();
  await page.getByRole('button', { name: 'Copiar código PIX' }).waitFor();
  await pay(intentOf(page));
  await receipt(page);
  await page.getByRole('heading', { name: 'Dívida quitada' }).waitFor();
  assertClean();
  await context.close();
});

test('money that comes twice is posted once and the excess is owed back', async () => {
  const { page, context, assertClean } = await enter(people.twice);
  await signBestOffer(page);
  const intent = intentOf(page);
  await pay(intent, { copies: 4, shuffle: true });
  await receipt(page);
  assert.equal(await page.getByText('a mais').count(), 0);
  await pay(intent, { force: true });
  await eventually(async () => {
    await page.reload();
    return page
      .getByText(/Você pagou .* a mais\./)
      .waitFor({ timeout: 2_000 })
      .then(() => true, () => false);
  }, 'the excess');
  await assertAccessible(page, 'real excess');
  await screenshot(page, 'money-twice');
  assertClean();
  await context.close();
});

test('an account is debited once the bank has refused it and was asked again', async () => {
  const { page, context, assertClean } = await enter(people.debit);
  await signBestOffer(page);
  await page.getByRole('link', { name: /^Débito/ }).click();
  await page.getByLabel('Banco', { exact: true }).fill('001');
  await page.getByLabel('Agência').fill('1234');
  await page.getByLabel('Conta com o dígito').fill('12345-6');
  await page.getByLabel(/^Autorizo Vida Plena Saúde/).check();
  await page.getByRole('button', { name: 'Autorizar débito' }).click();
  await page.getByText('Débito autorizado').waitFor();
  await assertAccessible(page, 'real debit');
  await screenshot(page, 'money-debit');
  const refused = intentOf(page);
  await answeredByTheBank({ [refused]: '01' });
  await enterAgain(page, people.debit, `#/pagamento/${refused}`);
  await page.getByText('O banco não fez o débito.').waitFor();
  await screenshot(page, 'money-debit-refused');
  await page.getByRole('button', { name: 'Tentar o débito de novo' }).click();
  await page.getByText('Débito autorizado').waitFor();
  const paid = intentOf(page);
  assert.notEqual(paid, refused);
  await answeredByTheBank({});
  await enterAgain(page, people.debit, `#/pagamento/${paid}`);
  await receipt(page);
  await page.getByText('Débito', { exact: true }).waitFor();
  await screenshot(page, 'money-debited');
  assertClean();
  await context.close();
});

/** Lets the debit file go out, the bank answer days later, and the product read the answer. */
async function answeredByTheBank(codes) {
  await cloud.local('clock', { advance: `${24 * 5}h` });
  const { files } = await cloud.local('sandbox/debits', { codes });
  assert.equal(files, 1);
  await cloud.local('clock', { advance: '1h' });
}

test('a participant withdraws, is owed what was paid, and makes another deal', async () => {
  const { page, context, assertClean } = await enter(people.withdraw);
  await signPlan(page, 3);
  await pay(intentOf(page));
  await receipt(page);
  await page.getByRole('button', { name: 'Desistir do acordo' }).click();
  await page.getByRole('dialog').getByText('são devolvidos a você').waitFor();
  await assertAccessible(page, 'real withdrawal');
  await page.getByRole('button', { name: 'Sim, desistir' }).click();
  await page.getByRole('heading', { name: 'Você desistiu deste acordo' }).waitFor();
  await page.getByText('Você deve hoje').waitFor();
  await assertAccessible(page, 'really withdrawn');
  await screenshot(page, 'money-withdrawn');
  await page.getByRole('button', { name: 'Renegociar agora' }).click();
  await signBestOffer(page);
  assertClean();
  await context.close();
});

test('money that comes after its code ended still counts', async () => {
  const { page, context, assertClean } = await enter(people.expired);
  await signBestOffer(page);
  const intent = intentOf(page);
  await cloud.local('clock', { advance: '25h' });
  await enterAgain(page, people.expired, `#/pagamento/${intent}`);
  await page.getByText('Este código venceu').waitFor({ timeout: 30_000 });
  await screenshot(page, 'money-expired');
  await pay(intent, { force: true });
  await eventually(async () => {
    await page.reload();
    return page
      .getByRole('heading', { name: 'Recebemos seu pagamento' })
      .waitFor({ timeout: 4_000 })
      .then(() => true, () => false);
  }, 'the late money');
  assertClean();
  await context.close();
});

test('an instalment that is paid late is told late, and the deal goes on', async () => {
  const { page, context, assertClean } = await enter(people.late);
  await signPlan(page, 3);
  await pay(intentOf(page));
  await receipt(page);
  const agreement = /#\/acordo\/([0-9A-Z]{26})/.exec(page.url())[1];
  await cloud.local('clock', { advance: `${24 * 40}h` });
  await enterAgain(page, people.late, `#/acordo/${agreement}`);
  await page.getByText('A parcela 2 venceu.').waitFor();
  await assertAccessible(page, 'real overdue');
  await screenshot(page, 'money-overdue');
  await page.getByRole('button', { name: 'Pagar parcela 2' }).click();
  await page.getByRole('button', { name: 'Copiar código PIX' }).waitFor();
  await pay(intentOf(page));
  await receipt(page);
  await page.getByText('Paga com atraso').waitFor();
  await screenshot(page, 'money-late');
  assertClean();
  await context.close();
});

test('a deal that was never paid lapses, and its debts make another', async () => {
  const { page, context, assertClean } = await enter(people.lapse);
  await signPlan(page, 2);
  await page.evaluate(() => (location.hash = '#/dividas'));
  await page.getByRole('button', { name: 'Ver acordo' }).click();
  await page.getByRole('heading', { name: 'Parcelas' }).waitFor();
  const hash = new URL(page.url()).hash;
  await cloud.local('clock', { advance: `${24 * 50}h` });
  await enterAgain(page, people.lapse, hash);
  await page.getByRole('heading', { name: 'O acordo não começou a valer' }).waitFor();
  await assertAccessible(page, 'really lapsed');
  await screenshot(page, 'money-lapsed');
  await page.getByRole('button', { name: 'Renegociar agora' }).click();
  await signBestOffer(page);
  assertClean();
  await context.close();
});

test('a broken deal counts what was paid against its debts, and they make another', async () => {
  const { page, context, assertClean } = await enter(people.breach);
  await signPlan(page, 3);
  await pay(intentOf(page));
  await receipt(page);
  const hash = `#/acordo/${/#\/acordo\/([0-9A-Z]{26})/.exec(page.url())[1]}`;
  await cloud.local('clock', { advance: `${24 * 90}h` });
  await enterAgain(page, people.breach, hash);
  await page.getByRole('heading', { name: 'O acordo foi desfeito por falta de pagamento' }).waitFor();
  await page.getByText('Você deve hoje').waitFor();
  await assertAccessible(page, 'really broken');
  await screenshot(page, 'money-broken');
  await page.getByRole('button', { name: 'Renegociar agora' }).click();
  await page.getByRole('article', { name: 'Melhor oferta' }).waitFor();
  await screenshot(page, 'money-broken-debts');
  await signBestOffer(page);
  await pay(intentOf(page));
  await receipt(page);
  assertClean();
  await context.close();
});
