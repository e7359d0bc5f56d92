import { openPage } from './browser.mjs';
import { eventually } from './cloud.mjs';
import { giveCode, logIn } from './steps.mjs';

/** The people of e2e/portfolio, each for one story. */
export const people = {
  boleto: { document: '52601815906', contract: 'VP-BOLETO', email: 'ana@correio.example' },
  several: { document: '08301661305', contract: 'VP-SEVERAL', email: 'bruno@correio.example' },
  twice: { document: '18609139034', contract: 'VP-TWICE', email: 'clara@correio.example' },
  part: { document: '99603082430', contract: 'VP-PART', email: 'davi@correio.example' },
  late: { document: '62819482112', contract: 'VP-LATE', email: 'elisa@correio.example' },
  expired: { document: '99351819019', contract: 'VP-EXPIRED', email: 'fabio@correio.example' },
  withdraw: { document: '93786579741', contract: 'VP-WITHDRAW', email: 'gilda@correio.example' },
  lapse: { document: '54323194897', contract: 'VP-LAPSE', email: 'hugo@correio.example' },
  debit: { document: '41094668575', contract: 'VP-DEBIT', email: 'joana@correio.example' },
  breach: { document: '78778932807', contract: 'VP-BREACH', email: 'iara@correio.example' },
};

/** How people come in: through the portal of a cloud of startCloud, in a browser; both are asked for when somebody comes. */
export function door(browser, cloud) {
  /** Opens the portal and logs one person in, with the code that comes to their inbox. */
  async function enter(who, options) {
    const { origin } = cloud();
    const opened = await openPage(browser(), origin, options);
    await opened.page.goto(`${origin}/?c=vida-plena`);
    await logIn(opened.page, await credentials(who));
    return opened;
  }

  /** Logs in again after time has passed, and goes to a place. */
  async function enterAgain(page, who, hash) {
    await page.context().clearCookies();
    await page.goto(`${cloud().origin}/?c=vida-plena#/entrar`);
    await page.reload();
    // A portal whose session ended while it was open leads back to where it was.
    await giveCode(page, await credentials(who));
    await page.getByRole('button', { name: 'Sair' }).waitFor();
    await page.evaluate((to) => (location.hash = to), hash);
  }

  async function credentials({ document, contract, email }) {
    const codes = async () => {
      const { messages } = await cloud().local(`outbox?to=${encodeURIComponent(email)}&limit=50`);
      return messages.filter((message) => message.templateId === 'otp-code');
    };
    const seen = new Set((await codes()).map((message) => message.id));
    const code = async () => {
      const fresh = async () => (await codes()).find((message) => !seen.has(message.id));
      const { body } = await eventually(fresh, 'the code');
      return /(?<!\d)\d{8}(?!\d)/.exec(body.replace(/(\d{4}) (\d{4})/, '$1$2'))[0];
    };
    return { document, contract, code };
  }

  return { enter, enterAgain };
}
