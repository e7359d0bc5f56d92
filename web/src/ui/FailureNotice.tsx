import type { Failure } from '../api/client';
import { useApp } from '../app';
import { Button, Notice } from './parts';

interface Props {
  failure: Failure;
  /** Does the same again; left out where that cannot help. */
  onRetry?: (() => void) | undefined;
}

/** Says what went wrong, and offers the one thing that helps. */
export function FailureNotice({ failure, onRetry }: Props) {
  if (failure.kind === 'offline') {
    return (
      <Notice tone="bad" title="Sem conexão com a internet">
        <p>Verifique sua rede. Nada do que você fez se perdeu.</p>
        {onRetry && (
          <Button look="secondary" onClick={onRetry}>
            Tentar de novo
          </Button>
        )}
      </Notice>
    );
  }
  if (failure.kind === 'timeout') {
    return (
      <Notice tone="bad" title="A resposta está demorando">
        <p>Pode tentar de novo sem receio: o mesmo pedido nunca vale duas vezes.</p>
        {onRetry && (
          <Button look="secondary" onClick={onRetry}>
            Tentar de novo
          </Button>
        )}
      </Notice>
    );
  }
  const { title, detail, errors, correlationId, code } = failure.problem;
  return (
    <Notice tone="bad" title={title}>
      {detail && <p>{detail}</p>}
      {errors && (
        <ul class="notice__list">
          {errors.map((error) => (
            <li key={error.field + error.message}>{error.message}</li>
          ))}
        </ul>
      )}
      <WayOut failure={failure} onRetry={onRetry} />
      {(code === 'internal' || code === 'temporarily_unavailable') && correlationId !== '' && (
        <p class="notice__ref">Se precisar falar conosco, informe o código {correlationId}.</p>
      )}
    </Notice>
  );
}

function WayOut({ failure, onRetry }: Props) {
  const { go, creditor } = useApp();
  if (failure.kind !== 'problem') return null;
  const { nextAction, code } = failure.problem;
  switch (nextAction) {
    case 'choose_offer':
    case 'see_debts':
      return (
        <Button look="secondary" onClick={() => toDebts(go)}>
          Ver dívidas e ofertas de agora
        </Button>
      );
    case 'log_in':
      return (
        <Button look="secondary" onClick={() => go({ screen: 'identify' })}>
          Identificar-se
        </Button>
      );
    case 'contact_creditor':
      return creditor ? (
        <p>
          Fale com {creditor.name}:{' '}
          <a class="nowrap" href={`tel:${creditor.contacts.phone.replace(/[^\d+]/g, '')}`}>{creditor.contacts.phone}</a>
        </p>
      ) : null;
    case 'sign_contract':
      return code === 'contract_changed' && onRetry ? (
        <Button look="secondary" onClick={onRetry}>
          Ler o texto atual
        </Button>
      ) : null;
    default:
      return onRetry ? (
        <Button look="secondary" onClick={onRetry}>
          Tentar de novo
        </Button>
      ) : null;
  }
}

function toDebts(go: ReturnType<typeof useApp>['go']): void {
  if (location.hash === '#/dividas') location.reload();
  else go({ screen: 'debts' });
}
