import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, launch, openPage, screenshot, sizes } from './browser.mjs';
import { startCloud } from './cloud.mjs';
import { door, people } from './people.mjs';
import { signBestOffer } from './steps.mjs';

// What the sandbox bank can do is done by hand on its page, beside the portal, in a local cloud of their own.

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

const { enter, enterAgain } = door(
  () => browser,
  () => cloud,
);
const intentOf = (page) => new URL(page.url()).hash.split('/').at(-1);
const receipt = (page) => page.getByRole('heading', { name: 'Recebemos seu pagamento' }).waitFor({ timeout: 30_000 });

async function openBank(size) {
  const opened = await openPage(browser, cloud.origin, { size });
  await opened.page.goto(`${cloud.origin}/_local/#banco`);
  const charge = (intent) => opened.page.getByRole('row').filter({ hasText: intent });
  const press = async (intent, name, said) => {
    await charge(intent).getByRole('button', { name, exact: true }).click();
    await opened.page.getByText(said).waitFor();
  };
  return { ...opened, charge, press };
}

for (const [name, who] of Object.entries({ phone: people.twice, desktop: people.boleto })) {
  test(`money comes, leaves and comes again by the bank's buttons (${name})`, async () => {
    const { page, context, assertClean } = await enter(who, { size: sizes[name] });
    const bank = await openBank(sizes[name]);
    await signBestOffer(page);
    const pix = intentOf(page);
    await bank.press(pix, 'Pagar', /^Pago: /);
    await receipt(page);
    await assertAccessible(bank.page, `bank, paid (${name})`);
    await bank.press(pix, 'Estornar', /tomados de volta pelo banco do pagador/);
    await page.reload();
    await page.getByText('O pagamento da parcela 1 foi devolvido').waitFor();
    assert.equal(await page.getByText('Pedimos a reativação').count(), 0);
    await assertAccessible(page, `after a chargeback (${name})`);
    await screenshot(page, 'bank-charged-back');
    await page.getByRole('button', { name: /^Pagar/ }).first().click();
    await page.getByRole('link', { name: /^Boleto/ }).click();
    await page.getByRole('button', { name: 'Copiar linha digitável' }).waitFor();
    const boleto = intentOf(page);
    await bank.press(boleto, 'Pagar', /compensa no próximo dia útil/);
    await page.reload(); // a boleto is asked about every ten seconds only
    await page.getByText('Pagamento identificado, aguardando compensação').first().waitFor({ timeout: 30_000 });
    await bank.charge(boleto).getByText('Avisada').waitFor();
    await screenshot(bank.page, 'bank-noticed');
    await bank.press(boleto, 'Compensar', /^Compensado/);
    await page.reload();
    await receipt(page);
    await bank.page.getByLabel('Valor em reais').fill('10,00');
    await bank.press(boleto, 'Devolver', /^R\$ 10,00 devolvidos/);
    await page.reload();
    await page.getByText('R$ 10,00').first().waitFor();
    await assertAccessible(page, `after a part was sent back (${name})`);
    await screenshot(page, 'bank-sent-back');
    await assertAccessible(bank.page, `bank, after all (${name})`);
    await screenshot(bank.page, 'bank');
    assertClean();
    bank.assertClean();
    await context.close();
    await bank.context.close();
  });
}

test('a boleto whose money never comes is told, and paid in another way', async () => {
  const { page, context, assertClean } = await enter(people.part);
  const bank = await openBank(sizes.desktop);
  await signBestOffer(page);
  await page.getByRole('link', { name: /^Boleto/ }).click();
  await page.getByRole('button', { name: 'Copiar linha digitável' }).waitFor();
  const boleto = intentOf(page);
  await bank.page.getByLabel('O dinheiro do boleto nunca chega').check();
  await bank.press(boleto, 'Pagar', /não vai chegar/);
  await page.reload();
  await page.getByText('Pagamento identificado, aguardando compensação').first().waitFor({ timeout: 30_000 });
  await cloud.local('clock', { advance: `${24 * 16}h` });
  await enterAgain(page, people.part, `#/pagamento/${boleto}`);
  await page.getByText('Este boleto venceu').waitFor({ timeout: 30_000 });
  await assertAccessible(page, 'a bounced boleto');
  await screenshot(page, 'bank-bounced');
  assertClean();
  await context.close();
  await bank.context.close();
});

test('the bank of account debit refuses and debits as it is told', async () => {
  const { page, context, assertClean } = await enter(people.debit);
  const bank = await openBank(sizes.desktop);
  await signBestOffer(page);
  await page.getByRole('link', { name: /^Débito/ }).click();
  await page.getByLabel('Banco', { exact: true }).fill('001');
  await page.getByLabel('Agência').fill('1234');
  await page.getByLabel('Conta com o dígito').fill('12345-6');
  await page.getByLabel(/^Autorizo Vida Plena/).check();
  await page.getByRole('button', { name: 'Autorizar débito' }).click();
  await page.getByText('Débito autorizado').waitFor();
  const refused = intentOf(page);
  await answer(bank, refused, '02 Conta não existe');
  await enterAgain(page, people.debit, `#/pagamento/${refused}`);
  await page.getByText('O banco não aceita débitos nesta conta.').waitFor();
  await assertAccessible(page, 'a debit without an account');
  await screenshot(page, 'bank-debit-refused');
  await page.getByRole('button', { name: 'Usar outra conta' }).click();
  await page.getByRole('heading', { name: 'Conta a debitar' }).waitFor();
  assertClean();
  bank.assertClean();
  await context.close();
  await bank.context.close();
});

/** Waits for the file of debits, picks the bank's answer to one, and lets the product read it. */
async function answer(bank, intent, code) {
  await cloud.local('clock', { advance: '1h' });
  const debits = bank.page.getByRole('region', { name: 'Débitos em conta' });
  await debits.getByText(intent).waitFor();
  await bank.page.getByLabel(`Resposta a ${intent}`).selectOption({ label: code });
  await assertAccessible(bank.page, 'debits at the bank');
  await screenshot(bank.page, 'bank-debits');
  await cloud.local('clock', { advance: '120h' });
  await bank.page.getByRole('button', { name: 'Responder a todos' }).click();
  await bank.page.getByText('1 arquivo(s) de retorno escritos').waitFor();
  await cloud.local('clock', { advance: '1h' });
  assert.match(await debits.innerText(), /Nenhum débito espera resposta/);
}
