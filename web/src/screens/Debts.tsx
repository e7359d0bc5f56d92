import { useEffect, useState } from 'preact/hooks';
import type { DebtOverview } from '../api/wire';
import { noteServerTime, useApp, useResource } from '../app';
import { FailureNotice } from '../ui/FailureNotice';
import { Heading, Money, Notice, Skeleton } from '../ui/parts';
import { DebtList } from './DebtList';
import { OfferPanel } from './OfferPanel';
import { AgreementCard, ProposalCard, ReviewCard } from './Standing';

/** The third screen: what is owed, and what can be done about it. */
export function DebtsScreen() {
  const { memory } = useApp();
  const { state, value, reload, ...rest } = useResource<DebtOverview>('/v1/me/debts');
  useEffect(() => {
    if (state === 'ready' && value) noteServerTime(memory, value.asOf);
  }, [state, value]);
  return (
    <>
      <Heading
        title={value ? `Olá, ${value.participant.firstName}` : 'Suas dívidas'}
        lead={value ? <Lead overview={value} /> : undefined}
      />
      {value && <Overview key={value.asOf} overview={value} reload={reload} />}
      {!value && state === 'failed' && 'failure' in rest && (
        <div class="narrow">
          <FailureNotice failure={rest.failure} onRetry={reload} />
        </div>
      )}
      {state === 'loading' && !value && (
        <div class="columns">
          <Skeleton lines={6} label="Carregando suas dívidas" />
          <Skeleton lines={8} label="Carregando ofertas" />
        </div>
      )}
    </>
  );
}

const openOf = (overview: DebtOverview) => overview.debts.filter((debt) => debt.status === 'OPEN');

function Overview({ overview, reload }: { overview: DebtOverview; reload: () => void }) {
  const open = openOf(overview);
  const [selected, setSelected] = useState(() => open.map((debt) => debt.debtId));
  const proposal = overview.proposals.find((one) => one.status === 'CONTRACT_ISSUED' || one.status === 'PROPOSAL_CREATED');
  const reviews = overview.proposals.filter((one) => one.status === 'PROPOSAL_MANUAL_REVIEW');
  const live = overview.agreements.filter((one) => one.status === 'ACTIVE' || one.status === 'PENDING_FIRST_PAYMENT');
  const past = overview.agreements.filter((one) => !live.includes(one));
  const side = (
    <>
      {proposal && <ProposalCard proposal={proposal} onGone={reload} />}
      {reviews.map((one) => (
        <ReviewCard key={one.proposalId} proposal={one} />
      ))}
      {live.map((agreement) => (
        <AgreementCard key={agreement.agreementId} agreement={agreement} />
      ))}
      {open.length + live.length === 0 && !proposal && reviews.length === 0 && <NothingOpen settled={overview.caseStatus === 'SETTLED'} />}
      <DebtList debts={overview.debts} selected={selected} onSelect={setSelected} />
      {past.map((agreement) => (
        <AgreementCard key={agreement.agreementId} agreement={agreement} />
      ))}
    </>
  );
  if (open.length === 0) return <div class="narrow stack">{side}</div>;
  return (
    <div class="columns">
      <div class="stack">{side}</div>
      <OfferPanel selected={selected} all={open.length} />
    </div>
  );
}

function Lead({ overview }: { overview: DebtOverview }) {
  const open = openOf(overview).length;
  if (open === 0) return <>Você não tem dívidas em aberto esperando uma oferta.</>;
  return (
    <>
      Hoje você deve <Money centavos={overview.totalCentavos} /> em {open === 1 ? '1 dívida' : `${open} dívidas`}.
    </>
  );
}

function NothingOpen({ settled }: { settled: boolean }) {
  if (settled) return <Notice tone="good" title="Está tudo pago. Obrigado!" />;
  return (
    <Notice tone="info" title="Não há nada para negociar agora">
      <p>Se você esperava ver uma dívida aqui, fale com a empresa pelos contatos no fim da página.</p>
    </Notice>
  );
}
