import type { Offer } from '../api/wire';
import { formatDate, formatInstant } from '../format/date';
import { formatBRL, formatPercent } from '../format/money';
import { SumRow } from './DebtList';

/** Every part of an offer's total, its rates and its dates. */
export function OfferTerms({ offer }: { offer: Offer }) {
  return (
    <div class="terms">
      <dl class="sum">
        <SumRow term="Valor original" centavos={offer.principalCentavos} />
        <SumRow term="Multa" centavos={offer.fineCentavos} />
        <SumRow term="Juros por atraso" centavos={offer.interestCentavos} />
        {offer.correctionCentavos > 0 && <SumRow term="Correção monetária" centavos={offer.correctionCentavos} />}
        {offer.discountCentavos > 0 && <SumRow term="Desconto" centavos={offer.discountCentavos} minus />}
        {offer.financingCentavos > 0 && <SumRow term="Juros do parcelamento" centavos={offer.financingCentavos} />}
        {offer.iofCentavos > 0 && <SumRow term="IOF" centavos={offer.iofCentavos} />}
        <SumRow term="Total" centavos={offer.totalCentavos} strong />
      </dl>
      <Schedule offer={offer} />
      <p class="terms__small">
        Custo Efetivo Total (CET): {formatPercent(offer.cetAnnual)} ao ano. Valores válidos até {formatInstant(offer.expiresAt)}.
      </p>
    </div>
  );
}

function Schedule({ offer }: { offer: Offer }) {
  return (
    <div
      class="scroll"
      tabIndex={offer.schedule.length > 8 ? 0 : undefined}
      role="group"
      aria-label="Datas e valores das parcelas"
    >
      <table class="schedule">
        <thead>
          <tr>
            <th scope="col">Parcela</th>
            <th scope="col">Vencimento</th>
            <th scope="col" class="num">
              Valor
            </th>
          </tr>
        </thead>
        <tbody>
          {offer.schedule.map((row) => (
            <tr key={row.number}>
              <td>{row.number}</td>
              <td>{formatDate(row.dueDate)}</td>
              <td class="num">{formatBRL(row.amountCentavos)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
