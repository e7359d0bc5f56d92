import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { startMock } from '../mock/server.mjs';
import { assertAccessible, built, launch, openPage, screenshot, sizes } from './browser.mjs';
import { logIn, signBestOffer } from './steps.mjs';

let browser;
let mock;
before(async () => (browser = await launch()));
after(() => browser.close());
beforeEach(async () => (mock = await startMock({ dist: built, demo: true })));
afterEach(() => mock.close());

for (const [name, size] of Object.entries(sizes)) {
  test(`the whole journey, accessible on every screen (${name})`, async () => {
    const { page, context, assertClean } = await openPage(browser, mock.url, { size });
    const look = async (where) => {
      await assertAccessible(page, `${where} (${name})`);
      await screenshot(page, where);
    };
    await page.goto(`${mock.url}/?c=vida-plena`);
    await page.getByLabel('CPF', { exact: true }).waitFor();
    await look('1-identify');
    await logIn(page);
    await page.getByRole('article', { name: 'Melhor oferta' }).waitFor();
    await look('3-debts');
    await page.getByText('4x de').click();
    await look('3-debts-open');
    await page.getByRole('button', { name: 'Escolher 4x' }).click();
    await page.getByText('Texto íntegro, conferido neste aparelho.').waitFor();
    await look('4-contract');
    await page.getByLabel(/^Li o contrato/).check();
    await page.getByRole('button', { name: 'Assinar e pagar R$ 291,93' }).click();
    await page.getByRole('button', { name: 'Copiar código PIX' }).click();
    await page.getByText('Código copiado').waitFor();
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^000201/);
    assert.ok(await page.getByRole('img', { name: /QR Code/ }).evaluate((img) => img.complete && img.naturalWidth > 0));
    await look('5-payment');
    mock.pay();
    await page.getByRole('heading', { name: 'Recebemos seu pagamento' }).waitFor();
    await page.getByText('Pedimos a reativação do seu plano').waitFor();
    await look('6-agreement');
    await page.getByRole('button', { name: 'Ver todas as dívidas' }).click();
    await page.getByRole('heading', { name: 'Outras dívidas' }).waitFor();
    await look('7-in-agreement');
    await page.getByRole('button', { name: 'Sair' }).click();
    await page.getByText('Você saiu com segurança').waitFor();
    assertClean();
    await context.close();
  });
}

test('a page without a creditor explains, and shows the demonstration only where there is one', async () => {
  const { page, context, assertClean } = await openPage(browser, mock.url);
  await page.goto(mock.url);
  await page.getByRole('heading', { name: 'Comece pelo link que você recebeu' }).waitFor();
  await page.getByRole('button', { name: 'Credi Norte Financeira' }).waitFor();
  await assertAccessible(page, 'no creditor');
  await screenshot(page, '0-no-creditor');
  await page.getByRole('button', { name: 'Credi Norte Financeira' }).click();
  await page.getByLabel('CPF', { exact: true }).waitFor();
  assert.equal(new URL(page.url()).search, '?c=credi-norte');
  await assertAccessible(page, 'a creditor whose colour is too light for white text');
  assertClean();
  await context.close();
  assert.equal(mock.log.filter((call) => call.path === '/_local/demo').length, 1);

  await mock.close();
  mock = await startMock({ dist: built, demo: false });
  const elsewhere = await openPage(browser, mock.url);
  await elsewhere.page.goto(mock.url);
  await elsewhere.page.waitForLoadState('networkidle');
  assert.equal(await elsewhere.page.getByText('Demonstração local').count(), 0);
  await elsewhere.context.close();
});

test('an entry link asks for nothing until the person acts, leaves the address, and never skips the code', async () => {
  const { page, context, assertClean } = await openPage(browser, mock.url);
  const token = `vida-plena.${'q'.repeat(43)}`;
  await page.goto(`${mock.url}/#e=${token}`);
  await page.getByRole('button', { name: 'Continuar' }).waitFor();
  await page.waitForLoadState('networkidle');
  assert.deepEqual(mock.log, []);
  assert.ok(!page.url().includes(token));
  await assertAccessible(page, 'entry link');
  await page.reload();
  await page.getByRole('button', { name: 'Continuar' }).click();
  await page.getByText('•••123').waitFor();
  assert.equal(mock.log.filter((call) => call.path === '/v1/auth/entries').length, 1);
  await page.reload();
  await page.getByText('•••123').waitFor();
  await logIn(page);
  assertClean();
  await context.close();
});

