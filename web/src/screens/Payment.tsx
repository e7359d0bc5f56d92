import { useEffect, useRef, useState } from 'preact/hooks';
import { endsSession, type Failure } from '../api/client';
import type { PaymentIntent } from '../api/wire';
import { useAction, useApp, useSecondsUntil } from '../app';
import { formatCountdown, formatInstant } from '../format/date';
import { forgetKey, keyOf, mintKey } from '../memory';
import { poll } from '../polling';
import { FailureNotice } from '../ui/FailureNotice';
import { Icon } from '../ui/Icon';
import { Button, Heading, Money, Notice, Skeleton } from '../ui/parts';
import { PixCode } from './PixCode';

/** Asks for a payment code and goes on to it. Asking twice, by reload or on a bad line, gives the same code. */
export function PayScreen({ agreementId, instalment }: { agreementId: string; instalment: number }) {
  const { client, memory, go } = useApp();
  const { failure, run } = useAction();
  const intention = `pay:${agreementId}:${instalment}`;
  const ask = () =>
    void run(
      () =>
        client<PaymentIntent>('/v1/me/payment-intents', {
          method: 'POST',
          body: { agreementId, instalment, method: 'pix' },
          idempotencyKey: keyOf(memory, intention, mintKey),
        }),
      (intent) => {
        forgetKey(memory, intention);
        go({ screen: 'payment', intentId: intent.paymentIntentId }, { replace: true });
      },
    );
  useEffect(ask, []);
  return (
    <div class="narrow">
      <Heading title="Pague com PIX" />
      {failure ? (
        <>
          <FailureNotice failure={failure} onRetry={ask} />
          <Button look="quiet" onClick={() => go({ screen: 'agreement', agreementId })}>
            Ver acordo
          </Button>
        </>
      ) : (
        <Skeleton lines={8} label="Gerando seu código PIX" />
      )}
    </div>
  );
}

/** The fifth screen: the PIX code, followed until the money has come. */
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
  return (
    <div class="narrow narrow--wide">
      <Heading title={paid ? 'Pagamento confirmado' : 'Pague com PIX'} />
      {failure && <FailureNotice failure={failure} onRetry={retry} />}
      {!intent && !failure && <Skeleton lines={8} label="Carregando seu código PIX" />}
      {intent && <Standing intent={intent} />}
    </div>
  );
}

const settled = new Set<PaymentIntent['status']>(['CONFIRMED', 'REFUNDED', 'CANCELLED', 'EXPIRED']);

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
        const { status } = outcome.value;
        const late = status === 'EXPIRED' || status === 'CANCELLED';
        return { more: late ? afterwards++ < 5 : !settled.has(status), failed: false };
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
  const said = useRef('');
  said.current = statusText[intent.status];
  return (
    <>
      <section class="card card--raised pay">
        <p class="pay__what">Parcela {intent.instalment}</p>
        <p class="pay__amount">
          <Money centavos={intent.amountCentavos} large />
        </p>
        {intent.status === 'ISSUED' && intent.pix && <Payable intent={intent} pix={intent.pix} />}
        {intent.status === 'REQUESTED' && <Working text="O banco está gerando seu código. Leva poucos segundos." />}
        {intent.status === 'NOTICED' && <Working text="Recebemos o aviso do pagamento e aguardamos o dinheiro." />}
        {(intent.status === 'EXPIRED' || intent.status === 'CANCELLED') && <Lapsed intent={intent} />}
        {intent.status === 'CONFIRMED' && <Confirmed intent={intent} />}
        {intent.status === 'REFUNDED' && (
          <Notice tone="info" title="Este pagamento foi devolvido">
            <p>O valor volta para a conta de onde saiu. Em caso de dúvida, fale com a empresa.</p>
          </Notice>
        )}
      </section>
      <p class="sr-only" role="status">
        {said.current}
      </p>
    </>
  );
}

const statusText: Record<PaymentIntent['status'], string> = {
  REQUESTED: 'Gerando o código PIX.',
  ISSUED: 'Código PIX pronto. Aguardando o pagamento.',
  NOTICED: 'Pagamento em processamento.',
  CONFIRMED: 'Pagamento confirmado.',
  EXPIRED: 'O código PIX venceu.',
  CANCELLED: 'O código PIX foi cancelado.',
  REFUNDED: 'O pagamento foi devolvido.',
};

function Payable({ intent, pix }: { intent: PaymentIntent; pix: { brCode: string; qrSvg: string } }) {
  const seconds = useSecondsUntil(intent.expiresAt);
  return (
    <>
      <PixCode pix={pix} />
      <p class="pay__clock">
        <Icon name="clock" />
        {seconds > 86_400 ? (
          <>Válido até {formatInstant(intent.expiresAt)}</>
        ) : seconds > 0 ? (
          <>
            Este código vale por mais <span class="tabular">{formatCountdown(seconds)}</span>
          </>
        ) : (
          <>Conferindo se o código ainda vale…</>
        )}
      </p>
      <p class="pay__wait">
        <span class="pulse" aria-hidden="true" /> Aguardando o pagamento. Esta página se atualiza sozinha.
      </p>
    </>
  );
}

function Working({ text }: { text: string }) {
  return (
    <p class="pay__wait pay__wait--large">
      <span class="button__wheel" aria-hidden="true" /> {text}
    </p>
  );
}

function Lapsed({ intent }: { intent: PaymentIntent }) {
  const { go } = useApp();
  return (
    <Notice tone="warn" title={intent.status === 'EXPIRED' ? 'Este código venceu' : 'Este código foi cancelado'}>
      <p>Já pagou? Não pague de novo: assim que o banco avisar, o pagamento aparece aqui.</p>
      <div class="actions">
        <Button
          onClick={() => go({ screen: 'pay', agreementId: intent.agreementId, instalment: intent.instalment }, { replace: true })}
        >
          Gerar novo código
        </Button>
        <Button look="quiet" onClick={() => go({ screen: 'agreement', agreementId: intent.agreementId })}>
          Ver acordo
        </Button>
      </div>
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
