import type { Aftercare, Agreement } from '../api/wire';
import { useApp } from '../app';
import { formatDate, formatInstant } from '../format/date';
import { Notice } from '../ui/parts';

type Outcome = 'requested' | 'confirmed' | 'refused' | 'closed';

const outcomes: Record<Aftercare['status'], Outcome> = {
  RESTORE_REQUESTED: 'requested',
  RESTORED: 'confirmed',
  RESTORE_FAILED: 'refused',
  RESTORE_CLOSED: 'closed',
  REACTIVATION_REQUESTED: 'requested',
  REACTIVATION_CONFIRMED: 'confirmed',
  REACTIVATION_REFUSED: 'refused',
  REACTIVATION_FAILED: 'refused',
  REACTIVATION_CLOSED: 'closed',
};

const benefits: Record<NonNullable<Aftercare['benefit']>, string> = {
  kept: 'As carências que você já cumpriu continuam valendo.',
  reduced: 'Você volta com carências reduzidas.',
  none: 'As carências do plano contam de novo, do início.',
};

const titles: Record<Aftercare['kind'], Record<Outcome, string>> = {
  plan: {
    requested: 'Pedimos a reativação do seu plano',
    confirmed: 'Seu plano foi reativado',
    refused: 'A reativação do seu plano não foi aceita',
    closed: 'O pedido de reativação do seu plano foi encerrado',
  },
  service: {
    requested: 'Pedimos a volta do seu sinal',
    confirmed: 'Seu sinal voltou',
    refused: 'Seu sinal ainda não voltou',
    closed: 'O pedido de volta do seu sinal foi encerrado',
  },
};

/** What became of the plan or the service that payment was to bring back. */
export function AftercareNotice({ agreement }: { agreement: Agreement }) {
  const { creditor } = useApp();
  const { aftercare } = agreement;
  // What was asked for on a payment that was taken back since is not said to be under way.
  if (!aftercare || (agreement.status === 'PENDING_FIRST_PAYMENT' && outcomes[aftercare.status] === 'requested')) return null;
  const who = creditor?.name ?? 'A empresa';
  const outcome = outcomes[aftercare.status];
  const title = titles[aftercare.kind][outcome];
  if (outcome === 'confirmed') {
    return (
      <Notice tone="good" title={title}>
        <p>{who} confirmou. Não é preciso fazer mais nada.</p>
        {aftercare.benefit && <p>{benefits[aftercare.benefit]}</p>}
        {aftercare.benefitUntil && <p>Isso vale até {formatDate(aftercare.benefitUntil)}.</p>}
      </Notice>
    );
  }
  if (outcome === 'refused' || outcome === 'closed') {
    return (
      <Notice tone="warn" title={title}>
        <p>Seu pagamento está registrado e continua valendo: não pague de novo.</p>
        {outcome === 'refused' ? (
          <p>Nossa equipe foi avisada e está tratando disso com {who}. O que vier aparece aqui: um novo pedido ou outra solução para você.</p>
        ) : (
          <p>O caso foi resolvido de outra forma com {who}. Em caso de dúvida, fale com a empresa.</p>
        )}
        {creditor && (
          <p>
            Fale com {creditor.name}:{' '}
            <a class="nowrap" href={`tel:${creditor.contacts.phone.replace(/[^\d+]/g, '')}`}>{creditor.contacts.phone}</a>
          </p>
        )}
      </Notice>
    );
  }
  return (
    <Notice tone="good" title={title}>
      <p>
        {who} recebeu o pedido.{' '}
        {aftercare.kind === 'plan' ? 'A resposta aparece aqui.' : 'O serviço costuma voltar em pouco tempo, e isso aparece aqui.'}
        {aftercare.answerBy && ` O prazo da resposta é ${formatInstant(aftercare.answerBy)}.`}
      </p>
    </Notice>
  );
}