test('reload and the back button keep the participant in place', async () => {
  const { page, context } = await openPage(browser, mock.url);
  await page.goto(`${mock.url}/?c=vida-plena`);
  await page.getByLabel('CPF', { exact: true }).fill('52998224725');
  await page.getByLabel('Número do contrato').fill('VP-2024-000123');
  await page.getByRole('button', { name: 'Receber código' }).click();
  await page.getByRole('heading', { name: 'Digite o código' }).waitFor();
  await page.reload();
  await page.getByText('m•••••a@e•••••.com').waitFor();
  await page.getByLabel('Código de 8 números').fill('04817263');
  await page.getByRole('article', { name: 'Melhor oferta' }).getByRole('button').click();
  await page.getByRole('heading', { name: 'Leia e assine o contrato' }).waitFor();
  await page.reload();
  await page.getByText('INSTRUMENTO PARTICULAR').waitFor();
  await page.goBack();
  await page.getByText('Falta só assinar').waitFor();
  await page.getByRole('button', { name: 'Ler e assinar' }).click();
  await page.getByLabel(/^Li o contrato/).check();
  await page.getByRole('button', { name: /^Assinar e pagar/ }).click();
  await page.getByRole('button', { name: 'Copiar código PIX' }).waitFor();
  await page.reload();
  await page.getByRole('button', { name: 'Copiar código PIX' }).waitFor();
  assert.equal(mock.world.intents.size, 1);
  await page.goBack();
  await page.getByRole('heading', { name: /^Olá, / }).waitFor();
  await context.close();
});

test('the journey by keyboard alone', async () => {
  const { page, context } = await openPage(browser, mock.url, { size: sizes.desktop });
  const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
  // A new screen takes the focus to its heading once it is drawn.
  const headed = async (text) => {
    await page.waitForFunction(() => /^H[12]$/.test(document.activeElement?.tagName ?? ''));
    if (text) assert.equal(await focused(), text);
  };
  const tabTo = async (name) => {
    for (let i = 0; i < 60; i++) {
      await page.keyboard.press('Tab');
      if (name.test(await focused())) return;
    }
    assert.fail(`no way by keyboard to ${name}`);
  };
  await page.goto(`${mock.url}/?c=vida-plena`);
  await page.getByLabel('CPF', { exact: true }).waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'Ir para o conteúdo');
  await page.getByLabel('CPF', { exact: true }).focus();
  await page.keyboard.type('52998224725');
  await page.keyboard.press('Tab');
  await page.keyboard.type('VP-2024-000123');
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Digite o código' }).waitFor();
  assert.equal(mock.log.find((call) => call.path === '/v1/auth/challenges').body.channel, 'sms');
  await headed('Digite o código');
  await page.keyboard.press('Tab');
  await page.keyboard.type('0481 7263');
  await page.getByRole('article', { name: 'Melhor oferta' }).waitFor();
  await headed('Olá, Mariana');
  await tabTo(/^Quero pagar à vista$/);
  await page.keyboard.press('Enter');
  await page.getByText('Texto íntegro').waitFor();
  await headed();
  await page.keyboard.press('Tab');
  assert.equal(await focused(), 'Baixar contrato em PDF');
  const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
  assert.match(download.suggestedFilename(), /^contrato-RG-[0-9A-Z]+\.pdf$/);
  assert.match(await readFile(await download.path(), 'utf8'), /^%PDF-/);
  await page.waitForFunction(() => document.activeElement?.textContent?.startsWith('contrato-'));
  await page.keyboard.press('Tab');
  await page.keyboard.press('Space');
  await tabTo(/^Assinar e pagar/);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Copiar código PIX' }).waitFor();
  await tabTo(/^Copiar código PIX$/);
  await page.keyboard.press('Enter');
  await page.getByText('Agora cole no aplicativo do seu banco').waitFor();
  await context.close();
});

