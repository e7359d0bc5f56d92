import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { problem, startMock } from '../mock/server.mjs';
import { assertAccessible, built, launch, openPage, screenshot } from './browser.mjs';
import { giveCode, logIn, signBestOffer } from './steps.mjs';

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
});
afterEach(async () => {
  assertClean();
  await context.close();
  await mock.close();
});

const start = () => page.goto(`${mock.url}/?c=vida-plena`);
const callsTo = (method, path) => mock.log.filter((call) => call.method === method && call.path === path);

test('wrong input is told beside its field and sends nothing', async () => {
  await start();
  await page.getByRole('button', { name: 'Receber código' }).click();
  await page.getByText('Digite os 11 números do CPF.').waitFor();
  await page.getByText('Digite o número do contrato.').waitFor();
  await page.waitForFunction(() => document.activeElement?.id === 'document');
  await page.getByLabel('CPF', { exact: true }).fill('11111111111');
  await page.getByLabel('Número do contrato').fill('VP 2024');
  await page.getByRole('button', { name: 'Receber código' }).click();
  await page.getByText('Este CPF não existe').waitFor();
  await page.getByText('Use só letras').waitFor();
  await assertAccessible(page, 'field errors');
  await screenshot(page, 'fault-fields');
  assert.equal(callsTo('POST', '/v1/auth/challenges').length, 0);
});

test('a rejected code says what to do, and the next one counts', async () => {
  await start();
  await giveCode(page, { code: async () => '11111111' });
  await page.getByRole('alert').getByText('Código não aceito').waitFor();
  await assertAccessible(page, 'rejected code');
  await screenshot(page, 'fault-code');
  await page.getByLabel('Código de 8 números').fill('04817263');
  await page.getByRole('heading', { name: /^Olá, / }).waitFor();
});

test('another code can be asked for after the countdown', async () => {
  mock.faults.set('POST /v1/auth/challenges', () => ({
    status: 202,
    body: {
      challengeId: 'vida-plena.01JD9Z1N2P3Q4R5S6T7V8W9XAB',
      channel: 'email',
      destination: 'm•••a@e•••.com',
      expiresAt: '2026-11-23T14:05:00Z',
      resendAfterSeconds: 2,
      nextAction: 'verify_code',
    },
  }));
  await start();
  await page.getByLabel('CPF', { exact: true }).fill('52998224725');
  await page.getByLabel('Número do contrato').fill('VP-2024-000123');
  await page.getByRole('button', { name: 'Receber código' }).click();
  await page.getByText('Você pode pedir outro em').waitFor();
  await page.getByRole('button', { name: 'Enviar outro código' }).click();
  await page.getByText('Enviamos um novo código').waitFor();
  const resent = callsTo('POST', '/v1/auth/challenges/vida-plena.01JD9Z1N2P3Q4R5S6T7V8W9XAB/resend');
  assert.equal(resent.length, 1);
});

test('an entry link that is over leads to the form', async () => {
  await page.goto(`${mock.url}/?c=vida-plena#e=vida-plena.expired${'q'.repeat(36)}`);
  await page.getByRole('button', { name: 'Continuar' }).click();
  await page.getByText('Este link não é mais válido').waitFor();
  await assertAccessible(page, 'entry link over');
  await page.getByRole('button', { name: 'Continuar sem o link' }).click();
  await page.getByLabel('CPF', { exact: true }).waitFor();
});

test('an unknown creditor and one that cannot be read are told apart', async () => {
  await page.goto(`${mock.url}/?c=nobody`);
  await page.getByText('Não reconhecemos este endereço').waitFor();
  mock.faults.set('GET /v1/public/creditors/vida-plena', () =>
    problem(503, 'temporarily_unavailable', 'Serviço indisponível.', 'retry'),
  );
  await start();
  await page.getByText('Serviço indisponível.').waitFor();
  await assertAccessible(page, 'creditor unavailable');
  mock.faults.clear();
  await page.getByRole('button', { name: 'Tentar de novo' }).click();
  await page.getByLabel('CPF', { exact: true }).waitFor();
});

