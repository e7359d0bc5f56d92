import { rightCode } from '../mock/server.mjs';

/** Goes from the first screen to the debts, by clicks and keys. */
export async function logIn(page, who) {
  await giveCode(page, who);
  await page.getByRole('heading', { name: /^Olá, / }).waitFor();
}

/** Goes from the first screen to the moment at which the code has been given. */
export async function giveCode(
  page,
  { document = '52998224725', contract = 'VP-2024-000123', code = async () => rightCode } = {},
) {
  await page.getByLabel('CPF', { exact: true }).fill(document);
  await page.getByLabel('Número do contrato').fill(contract);
  await page.getByRole('button', { name: 'Receber código' }).click();
  await page.getByRole('heading', { name: 'Digite o código' }).waitFor();
  await page.getByLabel('Código de 8 números').fill(await code());
}

/** Accepts the best offer and signs its contract, up to the payment code. */
export async function signBestOffer(page) {
  await page.getByRole('article', { name: 'Melhor oferta' }).getByRole('button').click();
  await page.getByLabel(/^Li o contrato/).check();
  await page.getByRole('button', { name: /^Assinar e pagar/ }).click();
  await page.getByRole('button', { name: 'Copiar código PIX' }).waitFor();
}
