import type { AgreementStatus, AgreementSummary, Proposal, ProposalSummary } from '../api/wire';
import { useAction, useApp } from '../app';
import { formatDateShort, formatInstant } from '../format/date';
import { formatBRL } from '../format/money';
import { FailureNotice } from '../ui/FailureNotice';
import { Button, Facts } from '../ui/parts';

/** How an agreement stands, in the words of the page. */
export const agreementText: Record<AgreementStatus, { name: string; tone: 'good' | 'warn' | 'plain' }> = {
  PENDING_FIRST_PAYMENT: { name: 'Aguardando o primeiro pagamento', tone: 'warn' },
  ACTIVE: { name: 'Em andamento', tone: 'good' },
  FULFILLED: { name: 'Quitado', tone: 'good' },
  BREACHED: { name: 'Desfeito por falta de pagamento', tone: 'warn' },
  WITHDRAWN: { name: 'Cancelado', tone: 'plain' },
  LAPSED: { name: 'Encerrado sem pagamento', tone: 'plain' },
};

/** A contract that was begun and still waits for its signature. */
export function ProposalCard({ proposal, onGone }: { proposal: ProposalSummary; onGone: () => void }) {
  const { client, go } = useApp();
  const { busy, failure, run } = useAction();
  const giveUp = () => run(() => client<Proposal>(`/v1/me/proposals/${proposal.proposalId}`, { method: 'DELETE' }), onGone);
  return (
    <section class="card card--call" aria-labelledby={`p-${proposal.proposalId}`}>
      <h2 class="card__title" id={`p-${proposal.proposalId}`}>
        Falta só assinar
      </h2>
      <p>Seu contrato espera a assinatura até {formatInstant(proposal.expiresAt)}.</p>
      <p class="reference">Contrato {proposal.contractNumber}</p>
      {failure && <FailureNotice failure={failure} onRetry={giveUp} />}
      <div class="actions">
        <Button onClick={() => go({ screen: 'contract', number: proposal.contractNumber })}>Ler e assinar</Button>
        <Button look="quiet" onClick={giveUp} busy={busy}>
          Desistir desta proposta
        </Button>
      </div>
    </section>
  );
}

/** A proposal that people of the creditor have to look at first. */
export function ReviewCard({ proposal }: { proposal: ProposalSummary }) {
  const { go } = useApp();
  return (
    <section class="card" aria-labelledby={`r-${proposal.proposalId}`}>
      <h2 class="card__title" id={`r-${proposal.proposalId}`}>
        Proposta em análise
      </h2>
      <p>A empresa responde até {formatInstant(proposal.expiresAt)}.</p>
      <div class="actions">
        <Button look="secondary" onClick={() => go({ screen: 'proposal', proposalId: proposal.proposalId })}>
          Acompanhar
        </Button>
      </div>
    </section>
  );
}

/** An agreement in short, with the way to its next payment. */
export function AgreementCard({ agreement }: { agreement: AgreementSummary }) {
  const { go } = useApp();
  const { name, tone } = agreementText[agreement.status];
  const next = agreement.nextInstalment;
  const payable = next !== undefined && (agreement.status === 'ACTIVE' || agreement.status === 'PENDING_FIRST_PAYMENT');
  return (
    <section class={payable ? 'card card--call' : 'card'} aria-labelledby={`a-${agreement.agreementId}`}>
      <div class="card__head">
        <h2 class="card__title" id={`a-${agreement.agreementId}`}>
          Acordo
        </h2>
        <p class={`chip chip--${tone}`}>{name}</p>
      </div>
      <p class="reference">Contrato {agreement.contractNumber}</p>
      <Facts
        rows={[
          ['Pago até agora', `${formatBRL(agreement.paidCentavos)} de ${formatBRL(agreement.totalCentavos)}`],
          ...(payable
            ? ([['Próxima parcela', `${formatBRL(next.amountCentavos)} em ${formatDateShort(next.dueDate)}`]] as [
                string,
                string,
              ][])
            : []),
        ]}
      />
      <div class="actions">
        {payable && (
          <Button onClick={() => go({ screen: 'pay', agreementId: agreement.agreementId, instalment: next.number, method: 'pix' })}>
            Pagar parcela {next.number}
          </Button>
        )}
        <Button
          look={payable ? 'quiet' : 'secondary'}
          onClick={() => go({ screen: 'agreement', agreementId: agreement.agreementId })}
        >
          Ver acordo
        </Button>
      </div>
    </section>
  );
}
