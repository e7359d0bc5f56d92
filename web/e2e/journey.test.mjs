import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, launch, openPage, screenshot, sizes } from './browser.mjs';
import { logIn } from './steps.mjs';

// The story by clicks against the real backend in the local cloud: BASE_URL names it, such as http://127.0.0.1:8080.

const origin = process.env.BASE_URL?.replace(/\/$/, '');
assert.ok(origin, 'BASE_URL must name a running `go run ./infra/local`');

const local = async (path, body) => {
  const init = body ? { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) } : {};
  const answer = await fetch(`${origin}/_local/${path}`, init);
  assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
  return answer.json();
};

/** Asks until something is there; the deadline is a matter of the machine, not of the product. */
async function eventually(ask, what) {
  for (const deadline = Date.now() + 20_000; Date.now() < deadline; await new Promise((done) => setTimeout(done, 100))) {
    const found = await ask();
    if (found) return found;
  }
  return assert.fail(`${what} did not come`);
}

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
      (await outboxOf(who)).find((message) => !seen.has(message.id) && (!templateId || message.templateId === templateId));

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
    await local('sandbox/payments', { paymentIntentId, copies: 3, shuffle: true });
    await page.getByRole('heading', { name: 'Recebemos seu pagamento' }).waitFor({ timeout: 30_000 });
    await look('6-agreement');
    await eventually(fresh(), 'the receipt');
    await page.getByRole('button', { name: 'Ver todas as dívidas' }).click();
    await page.getByRole('heading', { name: /^Olá, / }).waitFor();
    await look('7-after');
    assertClean();
    await context.close();
  });
}

async function outboxOf({ email }) {
  const { messages } = await local(`outbox?to=${encodeURIComponent(email)}&limit=50`);
  return messages;
}