test('a session that ended leads to the login and back to the same place', async () => {
  await start();
  await logIn(page);
  await page.getByRole('article', { name: 'Melhor oferta' }).getByRole('button').click();
  await page.getByText('Texto íntegro').waitFor();
  const place = new URL(page.url()).hash;
  mock.world.session = false;
  await page.getByLabel(/^Li o contrato/).check();
  await page.getByRole('button', { name: /^Assinar e pagar/ }).click();
  await page.getByText('Sua sessão terminou').waitFor();
  await assertAccessible(page, 'session ended');
  await screenshot(page, 'fault-session');
  await page.getByLabel('CPF', { exact: true }).fill('52998224725');
  await page.getByLabel('Número do contrato').fill('VP-2024-000123');
  await page.getByRole('button', { name: 'Receber código' }).click();
  await page.getByLabel('Código de 8 números').fill('04817263');
  await page.getByText('INSTRUMENTO PARTICULAR').waitFor();
  assert.equal(new URL(page.url()).hash, place);
});

test('an offer that ended is explained and the offers of now are one press away', async () => {
  await start();
  await logIn(page);
  mock.faults.set('POST /v1/me/proposals', () =>
    problem(409, 'offer_expired', 'Esta oferta venceu. Veja as ofertas atualizadas.', 'choose_offer'),
  );
  await page.getByRole('article', { name: 'Melhor oferta' }).getByRole('button').click();
  await page.getByRole('alert').getByText('Esta oferta venceu').waitFor();
  await assertAccessible(page, 'offer over');
  await screenshot(page, 'fault-offer');
  mock.faults.clear();
  await page.getByRole('button', { name: 'Ver dívidas e ofertas de agora' }).click();
  await signBestOffer(page);
});

test('a lost answer is asked for again under the same key', async () => {
  await start();
  await logIn(page);
  mock.faults.set('POST /v1/me/proposals', () => undefined);
  await page.getByRole('article', { name: 'Melhor oferta' }).getByRole('button').click();
  await page.getByText('Sem conexão com a internet').waitFor();
  mock.faults.clear();
  await page.getByRole('button', { name: 'Tentar de novo' }).click();
  await page.getByText('Texto íntegro').waitFor();
  const keys = callsTo('POST', '/v1/me/proposals').map((call) => call.headers['idempotency-key']);
  assert.ok(keys.length >= 2);
  assert.equal(new Set(keys).size, 1);
  assert.match(keys[0], /^[!-~]{1,255}$/);
});

test('a double press signs once', async () => {
  await start();
  await logIn(page);
  await page.getByRole('article', { name: 'Melhor oferta' }).getByRole('button').dblclick();
  await page.getByText('Texto íntegro').waitFor();
  assert.equal(callsTo('POST', '/v1/me/proposals').length, 1);
});

test('a text that is not the signed one cannot be signed', async () => {
  await start();
  await logIn(page);
  await page.getByRole('article', { name: 'Melhor oferta' }).getByRole('button').click();
  await page.getByText('Texto íntegro').waitFor();
  const pathname = new URL(page.url()).hash.replace('#/contrato', '/v1/me/contracts');
  const real = await (await fetch(mock.url + pathname)).json();
  mock.faults.set(`GET ${pathname}`, () => ({ status: 200, body: { ...real, text: real.text.replace('sete dias', 'um dia') } }));
  await page.reload();
  await page.getByText('O texto recebido não confere com o registro').waitFor();
  assert.ok(await page.getByRole('button', { name: /^Assinar e pagar/ }).isDisabled());
  await assertAccessible(page, 'altered contract');
});

test('signing asks for consent first', async () => {
  await start();
  await logIn(page);
  await page.getByRole('article', { name: 'Melhor oferta' }).getByRole('button').click();
  await page.getByRole('button', { name: /^Assinar e pagar/ }).click();
  await page.getByText('Marque que leu e concorda para assinar.').waitFor();
  await assertAccessible(page, 'consent missing');
  assert.equal(mock.log.filter((call) => call.path.endsWith('/signature')).length, 0);
});

test('a proposal can be given up', async () => {
  await start();
  await logIn(page);
  await page.getByRole('article', { name: 'Melhor oferta' }).getByRole('button').click();
  await page.getByRole('button', { name: 'Não quero esta proposta' }).click();
  await page.getByRole('article', { name: 'Melhor oferta' }).waitFor();
  assert.equal(mock.world.proposal.wire.status, 'CONTRACT_REFUSED');
  assert.equal(await page.getByText('Falta só assinar').count(), 0);
});

