import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, launch, openPage, screenshot, sizes } from './browser.mjs';
import { eventually, local, origin } from './local.mjs';
import { logIn } from './steps.mjs';

// The story by clicks against the real backend in the local cloud.

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

const { participants } = await local('demo');
const turns = Object.entries(sizes).map(([name, size], i) => ({ name, size, who: participants[i % participants.length] }));

for (const { name, size, who } of turns) {
  test(`from the first screen to the receipt at ${who.creditor} (${name})`, async () => {
    const { page, context, assertClean } = await openPage(browser, origin, { size });
    const look = async (where) => {
      await assertAccessible(page, `${where} (${name})`);
      await screenshot(page, `real-${where}`);
    };
    const seen = new Set((await outboxOf(who)).map((message) => message.id));
    const fresh = (templateId) => async () =>
      (await outboxOf(who)).find((message) => !seen.has(message.id) && message.templateId === templateId);

    await page.goto(`${origin}/?c=${who.creditor}`);
    await page.getByLabel('CPF', { exact: true }).waitFor();
    await look('1-identify');
    await logIn(page, {
      document: who.document,
      contract: who.contract,
      code: async () => {
        const message = await eventually(fresh('otp-code'), 'the code');
        seen.add(message.id);
        return /(?<!\d)\d{8}(?!\d)/.exec(message.body.replace(/(\d{4}) (\d{4})/, '$1$2'))[0];
      },
    });
    await page.getByRole('article', { name: 'Melhor oferta' }).waitFor();
    await look('3-debts');
    await page.getByRole('article', { name: 'Melhor oferta' }).getByRole('button').click();
    await page.getByText('Texto íntegro, conferido neste aparelho.').waitFor();
    await look('4-contract');
    await page.getByLabel(/^Li o contrato/).check();
    await page.getByRole('button', { name: /^Assinar e pagar/ }).click();
    await page.getByRole('button', { name: 'Copiar código PIX' }).click();
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^000201.*6304[0-9A-F]{4}$/);
    assert.ok(await page.getByRole('img', { name: /QR Code/ }).evaluate((img) => img.complete && img.naturalWidth > 0));
    await look('5-payment');
    const paymentIntentId = new URL(page.url()).hash.split('/').at(-1);
    await payers[name](context, paymentIntentId);
    await page.getByRole('heading', { name: 'Recebemos seu pagamento' }).waitFor({ timeout: 30_000 });
    await look('6-agreement');
    await page.getByRole('button', { name: 'Ver todas as dívidas' }).click();
    await page.getByRole('heading', { name: /^Olá, / }).waitFor();
    await look('7-after');
    assertClean();
    await context.close();
    await receiptCame(fresh);
  });
}

/** A receipt may have to wait for an hour at which the law lets it go; the last resort is a clock moved by three days. */
async function receiptCame(fresh) {
  const receipt = fresh('payment-receipt');
  if (await eventually(receipt, 'the receipt', 3_000).catch(() => undefined)) return;
  await local('clock', { advance: '72h' });
  await eventually(receipt, 'the receipt');
}

const payers = {
  phone: (_, paymentIntentId) => local('sandbox/payments', { paymentIntentId, copies: 3, shuffle: true }),
  desktop: async (context, paymentIntentId) => {
    const bank = await context.newPage();
    await bank.goto(`${origin}/_local/#banco`);
    await bank.getByLabel('Avisos do mesmo pagamento').fill('2');
    await bank.getByRole('row').filter({ hasText: paymentIntentId }).getByRole('button', { name: 'Pagar' }).click();
    await bank.getByText(/^Pago/).waitFor();
    await bank.close();
  },
};

async function outboxOf({ email }) {
  const { messages } = await local(`outbox?to=${encodeURIComponent(email)}&limit=50`);
  return messages;
}
