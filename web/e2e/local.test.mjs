import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertAccessible, launch, openPage, screenshot, sizes } from './browser.mjs';
import { eventually, local, origin } from './local.mjs';

// The page under /_local/ of a running local cloud.

let browser;
before(async () => (browser = await launch()));
after(() => browser.close());

for (const [name, size] of Object.entries(sizes)) {
  test(`every section of the local page is drawn and accessible (${name})`, async () => {
    const { page, context, assertClean } = await openPage(browser, origin, { size });
    const sections = {
      pessoas: () => page.getByRole('link', { name: 'Abrir o portal' }).first(),
      mensagens: () => page.getByRole('region', { name: 'Mensagem', exact: true }).getByText('Para'),
      banco: () => page.getByRole('heading', { name: 'Banco de testes' }),
      maquinas: () => page.getByRole('img', { name: /^Estados: / }),
      eventos: () => page.getByRole('region', { name: 'Eventos' }).getByRole('cell').first(),
    };
    for (const [section, landmark] of Object.entries(sections)) {
      await page.goto(`${origin}/_local/#${section}`);
      await landmark().waitFor();
      await assertAccessible(page, `/_local/#${section} (${name})`);
      await screenshot(page, `local-${section}`);
    }
    assertClean();
    await context.close();
  });
}

test('the time machine moves the clock and says what happened', async () => {
  const { page, context, assertClean } = await openPage(browser, origin, { size: sizes.desktop });
  const before = new Date((await local('clock')).now);
  await page.goto(`${origin}/_local/`);
  await page.getByRole('button', { name: '1 dia' }).click();
  await page.getByText(/^Pronto: /).waitFor({ timeout: 60_000 });
  const after = new Date((await local('clock')).now);
  assert.ok(after - before >= 86_400_000, `the clock moved by ${after - before} ms`);
  await page.getByRole('button', { name: 'Próxima manhã útil' }).click();
  await page.getByText(/08:30/).waitFor({ timeout: 60_000 });
  await page.getByLabel('Quanto avançar').fill('ontem');
  await page.getByRole('button', { name: 'Ir' }).click();
  await page.getByText(/duration/).waitFor();
  assertClean();
  await context.close();
});

test('the link of a reminder opens the portal at its creditor', async () => {
  const { page, context, assertClean } = await openPage(browser, origin);
  const reminder = await eventually(async () => {
    const { messages } = await local('outbox?limit=500');
    const found = messages.find((message) => message.templateId.startsWith('reminder-'));
    if (!found) await local('clock', { advance: '24h' });
    return found;
  }, 'a reminder');
  const [link] = /http\S+#e=[A-Za-z0-9._-]+/.exec(reminder.body);
  await page.goto(origin + new URL(link).pathname + new URL(link).hash);
  await page.getByRole('button', { name: 'Continuar' }).click();
  await page.getByText(/^Da mensagem que você recebeu: /).waitFor();
  await assertAccessible(page, 'after an entry link');
  await screenshot(page, 'real-0-entry');
  assertClean();
  await context.close();
});

test('a message is shown as its reader sees it, and can run nothing', async () => {
  const { page, context, assertClean } = await openPage(browser, origin, { size: sizes.desktop });
  const { messages } = await local('outbox?limit=500');
  const mail = messages.find((message) => message.html);
  assert.ok(mail, 'no e-mail with a page has been sent');
  await page.goto(`${origin}/_local/#mensagens/${encodeURIComponent(mail.to)}`);
  const frame = page.getByTitle('Mensagem como o destinatário a vê');
  await frame.waitFor();
  assert.ok(!(await frame.getAttribute('sandbox')).includes('allow-scripts'));
  await frame.contentFrame().getByText('CNPJ').first().waitFor();
  assertClean();
  await context.close();
});
