import { useEffect, useState } from 'preact/hooks';
import { endsSession, type Failure } from '../api/client';
import type { Proposal } from '../api/wire';
import { useApp } from '../app';
import { formatInstant } from '../format/date';
import { poll } from '../polling';
import { FailureNotice } from '../ui/FailureNotice';
import { Icon } from '../ui/Icon';
import { Button, Heading, Notice, Skeleton } from '../ui/parts';

/** Seconds between two questions about a review: people decide it, in minutes or days. */
const askEvery = 20;

/** Where the review of a proposal by people is waited for. */
export function ProposalScreen({ proposalId }: { proposalId: string }) {
  const { proposal, failure, retry } = useProposal(proposalId);
  const waiting = proposal?.status === 'PROPOSAL_MANUAL_REVIEW' || proposal?.status === 'PROPOSAL_CREATED';
  return (
    <div class="narrow narrow--wide">
      <Heading title={proposal && !waiting ? 'Resposta à sua proposta' : 'Proposta em análise'} />
      {failure && <FailureNotice failure={failure} onRetry={retry} />}
      {!proposal && !failure && <Skeleton lines={5} label="Carregando sua proposta" />}
      {proposal && (waiting ? <Waiting proposal={proposal} /> : <Decided proposal={proposal} />)}
    </div>
  );
}

function useProposal(proposalId: string) {
  const { client, sessionEnded } = useApp();
  const [proposal, setProposal] = useState<Proposal>();
  const [failure, setFailure] = useState<Failure>();
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let stop: (() => void) | undefined;
    let gone = false;
    const ask = async () => {
      const outcome = await client<Proposal>(`/v1/me/proposals/${proposalId}`);
      if (gone) return { more: false, failed: false };
      if (!outcome.ok) {
        if (endsSession(outcome.failure)) sessionEnded();
        else setFailure(outcome.failure);
        return { more: outcome.failure.kind !== 'problem', failed: true };
      }
      setFailure(undefined);
      setProposal(outcome.value);
      const more = outcome.value.nextAction === 'wait_review';
      return { more, failed: false, retryAfterSeconds: askEvery };
    };
    void ask().then((first) => {
      if (first.more && !gone) stop = poll(ask);
    });
    return () => {
      gone = true;
      stop?.();
    };
  }, [proposalId, turn]);
  return { proposal, failure, retry: () => setTurn((n) => n + 1) };
}

function Waiting({ proposal }: { proposal: Proposal }) {
  const { creditor, go } = useApp();
  const who = creditor?.name ?? 'A empresa';
  return (
    <section class="card card--raised" aria-labelledby="review-title">
      <h2 class="card__title" id="review-title">
        {who} está analisando sua proposta
      </h2>
      <p>Esta proposta precisa do olhar de uma pessoa antes do contrato. Você não precisa fazer nada agora.</p>
      <ol class="next-steps">
        <li>Uma pessoa da empresa analisa a proposta até {formatInstant(proposal.expiresAt)}.</li>
        <li>Se for aprovada, o contrato aparece aqui para você ler e assinar.</li>
        <li>Se não for, ou se o prazo passar, suas dívidas continuam livres para outra oferta.</li>
      </ol>
      <p class="aside-note">
        <Icon name="clock" /> Pode fechar esta página. Ao entrar de novo, você encontra a proposta aqui.
      </p>
      <p class="sr-only" role="status">
        Proposta em análise.
      </p>
      <div class="actions">
        <Button look="secondary" onClick={() => go({ screen: 'debts' })}>
          Ver dívidas e outras ofertas
        </Button>
      </div>
    </section>
  );
}

function Decided({ proposal }: { proposal: Proposal }) {
  const { go } = useApp();
  if (proposal.status === 'CONTRACT_ISSUED' || proposal.status === 'CONTRACT_SIGNED') {
    const signed = proposal.status === 'CONTRACT_SIGNED';
    return (
      <Notice tone="good" title={signed ? 'Contrato assinado' : 'Sua proposta foi aprovada'}>
        {!signed && <p>O contrato espera sua assinatura até {formatInstant(proposal.expiresAt)}.</p>}
        <Button onClick={() => go({ screen: 'contract', number: proposal.contractNumber })}>
          {signed ? 'Ver contrato' : 'Ler e assinar o contrato'}
        </Button>
      </Notice>
    );
  }
  return (
    <Notice
      tone="warn"
      title={proposal.status === 'PROPOSAL_DENIED' ? 'Sua proposta não foi aprovada' : 'Esta proposta não vale mais'}
    >
      <p>Suas dívidas estão livres para outra oferta.</p>
      <Button look="secondary" onClick={() => go({ screen: 'debts' })}>
        Ver ofertas de agora
      </Button>
    </Notice>
  );
}
