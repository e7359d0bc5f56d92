import { useState } from 'preact/hooks';
import type { Debt, DebtStatus } from '../api/wire';
import { formatDate, formatDaysLate } from '../format/date';
import { Button, Money } from '../ui/parts';

const shownAtFirst = 4;

const statusText: Record<DebtStatus, string> = {
  OPEN: 'Em aberto',
  IN_AGREEMENT: 'Em acordo',
  SETTLED: 'Paga',
  DISPUTED: 'Em contestação',
  SUSPENDED: 'Cobrança suspensa',
  RECALLED: 'Com a empresa',
  WRITTEN_OFF: 'Encerrada',
};

interface Props {
  debts: Debt[];
  selected: string[];
  onSelect: (ids: string[]) => void;
}

/** The debts: open ones can be taken in or left out of the deal, the others only say how they stand. */
export function DebtList({ debts, selected, onSelect }: Props) {
  const open = debts.filter((debt) => debt.status === 'OPEN');
  const rest = debts.filter((debt) => debt.status !== 'OPEN');
  const toggle = (id: string) =>
    onSelect(open.map((debt) => debt.debtId).filter((one) => (one === id ? !selected.includes(id) : selected.includes(one))));
  return (
    <>
      {open.length > 0 && (
        <section aria-labelledby="open-title">
          <h2 class="section-title" id="open-title">
            Dívidas em aberto
          </h2>
          <div class="card">
            {open.length > 1 && <p class="card__note">Marque as que quer negociar agora.</p>}
            <Rows debts={open}>
              {(debt) => (
                <OpenDebt debt={debt} alone={open.length === 1} checked={selected.includes(debt.debtId)} onToggle={toggle} />
              )}
            </Rows>
            {open.length > 1 && <Chosen debts={open.filter((debt) => selected.includes(debt.debtId))} />}
          </div>
        </section>
      )}
      {rest.length > 0 && (
        <section class="card" aria-labelledby="rest-title">
          <h2 class="card__title" id="rest-title">
            Outras dívidas
          </h2>
          <Rows debts={rest}>{(debt) => <ClosedDebt debt={debt} />}</Rows>
        </section>
      )}
    </>
  );
}

function Chosen({ debts }: { debts: Debt[] }) {
  const total = debts.reduce((sum, debt) => sum + debt.totalCentavos, 0);
  return (
    <p class="chosen">
      <span>{debts.length === 1 ? '1 dívida marcada' : `${debts.length} dívidas marcadas`}</span>
      <Money centavos={total} />
    </p>
  );
}

function Rows({ debts, children }: { debts: Debt[]; children: (debt: Debt) => preact.ComponentChildren }) {
  const [all, setAll] = useState(debts.length <= shownAtFirst + 1);
  return (
    <>
      <ul class="debts">
        {(all ? debts : debts.slice(0, shownAtFirst)).map((debt) => (
          <li key={debt.debtId} class="debt">
            {children(debt)}
          </li>
        ))}
      </ul>
      {!all && (
        <Button look="quiet" onClick={() => setAll(true)}>
          Mostrar as {debts.length} dívidas
        </Button>
      )}
    </>
  );
}

interface OpenDebtProps {
  debt: Debt;
  alone: boolean;
  checked: boolean;
  onToggle: (id: string) => void;
}

function OpenDebt({ debt, alone, checked, onToggle }: OpenDebtProps) {
  const id = `debt-${debt.debtId}`;
  return (
    <>
      {!alone && (
        <input
          id={id}
          class="debt__pick"
          type="checkbox"
          checked={checked}
          onChange={() => onToggle(debt.debtId)}
          aria-describedby={`${id}-more`}
        />
      )}
      <div class="debt__body">
        <div class="debt__line">
          {alone ? (
            <p class="debt__name">{debt.description}</p>
          ) : (
            <label class="debt__name" for={id}>
              {debt.description}
            </label>
          )}
          <p class="debt__total">
            <Money centavos={debt.totalCentavos} />
          </p>
        </div>
        <p class="debt__meta" id={`${id}-more`}>
          Venceu em {formatDate(debt.dueDate)} <span class="late">{formatDaysLate(debt.daysLate)}</span>
        </p>
        <details class="more">
          <summary>Como chegamos a este valor</summary>
          <dl class="sum">
            <SumRow term="Valor original" centavos={debt.principalCentavos} />
            <SumRow term="Multa" centavos={debt.fineCentavos} />
            <SumRow term="Juros por atraso" centavos={debt.interestCentavos} />
            {debt.correctionCentavos > 0 && <SumRow term="Correção monetária" centavos={debt.correctionCentavos} />}
            <SumRow term="Total hoje" centavos={debt.totalCentavos} strong />
          </dl>
          <p class="debt__meta">Contrato {debt.contract}</p>
        </details>
      </div>
    </>
  );
}

function ClosedDebt({ debt }: { debt: Debt }) {
  return (
    <div class="debt__body">
      <div class="debt__line">
        <p class="debt__name">{debt.description}</p>
        <p class={`chip chip--${debt.status === 'SETTLED' ? 'good' : 'plain'}`}>{statusText[debt.status]}</p>
      </div>
      <p class="debt__meta">
        Vencimento {formatDate(debt.dueDate)}, contrato <span class="nowrap">{debt.contract}</span>
      </p>
    </div>
  );
}

/** One row of a sum. */
export function SumRow({
  term,
  centavos,
  strong = false,
  minus = false,
}: {
  term: string;
  centavos: number;
  strong?: boolean;
  minus?: boolean;
}) {
  return (
    <div class={strong ? 'sum__row sum__row--strong' : 'sum__row'}>
      <dt>{term}</dt>
      <dd>
        {minus && '− '}
        <Money centavos={centavos} />
      </dd>
    </div>
  );
}
