import type { Agreement, PaymentIntent } from '../api/wire';
import { useApp } from '../app';
import { formatInstant } from '../format/date';
import { formatBRL } from '../format/money';
import { Icon } from '../ui/Icon';
import { Facts, Money, Notice } from '../ui/parts';
import { methodText } from './PayMethods';

/** The receipt of one payment, with what it did not reach, or that it was sent back; nothing while it is not confirmed. */
export function Receipt({ intent: value, agreement }: { intent: PaymentIntent; agreement: Agreement | undefined }) {
  const { creditor } = useApp();
  if (value.status === 'REFUNDED') return <SentBack intent={value} agreement={agreement} />;
  if (value.status !== 'CONFIRMED') return null;
  const instalment = agreement?.instalments[value.instalment - 1];
  const left = instalment ? instalment.amountCentavos - instalment.paidCentavos : 0;
  return (
    <section class="receipt" aria-labelledby="receipt-title">
      <span class="paid__mark" aria-hidden="true">
        <Icon name="check" />
      </span>
      <h2 id="receipt-title">{left > 0 ? 'Recebemos uma parte do pagamento' : 'Recebemos seu pagamento'}</h2>
      <p class="receipt__amount">
        <Money centavos={left > 0 && instalment ? instalment.paidCentavos : value.amountCentavos} large />
      </p>
      {left > 0 && (
        <p class="receipt__part">
          O valor pago não cobre a parcela inteira. Faltam <strong>{formatBRL(left)}</strong> da parcela{'\u00a0'}
          {value.instalment}.
        </p>
      )}
      <Facts
        rows={[
          ['Parcela', String(value.instalment)],
          ['Forma de pagamento', methodText[value.method].name],
          ['Recebido em', value.confirmedAt ? formatInstant(value.confirmedAt) : ''],
          ...(creditor ? ([['Para', creditor.name]] as [string, string][]) : []),
          ['Identificador', <code key="id">{value.paymentIntentId}</code>],
        ]}
      />
      <p class="receipt__note">O comprovante também vai para o seu <span class="nowrap">e-mail</span>.</p>
    </section>
  );
}

function SentBack({ intent, agreement }: { intent: PaymentIntent; agreement: Agreement | undefined }) {
  const owed = agreement?.nextAction === 'pay';
  return (
    <Notice tone="warn" title={`O pagamento da parcela ${intent.instalment} foi devolvido`}>
      <p>
        {formatBRL(intent.amountCentavos)} voltaram para a conta de onde saíram.{' '}
        {owed && 'A parcela está em aberto de novo: pague outra vez para o acordo continuar valendo.'}
      </p>
    </Notice>
  );
}
