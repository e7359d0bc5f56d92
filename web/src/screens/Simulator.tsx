import { useEffect, useRef, useState } from 'preact/hooks';
import type { Failure } from '../api/client';
import type { Offer, OfferList } from '../api/wire';
import { useAction, useApp } from '../app';
import { FailureNotice } from '../ui/FailureNotice';
import { Icon } from '../ui/Icon';
import { Button, Field, Notice } from '../ui/parts';
import { OfferCard, useAccept } from './OfferCard';
import { fieldErrors, readWish, type Wish, type WishErrors } from './wish';

const nothing: Wish = { instalments: '', monthly: '', firstDueDate: '', income: '' };

/** Lets the participant put a deal over the chosen debts together, and answers with the offer or with what stands in its way. */
export function Simulator({ debtIds }: { debtIds: string[] }) {
  const [open, setOpen] = useState(false);
  return (
    <details class="sim card" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary class="plan__head">
        <span class="plan__what">
          <strong>Monte sua proposta</strong>
          <span class="plan__sub">Diga quanto cabe no seu mês e veja se a empresa aceita na hora</span>
        </span>
        <Icon name="chevron" />
      </summary>
      {open && <Form key={debtIds.join()} debtIds={debtIds} />}
    </details>
  );
}

/** What a simulation came to: the offer asked for, or the nearest one that the creditor takes. */
interface Found {
  offer: Offer;
  nearest: boolean;
}

function Form({ debtIds }: { debtIds: string[] }) {
  const { client } = useApp();
  const { busy, failure, run, clear } = useAction();
  const accept = useAccept();
  const [wish, setWish] = useState(nothing);
  const [wrong, setWrong] = useState<WishErrors>({});
  const [found, setFound] = useState<Found>();
  const form = useRef<HTMLFormElement>(null);

  const change = (field: keyof Wish) => (text: string) => {
    setWish((now) => ({ ...now, [field]: text }));
    setWrong((now) => ({ ...now, [field]: undefined }));
    clear();
  };
  const simulate = () => {
    setFound(undefined);
    const { request, errors } = readWish(wish, debtIds);
    setWrong(errors);
    if (!request) return;
    void run(
      () => client<OfferList>('/v1/me/simulations', { method: 'POST', body: request }),
      ({ offers: [offer] }) => offer && setFound({ offer, nearest: false }),
    );
  };
  useEffect(() => {
    if (!failure) return;
    setWrong(fieldErrors(failure, wish));
    const alternative = failure.kind === 'problem' ? failure.problem.alternative : undefined;
    if (alternative) setFound({ offer: alternative, nearest: true });
  }, [failure]);
  const wrongFields = Object.keys(wrong).filter((field) => wrong[field as keyof Wish]);
  useEffect(() => {
    if (wrongFields.length > 0) form.current?.querySelector<HTMLElement>('[aria-invalid]')?.focus();
  }, [wrongFields.join()]);

  return (
    <form
      ref={form}
      class="sim__form"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        simulate();
      }}
    >
      <Fields wish={wish} wrong={wrong} change={change} />
      {failure && wrongFields.length === 0 && <Refusal failure={failure} onRetry={simulate} />}
      <Button type="submit" look="secondary" busy={busy} busyText="Calculando…">
        Simular
      </Button>
      <div role="status">{found && <p class="sr-only">{saidOf(found)}</p>}</div>
      {accept.failure && <FailureNotice failure={accept.failure} onRetry={accept.again} />}
      {found && (
        <OfferCard
          title={found.nearest ? 'O mais próximo do que você pediu' : 'Sua simulação'}
          offer={found.offer}
          originalCentavos={owedOf(found.offer)}
          accept={accept}
          stale={busy}
        />
      )}
    </form>
  );
}

interface FieldsProps {
  wish: Wish;
  wrong: WishErrors;
  change: (field: keyof Wish) => (text: string) => void;
}

function Fields({ wish, wrong, change }: FieldsProps) {
  const held = (field: keyof Wish) => ({ value: wish[field], error: wrong[field], onInput: change(field) });
  return (
    <>
      <div class="sim__pair">
        <Field
          id="sim-monthly"
          optional
          label="Quanto posso pagar por mês"
          placeholder="R$ 200,00"
          {...held('monthly')}
        />
        <Field
          id="sim-instalments"
          optional
          label="Em quantas parcelas"
          inputMode="numeric"
          placeholder="10"
          maxLength={3}
          {...held('instalments')}
        />
      </div>
      <p class="sim__note">Preencha um dos dois, ou ambos.</p>
      <div class="sim__pair">
        <Field
          id="sim-date"
          optional
          type="date"
          label="Primeiro pagamento em (opcional)"
          {...held('firstDueDate')}
        />
        <Field
          id="sim-income"
          optional
          label="Minha renda no mês (opcional)"
          placeholder="R$ 1.800,00"
          {...held('income')}
        />
      </div>
      <p class="sim__note">
        <Icon name="shield" /> A renda serve só para conferir que a parcela deixa o mínimo para viver (Decreto 11.150/2022). Ela não
        é guardada.
      </p>
    </>
  );
}

function Refusal({ failure, onRetry }: { failure: Failure; onRetry: () => void }) {
  if (failure.kind === 'problem' && failure.problem.code === 'deal_not_offered') {
    return (
      <Notice tone="warn" title={failure.problem.title}>
        {failure.problem.detail && <p>{failure.problem.detail}</p>}
      </Notice>
    );
  }
  return <FailureNotice failure={failure} onRetry={onRetry} />;
}

function saidOf({ nearest }: Found): string {
  return nearest ? 'A empresa não aceita esta proposta, mas há uma oferta próxima.' : 'Simulação pronta.';
}

function owedOf(offer: Offer): number {
  return offer.principalCentavos + offer.fineCentavos + offer.interestCentavos + offer.correctionCentavos;
}
