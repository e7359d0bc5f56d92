import { useEffect, useState } from 'preact/hooks';
import type { Offer, OfferList } from '../api/wire';
import { noteServerTime, useApp, useResource } from '../app';
import { formatBRL } from '../format/money';
import { FailureNotice } from '../ui/FailureNotice';
import { Icon } from '../ui/Icon';
import { Button, Notice, Skeleton } from '../ui/parts';
import { AcceptButton, OfferCard, rateText, useAccept, type Accept } from './OfferCard';
import { OfferTerms } from './OfferTerms';
import { Simulator } from './Simulator';

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
      {value && value.debtIds.length < selected.length && !stale && (
        <Notice tone="info" title={`Estas ofertas valem para ${value.debtIds.length} das ${selected.length} dívidas marcadas`}>
          <p>As outras não cabem no mesmo acordo. Marque-as sozinhas para ver as ofertas delas.</p>
        </Notice>
      )}
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
      <OfferCard title="Melhor oferta" offer={best} originalCentavos={list.originalCentavos} accept={accept} stale={stale} />
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
      <Simulator debtIds={list.debtIds} />
    </div>
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

