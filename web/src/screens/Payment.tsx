import { useEffect, useState } from 'preact/hooks';
import { endsSession, type Failure } from '../api/client';
import type { IntentStatus, PaymentIntent } from '../api/wire';
import { useApp, useSecondsUntil } from '../app';
import { formatCountdown, formatInstant } from '../format/date';
import type { Method } from '../route';
import { poll } from '../polling';
import { FailureNotice } from '../ui/FailureNotice';
import { Icon } from '../ui/Icon';
import { Button, Heading, Money, Notice, Skeleton } from '../ui/parts';
import { methodText, OtherCodes, PayMethods } from './PayMethods';
import { PixCode } from './PixCode';
import { SlipCode } from './SlipCode';

/** The fifth screen: one payment, followed until the money has come. */
export function PaymentScreen({ intentId }: { intentId: string }) {
  const { go } = useApp();
  const { intent, failure, retry } = useIntent(intentId);
  const paid = intent?.status === 'CONFIRMED';
  useEffect(() => {
    if (!paid || !intent) return;
    const timer = setTimeout(
      () => go({ screen: 'agreement', agreementId: intent.agreementId, receiptOf: intentId }, { replace: true }),
      1200,
    );
    return () => clearTimeout(timer);
  }, [paid]);
  const choosing = intent && (intent.status === 'ISSUED' || intent.status === 'REQUESTED');
  return (
    <div class="narrow narrow--wide">
      <Heading title={paid ? 'Pagamento confirmado' : intent ? methodText[intent.method].title : 'Seu pagamento'} />
      {failure && <FailureNotice failure={failure} onRetry={retry} />}
      {!intent && !failure && <Skeleton lines={8} label="Carregando seu pagamento" />}
      {choosing && <PayMethods agreementId={intent.agreementId} instalment={intent.instalment} chosen={intent.method} />}
      {intent && <Standing intent={intent} />}
    </div>
  );
}

const settled = new Set<IntentStatus>(['CONFIRMED', 'REFUNDED', 'CANCELLED', 'EXPIRED']);

/** Seconds between two questions about what takes days, such as a boleto. */
const slowEvery = 10;

/** Reads an intent and keeps asking. An expired one is asked about for a while longer, as money wins over expiry. */
function useIntent(intentId: string) {
  const { client, sessionEnded } = useApp();
  const [intent, setIntent] = useState<PaymentIntent>();
  const [failure, setFailure] = useState<Failure>();
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let stop: (() => void) | undefined;
    let gone = false;
    let afterwards = 0;
    const ask = async () => {
      const outcome = await client<PaymentIntent>(`/v1/me/payment-intents/${intentId}`);
      if (gone) return { more: false, failed: false };
      if (outcome.ok) {
        setIntent(outcome.value);
        setFailure(undefined);
        const { status, method } = outcome.value;
        const late = status === 'EXPIRED' || status === 'CANCELLED';
        const slow = method !== 'pix' && status !== 'REQUESTED';
        return { more: late ? afterwards++ < 5 : !settled.has(status), failed: false, ...(slow ? { retryAfterSeconds: slowEvery } : {}) };
      }
      if (endsSession(outcome.failure)) {
        sessionEnded();
        return { more: false, failed: true };
      }
      setFailure(outcome.failure);
      const problem = outcome.failure.kind === 'problem' ? outcome.failure.problem : undefined;
      const hopeless = problem !== undefined && problem.status < 500 && problem.status !== 429;
      return { more: !hopeless, failed: true, retryAfterSeconds: problem?.retryAfterSeconds };
    };
    void ask().then((first) => {
      if (first.more && !gone) stop = poll(ask);
    });
    return () => {
      gone = true;
      stop?.();
    };
  }, [intentId, turn]);
  return { intent, failure, retry: () => setTurn((n) => n + 1) };
}

function Standing({ intent }: { intent: PaymentIntent }) {
  const { agreementId, instalment, method, status } = intent;
  return (
    <>
      <section class="card card--raised pay">
        <p class="pay__what">Parcela {instalment}</p>
        <p class="pay__amount">
          <Money centavos={intent.amountCentavos} large />
        </p>
        {status === 'ISSUED' && <Payable intent={intent} />}
        {status === 'REQUESTED' && <Working text={requestedText[method]} />}
        {status === 'NOTICED' && <Noticed />}
        {(status === 'EXPIRED' || status === 'CANCELLED') && <Lapsed intent={intent} />}
        {status === 'CONFIRMED' && <Confirmed intent={intent} />}
        {status === 'REFUNDED' && (
          <Notice tone="info" title="Este pagamento foi devolvido">
            <p>O valor volta para a conta de onde saiu. Em caso de dúvida, fale com a empresa.</p>
          </Notice>
        )}
        {status === 'ISSUED' && <OtherCodes agreementId={agreementId} instalment={instalment} chosen={method} />}
      </section>
      <p class="sr-only" role="status">
        {saidOf(intent)}
      </p>
    </>
  );
}

const requestedText: Record<Method, string> = {
  pix: 'O banco está gerando seu código. Leva poucos segundos.',
  boleto: 'O banco está registrando seu boleto. Leva poucos segundos.',
  debit: 'Estamos registrando o débito. Leva poucos segundos.',
};

