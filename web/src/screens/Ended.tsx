import type { Agreement, AgreementStatus, DebtOverview, EndReason } from '../api/wire';
import { useApp, useResource } from '../app';
import { formatInstant } from '../format/date';
import { formatBRL } from '../format/money';
import { Button, Facts } from '../ui/parts';

const reasons: Record<EndReason, { title: string; text: string }> = {
  first_payment_missing: {
    title: 'O acordo não começou a valer',
    text: 'O primeiro pagamento não chegou no prazo. As dívidas voltaram a ficar em aberto, como antes do acordo.',
  },
  instalment_overdue: {
    title: 'O acordo foi desfeito por falta de pagamento',
    text: 'Uma parcela ficou sem pagamento além do prazo do contrato. O que você pagou foi abatido das dívidas originais.',
  },
  withdrawal: {
    title: 'Você desistiu deste acordo',
    text: 'O acordo não vale mais, sem custo para você. As dívidas voltaram a ficar em aberto, como antes do acordo.',
  },
  recall: {
    title: 'A empresa encerrou este acordo',
    text: 'A cobrança destas dívidas voltou para a empresa: fale com ela. Se um pagamento ainda chegar, ele é devolvido a você.',
  },
};

const usual: Partial<Record<AgreementStatus, EndReason>> = {
  LAPSED: 'first_payment_missing',
  BREACHED: 'instalment_overdue',
  WITHDRAWN: 'withdrawal',
};

/** Why an agreement is over, what is owed now, and the way to a new one. */
export function Ended({ agreement }: { agreement: Agreement }) {
  const { go } = useApp();
  const { value } = useResource<DebtOverview>('/v1/me/debts');
  const reason = agreement.endReason ?? usual[agreement.status];
  if (!reason) return null;
  const open = value?.debts.filter((debt) => debt.status === 'OPEN' && agreement.debtIds.includes(debt.debtId));
  const renegotiated = value?.debts.some((debt) => debt.status === 'IN_AGREEMENT' && agreement.debtIds.includes(debt.debtId));
  const owed = open?.reduce((sum, debt) => sum + debt.totalCentavos, 0) ?? 0;
  const rows: [string, string][] = [];
  if (agreement.endedAt) rows.push(['Encerrado em', formatInstant(agreement.endedAt)]);
  rows.push(['Pago neste acordo', formatBRL(agreement.paidCentavos)]);
  if (agreement.excessCentavos > 0) rows.push(['A devolver a você', formatBRL(agreement.excessCentavos)]);
  if (open && open.length > 0) rows.push(['Você deve hoje', formatBRL(owed)]);
  return (
    <section class="card card--call ended" aria-labelledby="ended-title">
      <h2 class="card__title" id="ended-title">
        {reasons[reason].title}
      </h2>
      <p>{reasons[reason].text}</p>
      <Facts rows={rows} />
      {renegotiated && <p class="ended__next">Estas dívidas já estão em outro acordo.</p>}
      {open && open.length > 0 && (
        <>
          <p class="ended__next">Dá para fazer um novo acordo agora, com as ofertas de hoje.</p>
          <div class="actions">
            <Button onClick={() => go({ screen: 'debts' })}>Renegociar agora</Button>
          </div>
        </>
      )}
    </section>
  );
}
