import { useEffect, useState } from 'preact/hooks';
import type { Failure } from '../api/client';
import type { DebitRequest, PaymentIntent } from '../api/wire';
import { useAction, useApp } from '../app';
import { forgetKey, keyOf, mintKey } from '../memory';
import type { Route } from '../route';
import { FailureNotice } from '../ui/FailureNotice';
import { Button, Heading, Notice, Skeleton } from '../ui/parts';
import { DebitForm } from './DebitForm';
import { methodText, noteCode, PayMethods } from './PayMethods';

type At = Extract<Route, { screen: 'pay' }>;

/**
 * Asks for a payment in one way and goes on to it. Asking twice, by reload or on a bad line, gives the same code. A debit is first asked
 * for under the account that was authorised before; only without one is the account asked for.
 */
export function PayScreen({ at }: { at: At }) {
  const { agreementId, instalment, method } = at;
  const { client, memory, go } = useApp();
  const { failure, busy, run } = useAction();
  const [wanted, setWanted] = useState(at.otherAccount ?? false);
  const ask = (debit?: DebitRequest) => {
    const intention = `pay:${agreementId}:${instalment}:${method}:${debit ? JSON.stringify(debit) : ''}`;
    void run(
      () =>
        client<PaymentIntent>('/v1/me/payment-intents', {
          method: 'POST',
          body: { agreementId, instalment, method, ...(debit ? { debit } : {}) },
          idempotencyKey: keyOf(memory, intention, mintKey),
        }),
      (intent) => {
        forgetKey(memory, intention);
        noteCode(memory, agreementId, instalment, method, intent.paymentIntentId);
        go({ screen: 'payment', intentId: intent.paymentIntentId }, { replace: true });
      },
    );
  };
  useEffect(() => {
    if (!wanted) ask();
  }, []);
  useEffect(() => {
    if (!failure) return;
    if (method === 'debit' && asksForAccount(failure)) setWanted(true);
  }, [failure]);

  return (
    <div class="narrow narrow--wide">
      <Heading title={methodText[method].title} />
      {failure && codeOf(failure) === 'method_not_available' ? (
        <NotTaken at={at} />
      ) : (
        <>
          <PayMethods agreementId={agreementId} instalment={instalment} chosen={method} />
          {wanted ? (
            <DebitForm busy={busy} failure={failure && !asksForAccount(failure) ? failure : undefined} onSend={ask} />
          ) : failure && !(method === 'debit' && asksForAccount(failure)) ? (
            <>
              <FailureNotice failure={failure} onRetry={() => ask()} />
              <Button look="quiet" onClick={() => go({ screen: 'agreement', agreementId })}>
                Ver acordo
              </Button>
            </>
          ) : (
            <Skeleton lines={8} label={`Gerando seu ${methodText[method].code}`} />
          )}
        </>
      )}
    </div>
  );
}

function NotTaken({ at }: { at: At }) {
  const { go, creditor } = useApp();
  const { agreementId, instalment, method } = at;
  return (
    <>
      <Notice tone="warn" title={`${creditor?.name ?? 'A empresa'} não recebe por ${methodText[method].name}`}>
        <p>Escolha outra forma de pagar a parcela {instalment}.</p>
      </Notice>
      <PayMethods agreementId={agreementId} instalment={instalment} chosen={method} without />
      <Button look="quiet" onClick={() => go({ screen: 'agreement', agreementId })}>
        Ver acordo
      </Button>
    </>
  );
}

function codeOf(failure: Failure): string | undefined {
  return failure.kind === 'problem' ? failure.problem.code : undefined;
}

/** Whether what is missing is the account to debit, and nothing within it. */
function asksForAccount(failure: Failure): boolean {
  return failure.kind === 'problem' && (failure.problem.errors ?? []).some(({ field }) => field === 'debit');
}
