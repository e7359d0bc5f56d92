import type { Agreement, Instalment, InstalmentStatus, PaymentIntent } from '../api/wire';
import { useApp, useResource } from '../app';
import { formatDate } from '../format/date';
import { formatBRL } from '../format/money';
import { FailureNotice } from '../ui/FailureNotice';
import { Button, Heading, Skeleton } from '../ui/parts';
import { AftercareNotice } from './AftercareNotice';
import { Ended } from './Ended';
import { Receipt } from './Receipt';
import { agreementText } from './Standing';
import { Withdrawal } from './Withdrawal';

/** The last screen: the agreement, its instalments, and the receipt of what was just paid. */
export function AgreementScreen({ agreementId, receiptOf }: { agreementId: string; receiptOf: string | undefined }) {
  const { state, value, reload, ...rest } = useResource<Agreement>(`/v1/me/agreements/${agreementId}`);
  const { value: intent } = useResource<PaymentIntent>(receiptOf && `/v1/me/payment-intents/${receiptOf}`);
  return (
    <div class="narrow narrow--wide">
      <Heading title={titleOf(value, receiptOf !== undefined, intent?.status === 'REFUNDED')} />
      {intent && <Receipt intent={intent} agreement={value} />}
      {state === 'failed' && 'failure' in rest && <FailureNotice failure={rest.failure} onRetry={reload} />}
      {state === 'loading' && !value && <Skeleton lines={8} label="Carregando o acordo" />}
      {value && <Whole agreement={value} reload={reload} />}
    </div>
  );
}

function titleOf(agreement: Agreement | undefined, justPaid: boolean, sentBack: boolean): string {
  if (agreement?.status === 'FULFILLED') return 'Dívida quitada';
  if (agreement && !isLive(agreement)) return 'Acordo encerrado';
  if (sentBack) return 'Pagamento devolvido';
  return justPaid ? 'Pagamento recebido' : 'Seu acordo';
}

function isLive({ status }: Agreement): boolean {
  return status === 'ACTIVE' || status === 'PENDING_FIRST_PAYMENT';
}

function Whole({ agreement, reload }: { agreement: Agreement; reload: () => void }) {
  const { go } = useApp();
  const ended = !isLive(agreement) && agreement.status !== 'FULFILLED';
  return (
    <>
      {ended ? <Ended agreement={agreement} /> : <AftercareNotice agreement={agreement} />}
      <Deal agreement={agreement} />
      <div class="actions actions--apart">
        <Button look="secondary" onClick={() => go({ screen: 'debts' })}>
          Ver todas as dívidas
        </Button>
        <Button look="quiet" onClick={() => go({ screen: 'contract', number: agreement.contractNumber })}>
          Ler o contrato
        </Button>
        <Withdrawal
          agreement={agreement}
          onDone={() => {
            go({ screen: 'agreement', agreementId: agreement.agreementId }, { replace: true });
            reload();
          }}
        />
      </div>
    </>
  );
}

function Deal({ agreement }: { agreement: Agreement }) {
  const { name, tone } = standingOf(agreement);
  return (
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
      {agreement.excessCentavos > 0 && isLiveOrDone(agreement) && (
        <p class="deal__excess">
          Você pagou {formatBRL(agreement.excessCentavos)} a mais. Esse valor é seu: a empresa o devolve a você.
        </p>
      )}
      <PayNext agreement={agreement} />
      <ul class="dues">
        {agreement.instalments.map((one) => (
          <Due key={one.number} instalment={one} />
        ))}
      </ul>
    </section>
  );
}

/** How the agreement stands; one with an instalment overdue is live, but not in good order. */
function standingOf(agreement: Agreement): { name: string; tone: 'good' | 'warn' | 'plain' } {
  const overdue = agreement.status === 'ACTIVE' && agreement.instalments.some((one) => one.status === 'OVERDUE');
  return overdue ? { name: 'Com parcela em atraso', tone: 'warn' } : agreementText[agreement.status];
}

const isLiveOrDone = (agreement: Agreement) => isLive(agreement) || agreement.status === 'FULFILLED';

function PayNext({ agreement }: { agreement: Agreement }) {
  const { go } = useApp();
  const next = isLive(agreement)
    ? agreement.instalments.find((one) => one.status === 'OVERDUE' || one.status === 'DUE' || one.status === 'SCHEDULED')
    : undefined;
  if (!next) return null;
  const { agreementId } = agreement;
  const left = next.amountCentavos - next.paidCentavos;
  return (
    <>
      {next.paidCentavos > 0 && (
        <p class="deal__excess">
          Da parcela {next.number} você já pagou {formatBRL(next.paidCentavos)}. Faltam <strong>{formatBRL(left)}</strong>.
        </p>
      )}
      {next.status === 'OVERDUE' && (
        <p class="deal__excess">A parcela {next.number} venceu. Pague logo para o acordo continuar valendo.</p>
      )}
      <div class="actions">
        <Button onClick={() => go({ screen: 'pay', agreementId, instalment: next.number, method: 'pix' })}>
          {next.paidCentavos > 0 ? `Pagar o que falta da parcela ${next.number}` : `Pagar parcela ${next.number}`}
        </Button>
      </div>
    </>
  );
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
