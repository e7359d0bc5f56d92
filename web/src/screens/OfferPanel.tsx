import { useEffect, useState } from 'preact/hooks';
import type { Offer, OfferList, Proposal } from '../api/wire';
import { noteServerTime, useAction, useApp, useResource } from '../app';
import { formatDateShort, formatInstant } from '../format/date';
import { formatBRL, formatFraction, formatPercent, isZeroDecimal, wholePercent } from '../format/money';
import { forgetKey, keyOf, mintKey } from '../memory';
import { FailureNotice } from '../ui/FailureNotice';
import { Icon } from '../ui/Icon';
import { Button, Facts, Money, Notice, Skeleton } from '../ui/parts';
import { OfferTerms } from './OfferTerms';

const shownAtFirst = 5;

/** The offers for the chosen debts. A change of choice is followed after a short pause. */
export function OfferPanel({ selected, all }: { selected: string[]; all: number }) {
  const { memory } = useApp();
  const [asked, setAsked] = useState(selected);
  useEffect(() => {
    const timer = setTimeout(() => setAsked(selected), 300);
    return () => clearTimeout(timer);
  }, [selected]);
  const query = asked.length === all ? '' : `?debtIds=${asked.join(',')}`;
  const { state, value, reload, ...rest } = useResource<OfferList>(asked.length === 0 ? undefined : `/v1/me/offers${query}`);
  useEffect(() => {
    if (state === 'ready' && value) noteServerTime(memory, value.asOf);
  }, [state, value]);

  if (selected.length === 0) {
    return (
      <section class="offers" aria-label="Ofertas">
        <Notice tone="info" title="Marque ao menos uma dívida para ver as ofertas" />
      </section>
    );
  }
  if (state === 'failed' && 'failure' in rest) {
    return (
      <section class="offers" aria-label="Ofertas">
        <FailureNotice failure={rest.failure} onRetry={reload} />
      </section>
    );
  }
  const stale = state === 'loading' || asked !== selected;
  return (
    <section class="offers" aria-labelledby="offers-title" aria-busy={stale}>
      <h2 class="section-title" id="offers-title">
        Ofertas para você
      </h2>
      {value ? <Offers list={value} stale={stale} /> : <Skeleton lines={7} label="Buscando as melhores ofertas" />}
    </section>
  );
}

function Offers({ list, stale }: { list: OfferList; stale: boolean }) {
  const accept = useAccept();
  const [best, ...others] = list.offers;
  const [all, setAll] = useState(false);
  if (!best) {
    return (
      <Notice tone="info" title="Não há oferta para esta escolha">
        <p>Tente com outras dívidas, ou fale com a empresa pelos contatos no fim da página.</p>
      </Notice>
    );
  }
  // The best are shown; in which order they are easiest to compare is another matter.
  const shown = (all || others.length <= shownAtFirst + 1 ? [...others] : others.slice(0, shownAtFirst)).sort(
    (a, b) => a.instalments - b.instalments,
  );
  return (
    <div class={stale ? 'is-stale' : ''}>
      {accept.failure && <FailureNotice failure={accept.failure} onRetry={accept.again} />}
      <BestOffer offer={best} originalCentavos={list.originalCentavos} accept={accept} stale={stale} />
      {others.length > 0 && (
        <>
          <h3 class="section-title section-title--small">Outras formas de pagar</h3>
          <ul class="plans card">
            {shown.map((offer) => (
              <li key={offer.offerId}>
                <PlanRow offer={offer} accept={accept} stale={stale} />
              </li>
            ))}
          </ul>
          {shown.length < others.length && (
            <Button look="quiet" onClick={() => setAll(true)}>
              Mostrar todas as {others.length} opções
            </Button>
          )}
        </>
      )}
    </div>
  );
}

type Accept = ReturnType<typeof useAccept>;

function useAccept() {
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
        go({ screen: 'contract', number: proposal.contractNumber });
      },
    );
  };
  const again = taking ? () => take(taking, keyOf(memory, intentionOf(taking), mintKey)) : undefined;
  return { busy, failure, taking, take, again };
}

function intentionOf(offer: Offer): string {
  return `offer:${offer.offerId.slice(-43)}`;
}

function AcceptButton({ offer, accept, look, stale, children }: AcceptButtonProps) {
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

interface BestOfferProps {
  offer: Offer;
  originalCentavos: number;
  accept: Accept;
  stale: boolean;
}

function BestOffer({ offer, originalCentavos, accept, stale }: BestOfferProps) {
  const saved = originalCentavos - offer.totalCentavos;
  const percent = wholePercent(saved, originalCentavos);
  const first = offer.schedule[0];
  return (
    <article class="best" aria-label="Melhor oferta">
      <p class="best__tag">Melhor oferta</p>
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

function PlanRow({ offer, accept, stale }: { offer: Offer; accept: Accept; stale: boolean }) {
  const first = offer.schedule[0];
  // A lender may offer 72 plans of up to 72 rows each: what is closed is not built.
  const [open, setOpen] = useState(false);
  return (
    <details class="plan" name="plan" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary class="plan__head">
        <span class="plan__what">
          <strong>
            {offer.instalments > 1 ? `${offer.instalments}x de ` : 'À vista '}
            {formatBRL(offer.instalments > 1 && first ? first.amountCentavos : offer.totalCentavos)}
          </strong>
          <span class="plan__sub">
            {rateText(offer)}
            {offer.discountCentavos > 0 && `, ${formatBRL(offer.discountCentavos)} de desconto`}
            {offer.instalments > 1 && `, total ${formatBRL(offer.totalCentavos)}`}
          </span>
        </span>
        <Icon name="chevron" />
      </summary>
      {open && (
        <div class="plan__body">
          <p>{offer.reason}</p>
          <OfferTerms offer={offer} />
          <AcceptButton offer={offer} accept={accept} look="secondary" stale={stale} key={offer.offerId}>
            {offer.instalments > 1 ? `Escolher ${offer.instalments}x` : 'Escolher à vista'}
          </AcceptButton>
        </div>
      )}
    </details>
  );
}

function rateText(offer: Offer): string {
  if (isZeroDecimal(offer.monthlyRate)) return 'sem juros';
  return `juros de ${formatFraction(offer.monthlyRate)} ao mês (CET ${formatPercent(offer.cetAnnual)} ao ano)`;
}