test('a code that the bank has not issued yet is waited for', async () => {
  await start();
  await logIn(page);
  const issued = new Promise((done) => {
    mock.faults.set('POST /v1/me/payment-intents', (call) => {
      mock.faults.clear();
      const agreementId = call.body.agreementId;
      const body = {
        paymentIntentId: '01JD9ZC0D1E2F3G4H5J6K7M8N9',
        agreementId,
        instalment: 1,
        method: 'pix',
        status: 'REQUESTED',
        amountCentavos: 110325,
        expiresAt: '2027-01-01T00:00:00Z',
        nextAction: 'poll',
      };
      mock.world.intents.set(body.paymentIntentId, body);
      done(body);
      return { status: 202, body };
    });
  });
  await page.getByRole('article', { name: 'Melhor oferta' }).getByRole('button').click();
  await page.getByLabel(/^Li o contrato/).check();
  await page.getByRole('button', { name: /^Assinar e pagar/ }).click();
  await page.getByText('O banco está gerando seu código').waitFor();
  await assertAccessible(page, 'code requested');
  const intent = await issued;
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><script>alert(1)</script><path d="M0 0h1v1H0z"/></svg>';
  Object.assign(intent, { status: 'ISSUED', nextAction: 'pay', pix: { brCode: `000201${'0'.repeat(60)}`, qrSvg: svg } });
  await page.getByRole('button', { name: 'Copiar código PIX' }).waitFor();
  assert.equal(await page.locator('main svg script').count(), 0);
});

test('a payment code that ended can be replaced, and money that comes late still counts', async () => {
  await start();
  await logIn(page);
  await signBestOffer(page);
  const [first] = mock.world.intents.values();
  const { pix } = first;
  first.status = 'EXPIRED';
  delete first.pix;
  await page.getByText('Este código venceu').waitFor();
  await assertAccessible(page, 'code over');
  await screenshot(page, 'fault-expired');
  await page.getByRole('button', { name: 'Gerar novo código' }).click();
  await page.getByRole('button', { name: 'Copiar código PIX' }).waitFor();
  const keys = callsTo('POST', '/v1/me/payment-intents').map((call) => call.headers['idempotency-key']);
  assert.equal(new Set(keys).size, 2);
  await page.evaluate((id) => (location.hash = `#/pagamento/${id}`), first.paymentIntentId);
  await page.getByText('Este código venceu').waitFor();
  Object.assign(first, { status: 'ISSUED', pix });
  mock.pay();
  await page.getByRole('heading', { name: 'Recebemos seu pagamento' }).waitFor();
});

test('a payment page that loses the network says so and goes on by itself', async () => {
  await start();
  await logIn(page);
  await signBestOffer(page);
  await context.setOffline(true);
  await page.getByText('Você está sem internet.').waitFor();
  await page.getByText('Sem conexão com a internet').waitFor();
  await assertAccessible(page, 'offline');
  await screenshot(page, 'fault-offline');
  mock.pay();
  await context.setOffline(false);
  await page.getByRole('heading', { name: 'Recebemos seu pagamento' }).waitFor();
  assert.equal(await page.getByText('Você está sem internet.').count(), 0);
});

test('a fault of the server gives its reference and another try', async () => {
  await start();
  mock.faults.set('GET /v1/me/debts', () =>
    problem(500, 'internal', 'Algo deu errado do nosso lado. Tente de novo em instantes.', 'retry'),
  );
  await giveCode(page);
  await page.getByText('informe o código').waitFor();
  await assertAccessible(page, 'server fault');
  await screenshot(page, 'fault-server');
  mock.faults.clear();
  await page.getByRole('button', { name: 'Tentar de novo' }).click();
  await page.getByRole('heading', { name: /^Olá, / }).waitFor();
});

test('loading is shown, and told to screen readers', async () => {
  await start();
  let release;
  const held = new Promise((done) => (release = done));
  mock.faults.set('GET /v1/me/debts', async () => {
    await held;
    return problem(503, 'temporarily_unavailable', 'Serviço indisponível.', 'retry');
  });
  await giveCode(page);
  await page.getByText('Carregando suas dívidas').waitFor();
  await assertAccessible(page, 'loading');
  await screenshot(page, 'loading');
  release();
  await page.getByText('Serviço indisponível.').waitFor();
});

test('nothing to negotiate is told kindly', async () => {
  mock.world.debts = [];
  await start();
  await logIn(page);
  await page.getByText('Não há nada para negociar agora').waitFor();
  await assertAccessible(page, 'no debts');
  await screenshot(page, 'empty');
});
