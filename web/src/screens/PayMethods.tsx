import { useApp } from '../app';
import type { Memory } from '../memory';
import { formatRoute, type Method } from '../route';

/** The ways to pay in the words of the page. */
export const methodText: Record<Method, { name: string; title: string; code: string; when: string }> = {
  pix: { name: 'PIX', title: 'Pague com PIX', code: 'código PIX', when: 'na hora' },
  boleto: { name: 'Boleto', title: 'Pague com boleto', code: 'boleto', when: '1 ou 2 dias' },
  debit: { name: 'Débito', title: 'Pague com débito em conta', code: 'débito', when: 'no vencimento' },
};

const methods: Method[] = ['pix', 'boleto', 'debit'];

/** Notes the code of an instalment that was asked for in this tab. */
export function noteCode(memory: Memory, agreementId: string, instalment: number, method: Method, intentId: string): void {
  const known = memory.get('codes') ?? {};
  const at = `${agreementId}/${instalment}`;
  memory.set('codes', { ...known, [at]: { ...known[at], [method]: intentId } });
}

interface Props {
  agreementId: string;
  instalment: number;
  chosen: Method;
  /** Whether the chosen way is left out, because it is not taken. */
  without?: boolean;
}

/** The ways to pay this instalment: those that the creditor takes. */
export function PayMethods({ agreementId, instalment, chosen, without = false }: Props) {
  const { creditor, go } = useApp();
  const offered = (creditor?.paymentMethods ?? [chosen]).filter((one) => one !== chosen || !without);
  if (offered.length < (without ? 1 : 2)) return null;
  return (
    <nav class="methods" aria-label="Forma de pagamento">
      <ul>
        {offered.map((method) => {
          const route = { screen: 'pay', agreementId, instalment, method } as const;
          return (
            <li key={method}>
              <a
                class={method === chosen ? 'method is-chosen' : 'method'}
                href={formatRoute(route)}
                aria-current={method === chosen ? 'true' : undefined}
                onClick={(event) => {
                  event.preventDefault();
                  if (method !== chosen) go(route, { replace: true });
                }}
              >
                <strong>{methodText[method].name}</strong>
                <span>{methodText[method].when}</span>
              </a>
            </li>
          );
        })}
      </ul>
    </nav>
  );
}

/** Says that other codes of the same instalment may still be paid, so that nobody pays two. */
export function OtherCodes({ agreementId, instalment, chosen }: Props) {
  const { memory } = useApp();
  const codes = memory.get('codes')?.[`${agreementId}/${instalment}`] ?? {};
  const others = methods.filter((one) => one !== chosen && codes[one] !== undefined);
  if (others.length === 0) return null;
  return (
    <p class="pay__other">
      Você também pediu {others.map((one) => methodText[one].name.toLowerCase().replace('pix', 'PIX')).join(' e ')} para esta parcela.
      Pague só um: quando o dinheiro chega, os outros são cancelados.
    </p>
  );
}
