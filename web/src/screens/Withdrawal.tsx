import { useRef } from 'preact/hooks';
import type { Agreement } from '../api/wire';
import { useAction, useApp } from '../app';
import { formatInstant } from '../format/date';
import { formatBRL } from '../format/money';
import { FailureNotice } from '../ui/FailureNotice';
import { Button } from '../ui/parts';

/** Lets the participant withdraw within the days of the law, after a second thought. */
export function Withdrawal({ agreement, onDone }: { agreement: Agreement; onDone: () => void }) {
  const { client } = useApp();
  const { busy, failure, run, clear } = useAction();
  const dialog = useRef<HTMLDialogElement>(null);
  if (!agreement.withdrawableUntil) return null;
  const close = () => dialog.current?.close();
  const withdraw = () =>
    void run(
      () => client<Agreement>(`/v1/me/agreements/${agreement.agreementId}/withdrawal`, { method: 'POST', body: { confirmed: true } }),
      () => {
        close();
        onDone();
      },
    );
  return (
    <>
      <Button look="quiet" onClick={() => dialog.current?.showModal()}>
        Desistir do acordo
      </Button>
      <dialog ref={dialog} class="dialog" aria-labelledby="withdraw-title" onClose={clear}>
        <h2 class="card__title" id="withdraw-title">
          Desistir do acordo?
        </h2>
        <p>Você pode desistir sem custo até {formatInstant(agreement.withdrawableUntil)}. Se desistir:</p>
        <ul class="notice__list">
          <li>as dívidas voltam ao valor de antes, com multa e juros, e o desconto se perde;</li>
          {agreement.paidCentavos > 0 ? (
            <li>os {formatBRL(agreement.paidCentavos)} que você pagou são devolvidos a você;</li>
          ) : (
            <li>os códigos de pagamento em aberto são cancelados;</li>
          )}
          <li>não dá para voltar atrás, mas dá para fazer um novo acordo.</li>
        </ul>
        {failure && <FailureNotice failure={failure} onRetry={withdraw} />}
        <div class="actions">
          <Button onClick={close} disabled={busy}>
            Continuar com o acordo
          </Button>
          <Button look="secondary" onClick={withdraw} busy={busy} busyText="Desistindo…">
            Sim, desistir
          </Button>
        </div>
      </dialog>
    </>
  );
}
