/** Where the participant stands. The hash alone says it, so that reload and the back button work without a server. */
export type Route =
  | { screen: 'identify' }
  | { screen: 'code' }
  | { screen: 'debts' }
  | { screen: 'proposal'; proposalId: string }
  | { screen: 'contract'; number: string }
  | { screen: 'pay'; agreementId: string; instalment: number; method: Method; otherAccount?: true }
  | { screen: 'payment'; intentId: string }
  | { screen: 'agreement'; agreementId: string; receiptOf?: string };

/** The ways to pay. */
export type Method = 'pix' | 'boleto' | 'debit';

const methodWords: Record<Method, string> = { pix: 'pix', boleto: 'boleto', debit: 'debito' };
const methodOf = (word: string) => (Object.keys(methodWords) as Method[]).find((one) => methodWords[one] === word)!;

const ulid = '[0-7][0-9A-HJKMNP-TV-Z]{25}';
const forms: [RegExp, (found: string[]) => Route][] = [
  [/^#\/entrar$/, () => ({ screen: 'identify' })],
  [/^#\/codigo$/, () => ({ screen: 'code' })],
  [/^#\/dividas$/, () => ({ screen: 'debts' })],
  [new RegExp(`^#/proposta/(${ulid})$`), ([, proposalId]) => ({ screen: 'proposal', proposalId: proposalId! })],
  [/^#\/contrato\/([A-Z0-9-]{6,40})$/, ([, number]) => ({ screen: 'contract', number: number! })],
  [
    new RegExp(`^#/pagar/(${ulid})/([1-9][0-9]?)(?:/(pix|boleto|debito)(/conta)?)?$`),
    ([, agreementId, instalment, word, account]) => ({
      screen: 'pay',
      agreementId: agreementId!,
      instalment: Number(instalment),
      method: methodOf(word ?? 'pix'),
      ...(account ? { otherAccount: true } : {}),
    }),
  ],
  [new RegExp(`^#/pagamento/(${ulid})$`), ([, intentId]) => ({ screen: 'payment', intentId: intentId! })],
  [
    new RegExp(`^#/acordo/(${ulid})(?:/recibo/(${ulid}))?$`),
    ([, agreementId, receiptOf]) => ({ screen: 'agreement', agreementId: agreementId!, ...(receiptOf ? { receiptOf } : {}) }),
  ],
];

/** Reads a location hash; anything unknown is the first screen. */
export function parseRoute(hash: string): Route {
  for (const [form, build] of forms) {
    const found = form.exec(hash);
    if (found) return build(found);
  }
  return { screen: 'identify' };
}

/** Writes a route as a location hash. */
export function formatRoute(route: Route): string {
  switch (route.screen) {
    case 'identify':
      return '#/entrar';
    case 'code':
      return '#/codigo';
    case 'debts':
      return '#/dividas';
    case 'proposal':
      return `#/proposta/${route.proposalId}`;
    case 'contract':
      return `#/contrato/${route.number}`;
    case 'pay':
      return `#/pagar/${route.agreementId}/${route.instalment}/${methodWords[route.method]}${route.otherAccount ? '/conta' : ''}`;
    case 'payment':
      return `#/pagamento/${route.intentId}`;
    case 'agreement':
      return `#/acordo/${route.agreementId}${route.receiptOf ? `/recibo/${route.receiptOf}` : ''}`;
  }
}

/** The token of an entry link `#e=…`; undefined when the hash is something else. */
export function entryToken(hash: string): string | undefined {
  return /^#e=([A-Za-z0-9._-]{20,512})$/.exec(hash)?.[1];
}

/** The creditor that the address names with `?c=`; undefined without one, or with one that no creditor can have. */
export function creditorOf(search: string): string | undefined {
  const id = new URLSearchParams(search).get('c') ?? '';
  return /^[a-z0-9][a-z0-9-]{1,30}$/.test(id) ? id : undefined;
}
