import { useState } from 'preact/hooks';
import type { Offer, Proposal } from '../api/wire';
import { useAction, useApp } from '../app';
import { formatDateShort, formatInstant } from '../format/date';
import { formatBRL, formatFraction, formatPercent, isZeroDecimal, wholePercent } from '../format/money';
import { forgetKey, keyOf, mintKey } from '../memory';
import { Button, Facts, Money } from '../ui/parts';
import { OfferTerms } from './OfferTerms';

/** Accepting an offer, for whatever shows one. */
export type Accept = ReturnType<typeof useAccept>;

/** Accepts offers one at a time and goes on to the contract, or to where its review is waited for. */
export function useAccept() {
  const { client, memory, go } = useApp();
  const { busy, failure, run } = useAction();
  const [taking, setTaking] = useState<Offer>();
  const take = (offer: Offer, key: string) => {
    setTaking(offer);
    void run(
      () => client<Proposal>('/v1/me/proposals', { method: 'POST', body: { offerId: offer.offerId }, idempotencyKey: key }),
      (proposal) => {
        forgetKey(memory, intentionOf(offer));
        memory.set('chosen', { contractNumber: proposal.contractNumber, offer });
        go(
          proposal.nextAction === 'wait_review'
            ? { screen: 'proposal', proposalId: proposal.proposalId }
            : { screen: 'contract', number: proposal.contractNumber },
        );
      },
    );
  };
  const again = taking ? () => take(taking, keyOf(memory, intentionOf(taking), mintKey)) : undefined;
  return { busy, failure, taking, take, again };
}

function intentionOf(offer: Offer): string {
  return `offer:${offer.offerId.slice(-43)}`;
}

/** The button that accepts an offer. */
export function AcceptButton({ offer, accept, look, stale, children }: AcceptButtonProps) {
  const { memory } = useApp();
  const [key] = useState(() => keyOf(memory, intentionOf(offer), mintKey));
  return (
    <Button
      look={look}
      disabled={stale || (accept.busy && accept.taking !== offer)}
      busy={accept.busy && accept.taking === offer}
      busyText="Preparando o contrato…"
      onClick={() => accept.take(offer, key)}
    >
      {children}
    </Button>
  );
}

interface AcceptButtonProps {
  offer: Offer;
  accept: Accept;
  look: 'primary' | 'secondary';
  stale: boolean;
  children: preact.ComponentChildren;
}

interface OfferCardProps {
  /** What stands above it, and names it. */
  title: string;
  offer: Offer;
  originalCentavos: number;
  accept: Accept;
  stale: boolean;
}

/** One offer in full. */
export function OfferCard({ title, offer, originalCentavos, accept, stale }: OfferCardProps) {
  const saved = originalCentavos - offer.totalCentavos;
  const percent = wholePercent(saved, originalCentavos);
  const first = offer.schedule[0];
  return (
    <article class="best" aria-label={title}>
      <p class="best__tag">{title}</p>
      {offer.instalments > 1 && first ? (
        <p class="best__price">
          <span class="best__times">{offer.instalments}x de </span>
          <Money centavos={first.amountCentavos} large />
        </p>
      ) : (
        <p class="best__price">
          <Money centavos={offer.totalCentavos} large /> <span class="best__times">à vista</span>
        </p>
      )}
      {saved > 0 && (
        <p class="best__saved">
          <s>
            <span class="sr-only">em vez de </span>
            {formatBRL(originalCentavos)}
          </s>{' '}
          <strong>
            Você economiza {formatBRL(saved)}
            {percent > 0 && ` (${percent}%)`}
          </strong>
        </p>
      )}
      <p class="best__why">{offer.reason}</p>
      <Facts
        rows={[
          [offer.instalments > 1 ? 'Primeira parcela' : 'Pague até', formatDateShort(offer.firstDueDate)],
          ...(offer.instalments > 1
            ? ([
                ['Juros do parcelamento', rateText(offer)],
                ['Total', formatBRL(offer.totalCentavos)],
              ] as [string, string][])
            : []),
          ['Oferta válida até', formatInstant(offer.expiresAt)],
        ]}
      />
      <AcceptButton offer={offer} accept={accept} look="primary" stale={stale} key={offer.offerId}>
        {offer.instalments > 1 ? `Quero pagar em ${offer.instalments}x` : 'Quero pagar à vista'}
      </AcceptButton>
      <details class="more">
        <summary>Ver composição e datas</summary>
        <OfferTerms offer={offer} />
      </details>
    </article>
  );
}

/** What a plan costs beyond the debt, in words. */
export function rateText(offer: Offer): string {
  if (isZeroDecimal(offer.monthlyRate)) return 'sem juros';
  return `juros de ${formatFraction(offer.monthlyRate)} ao mês (CET ${formatPercent(offer.cetAnnual)} ao ano)`;
}