function saidOf({ status, method }: PaymentIntent): string {
  const what = methodText[method].code;
  const said: Record<IntentStatus, string> = {
    REQUESTED: `Gerando: ${what}.`,
    ISSUED: `Pronto: ${what}. Aguardando o pagamento.`,
    NOTICED: 'Pagamento identificado, aguardando compensação.',
    CONFIRMED: 'Pagamento confirmado.',
    EXPIRED: `Vencido: ${what}.`,
    CANCELLED: `Cancelado: ${what}.`,
    REFUNDED: 'O pagamento foi devolvido.',
  };
  return said[status];
}

function Payable({ intent }: { intent: PaymentIntent }) {
  const { pix, boleto, debit } = intent;
  return (
    <>
      {boleto && <SlipCode slip={boleto} />}
      {boleto && pix && <h2 class="pay__or">Ou pague o mesmo boleto com PIX, na hora</h2>}
      {pix && <PixCode pix={pix} />}
      {debit && <Debit intent={intent} status={debit.mandateStatus} />}
      <Until intent={intent} />
      <p class="pay__wait">
        <span class="pulse" aria-hidden="true" /> Aguardando o pagamento. Esta página se atualiza sozinha.
      </p>
    </>
  );
}

/** Until when it can be paid. What lasts for hours is counted down, what lasts for days is not. */
function Until({ intent }: { intent: PaymentIntent }) {
  const seconds = useSecondsUntil(intent.expiresAt);
  if (intent.method === 'debit') return null;
  const what = intent.method === 'boleto' ? 'Este boleto' : 'Este código';
  return (
    <p class="pay__clock">
      <Icon name="clock" />
      {seconds > 86_400 ? (
        <>
          {what} pode ser pago até {formatInstant(intent.expiresAt)}
        </>
      ) : seconds > 0 ? (
        <>
          {what} vale por mais <span class="tabular">{formatCountdown(seconds)}</span>
        </>
      ) : (
        <>Conferindo se ainda vale…</>
      )}
    </p>
  );
}

function Debit({ intent, status }: { intent: PaymentIntent; status: 'ACTIVE' | 'BROKEN' }) {
  const { go } = useApp();
  const { agreementId, instalment } = intent;
  const other = () => go({ screen: 'pay', agreementId, instalment, method: 'debit', otherAccount: true }, { replace: true });
  return (
    <div class="debit">
      {status === 'ACTIVE' ? (
        <Notice tone="good" title="Débito autorizado">
          <p>Seu banco debita o valor na data da parcela. Deixe saldo na conta; você não precisa fazer mais nada.</p>
        </Notice>
      ) : (
        <Notice tone="warn" title="O banco não aceita mais débitos desta autorização">
          <p>Informe outra conta ou escolha outra forma de pagar.</p>
        </Notice>
      )}
      <Button look="secondary" onClick={other}>
        Usar outra conta
      </Button>
    </div>
  );
}

function Noticed() {
  return (
    <Notice tone="info" title="Pagamento identificado, aguardando compensação">
      <p>O banco avisou que você pagou. O dinheiro costuma chegar no próximo dia útil, e aí a parcela fica quitada.</p>
      <p>Não pague de novo. Pode fechar esta página: nada mais precisa ser feito.</p>
    </Notice>
  );
}

function Working({ text }: { text: string }) {
  return (
    <p class="pay__wait pay__wait--large">
      <span class="button__wheel" aria-hidden="true" /> {text}
    </p>
  );
}

const lateMoney = 'Já pagou? Não pague de novo: assim que o banco avisar, o pagamento aparece aqui.';

interface LapsedText {
  name: string;
  text: string;
  again: string;
}

const lapsedText: Record<Method, LapsedText> = {
  pix: { name: 'Este código', text: lateMoney, again: 'Gerar novo código' },
  boleto: { name: 'Este boleto', text: lateMoney, again: 'Gerar novo boleto' },
  debit: {
    name: 'Este débito',
    text: 'O banco não fez o débito. Confira o saldo da conta e tente de novo, ou pague de outra forma.',
    again: 'Tentar o débito de novo',
  },
};

const brokenText: LapsedText = {
  name: 'Este débito',
  text: 'O banco não aceita débitos nesta conta. Informe outra conta ou pague de outra forma.',
  again: 'Usar outra conta',
};

function Lapsed({ intent }: { intent: PaymentIntent }) {
  const { go } = useApp();
  const { agreementId, instalment, method, status, nextAction } = intent;
  const broken = intent.debit?.mandateStatus === 'BROKEN';
  const { name, text, again } = broken ? brokenText : lapsedText[method];
  const otherAccount = broken ? { otherAccount: true as const } : {};
  const payable = nextAction === 'pay';
  return (
    <Notice tone="warn" title={`${name} ${status === 'EXPIRED' ? 'venceu' : 'foi cancelado'}`}>
      <p>{text}</p>
      <div class="actions">
        {payable && (
          <Button onClick={() => go({ screen: 'pay', agreementId, instalment, method, ...otherAccount }, { replace: true })}>{again}</Button>
        )}
        <Button look={payable ? 'quiet' : 'secondary'} onClick={() => go({ screen: 'agreement', agreementId })}>
          Ver acordo
        </Button>
      </div>
      {payable && <PayMethods agreementId={agreementId} instalment={instalment} chosen={method} without />}
    </Notice>
  );
}

function Confirmed({ intent }: { intent: PaymentIntent }) {
  return (
    <div class="paid">
      <span class="paid__mark" aria-hidden="true">
        <Icon name="check" />
      </span>
      <p>Recebemos seu pagamento{intent.confirmedAt && ` em ${formatInstant(intent.confirmedAt)}`}.</p>
    </div>
  );
}
