import type { Agreement, Instalment, InstalmentStatus, PaymentIntent } from '../api/wire';
import { useApp, useResource } from '../app';
import { formatDate, formatInstant } from '../format/date';
import { formatBRL } from '../format/money';
import { FailureNotice } from '../ui/FailureNotice';
import { Icon } from '../ui/Icon';
import { Button, Facts, Heading, Money, Notice, Skeleton } from '../ui/parts';
import { agreementText } from './Standing';

/** The last screen: the agreement, its instalments, and the receipt of what was just paid. */
export function AgreementScreen({ agreementId, receiptOf }: { agreementId: string; receiptOf: string | undefined }) {
  const { state, value, reload, ...rest } = useResource<Agreement>(`/v1/me/agreements/${agreementId}`);
  return (
    <div class="narrow narrow--wide">
      <Heading title={titleOf(value, receiptOf !== undefined)} />
      {receiptOf !== undefined && <Receipt intentId={receiptOf} />}
      {state === 'failed' && 'failure' in rest && <FailureNotice failure={rest.failure} onRetry={reload} />}
      {state === 'loading' && !value && <Skeleton lines={8} label="Carregando o acordo" />}
      {value && <Whole agreement={value} />}
    </div>
  );
}

function titleOf(agreement: Agreement | undefined, justPaid: boolean): string {
  if (agreement?.status === 'FULFILLED') return 'Dívida quitada';
  return justPaid ? 'Pagamento recebido' : 'Seu acordo';
}

function Receipt({ intentId }: { intentId: string }) {
  const { creditor } = useApp();
  const { value } = useResource<PaymentIntent>(`/v1/me/payment-intents/${intentId}`);
  if (value?.status !== 'CONFIRMED') return null;
  return (
    <section class="receipt" aria-labelledby="receipt-title">
      <span class="paid__mark" aria-hidden="true">
        <Icon name="check" />
      </span>
      <h2 id="receipt-title">Recebemos seu pagamento</h2>
      <p class="receipt__amount">
        <Money centavos={value.amountCentavos} large />
      </p>
      <Facts
        rows={[
          ['Parcela', String(value.instalment)],
          ['Recebido em', value.confirmedAt ? formatInstant(value.confirmedAt) : ''],
          ...(creditor ? ([['Para', creditor.name]] as [string, string][]) : []),
          ['Identificador', <code key="id">{value.paymentIntentId}</code>],
        ]}
      />
      <p class="receipt__note">O comprovante também vai para o seu e-mail.</p>
    </section>
  );
}

function Whole({ agreement }: { agreement: Agreement }) {
  const { go } = useApp();
  const { name, tone } = agreementText[agreement.status];
  const next = payableNext(agreement);
  return (
    <>
      <Aftercare agreement={agreement} />
      <section class="card" aria-labelledby="deal-title">
        <div class="card__head">
          <h2 class="card__title" id="deal-title">
            Parcelas
          </h2>
          <p class={`chip chip--${tone}`}>{name}</p>
        </div>
        <p class="reference">Contrato {agreement.contractNumber}</p>
        <p class="deal__paid">
          <strong>{formatBRL(agreement.paidCentavos)}</strong> pagos de {formatBRL(agreement.totalCentavos)}
        </p>
        <progress
          class="deal__bar"
          value={agreement.paidCentavos}
          max={agreement.totalCentavos}
          aria-label="Quanto do acordo está pago"
        />
        {agreement.excessCentavos > 0 && (
          <p class="deal__excess">
            Você pagou {formatBRL(agreement.excessCentavos)} a mais. A empresa vai tratar da devolução com você.
          </p>
        )}
        {next && (
          <div class="actions">
            <Button onClick={() => go({ screen: 'pay', agreementId: agreement.agreementId, instalment: next.number, method: 'pix' })}>
              Pagar parcela {next.number}
            </Button>
          </div>
        )}
        <ul class="dues">
          {agreement.instalments.map((one) => (
            <Due key={one.number} instalment={one} />
          ))}
        </ul>
      </section>
      <div class="actions actions--apart">
        <Button look="secondary" onClick={() => go({ screen: 'debts' })}>
          Ver todas as dívidas
        </Button>
        <Button look="quiet" onClick={() => go({ screen: 'contract', number: agreement.contractNumber })}>
          Ler o contrato
        </Button>
      </div>
    </>
  );
}

function payableNext(agreement: Agreement): Instalment | undefined {
  if (agreement.status !== 'ACTIVE' && agreement.status !== 'PENDING_FIRST_PAYMENT') return undefined;
  return agreement.instalments.find((one) => one.status === 'OVERDUE' || one.status === 'DUE' || one.status === 'SCHEDULED');
}

const dueText: Record<InstalmentStatus, { name: string; tone: 'good' | 'warn' | 'plain' }> = {
  SCHEDULED: { name: 'A vencer', tone: 'plain' },
  DUE: { name: 'A pagar', tone: 'warn' },
  OVERDUE: { name: 'Em atraso', tone: 'warn' },
  PAID: { name: 'Paga', tone: 'good' },
  PAID_LATE: { name: 'Paga com atraso', tone: 'good' },
  CANCELLED: { name: 'Cancelada', tone: 'plain' },
};

function Due({ instalment }: { instalment: Instalment }) {
  const { name, tone } = dueText[instalment.status];
  const partly = instalment.paidCentavos > 0 && instalment.paidCentavos < instalment.amountCentavos;
  return (
    <li class="due">
      <span class="due__number">{instalment.number}ª</span>
      <span class="due__when">
        {formatDate(instalment.dueDate)}
        {partly && <span class="due__partly">{formatBRL(instalment.paidCentavos)} já pagos</span>}
      </span>
      <span class="due__amount">{formatBRL(instalment.amountCentavos)}</span>
      <span class={`chip chip--${tone}`}>{name}</span>
    </li>
  );
}

function Aftercare({ agreement }: { agreement: Agreement }) {
  const { creditor } = useApp();
  if (!agreement.aftercare) return null;
  const who = creditor?.name ?? 'A empresa';
  return agreement.aftercare.kind === 'plan' ? (
    <Notice tone="good" title="Pedimos a reativação do seu plano">
      <p>{who} recebeu o pedido agora e confirma a reativação com você.</p>
    </Notice>
  ) : (
    <Notice tone="good" title="Pedimos a volta do seu sinal">
      <p>{who} recebeu o pedido agora. O serviço costuma voltar em pouco tempo.</p>
    </Notice>
  );
}