test('a cash deal takes at most twelve presses and three typed fields', async () => {
  const { page, context } = await openPage(browser, mock.url);
  await page.goto(`${mock.url}/?c=vida-plena`);
  await page.evaluate(() => {
    sessionStorage.setItem('presses', '0');
    addEventListener(
      'click',
      () => sessionStorage.setItem('presses', String(Number(sessionStorage.getItem('presses')) + 1)),
      true,
    );
  });
  await logIn(page);
  await signBestOffer(page);
  const presses = Number(await page.evaluate(() => sessionStorage.getItem('presses')));
  assert.ok(presses > 0 && presses <= 12, `${presses} presses`);
  await context.close();
});

test('choosing other debts asks for other offers', async () => {
  const { page, context } = await openPage(browser, mock.url);
  await page.goto(`${mock.url}/?c=vida-plena`);
  await logIn(page);
  await page.getByRole('article', { name: 'Melhor oferta' }).waitFor();
  await page.getByLabel('Coparticipação de exames').uncheck();
  await page.getByText('2 dívidas marcadas').waitFor();
  await page.getByRole('article', { name: 'Melhor oferta' }).getByText('979,80', { exact: false }).first().waitFor();
  const asked = mock.log.filter((call) => call.path === '/v1/me/offers').at(-1);
  assert.equal(asked.query.get('debtIds').split(',').length, 2);
  await page.getByLabel('Mensalidade de julho de 2026').uncheck();
  await page.getByLabel('Mensalidade de agosto de 2026').uncheck();
  await page.getByText('Marque ao menos uma dívida').waitFor();
  await assertAccessible(page, 'no debt chosen');
  await context.close();
});

test('a deal of one\'s own is put together, refused with reasons beside the field, and accepted', async () => {
  const { page, context, assertClean } = await openPage(browser, mock.url);
  await page.goto(`${mock.url}/?c=vida-plena`);
  await logIn(page);
  await page.getByText('Monte sua proposta').click();
  await page.getByRole('button', { name: 'Simular' }).click();
  await page.getByText('Diga quanto pode pagar por mês, ou em quantas parcelas.').waitFor();
  await page.getByLabel('Em quantas parcelas').fill('60');
  await page.getByRole('button', { name: 'Simular' }).click();
  await page.getByText('São no máximo 24 parcelas.').waitFor();
  await page.waitForFunction(() => document.activeElement?.id === 'sim-instalments');
  await page.getByRole('article', { name: 'O mais próximo do que você pediu' }).waitFor();
  await assertAccessible(page, 'a deal that is not offered');
  await screenshot(page, 'sim-refused');
  await page.getByLabel('Em quantas parcelas').fill('');
  await page.getByLabel('Quanto posso pagar por mês').fill('R$ 250,00');
  await page.getByLabel('Minha renda no mês (opcional)').fill('800');
  await page.getByRole('button', { name: 'Simular' }).click();
  await page.getByText('Esta parcela deixaria menos de R$ 600,00 da sua renda no mês.').waitFor();
  assert.equal(await page.getByRole('article', { name: 'Sua simulação' }).count(), 0);
  await page.getByLabel('Minha renda no mês (opcional)').fill('1.518,00');
  const date = new Date(Date.now() + 12 * 86_400_000).toISOString().slice(0, 10);
  await page.getByLabel('Primeiro pagamento em (opcional)').fill(date);
  await page.getByRole('button', { name: 'Simular' }).click();
  const found = page.getByRole('article', { name: 'Sua simulação' });
  await found.waitFor();
  const { body } = mock.log.filter((call) => call.path === '/v1/me/simulations').at(-1);
  assert.deepEqual({ ...body, debtIds: body.debtIds.length }, {
    debtIds: 3,
    monthlyCentavos: 25_000,
    firstDueDate: date,
    monthlyIncomeCentavos: 151_800,
  });
  await assertAccessible(page, 'a simulation');
  await screenshot(page, 'sim-found');
  await found.getByRole('button').first().click();
  await page.getByText('Texto íntegro').waitFor();
  assertClean();
  await context.close();
});
