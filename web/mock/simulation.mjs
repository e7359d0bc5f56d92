import { instant, planFor } from './fixtures.mjs';

// The creditor's policy of the mock: at most 24 instalments of at least R$ 50,00, the first within 30 days.
const most = 24;
const least = 5_000;
const window = 30 * 86_400_000;
const protectedIncome = 60_000;

/** Answers POST /v1/me/simulations over the debts that it names. */
export function simulate(world, { body }, problem) {
  const chosen = world.debts.filter((debt) => body.debtIds.includes(debt.debtId));
  if (chosen.length < body.debtIds.length) return problem(404, 'not_found', 'Não encontramos o que você procura.', 'see_debts');
  if (chosen.some((debt) => debt.status !== 'OPEN'))
    return problem(409, 'debts_not_open', 'Uma das dívidas não está mais em aberto.', 'see_debts');
  const now = Date.now();
  const firstDue = body.firstDueDate ? Date.parse(`${body.firstDueDate}T12:00:00Z`) : now + 86_400_000;
  const plan = (n) => planFor(chosen, n, now, firstDue);
  const offer = plan(wanted(body, plan));
  const answer = (offers) => {
    world.offers = [...world.offers, ...offers];
    world.chosen = body.debtIds;
  };
  const broken = brokenRule(body, offer, firstDue - now);
  if (broken) {
    const alternative = broken.instead && planFor(chosen, broken.instead(chosen), now);
    if (alternative) answer([alternative]);
    const { rule, detail } = broken;
    const more = { rule, detail, ...(alternative ? { alternative } : {}) };
    return problem(422, 'deal_not_offered', 'O credor não aceita este acordo.', 'choose_offer', more);
  }
  answer([offer]);
  const originalCentavos = chosen.reduce((sum, debt) => sum + debt.totalCentavos, 0);
  return {
    status: 200,
    body: { asOf: instant(now), debtIds: body.debtIds, originalCentavos, offers: [offer], paymentMethods: world.methods, nextAction: 'choose_offer' },
  };
}

function wanted({ instalments, monthlyCentavos }, plan) {
  if (monthlyCentavos === undefined) return instalments;
  const counts = Array.from({ length: most }, (_, i) => i + 1);
  return counts.find((n) => plan(n).schedule[0].amountCentavos <= monthlyCentavos) ?? most;
}

const longest = (chosen) =>
  Math.max(1, Math.min(most, Math.floor(chosen.reduce((sum, debt) => sum + debt.totalCentavos, 0) / least)));

function brokenRule(body, offer, ahead) {
  if (offer.instalments > most)
    return { rule: 'max_instalments', detail: `São no máximo ${most} parcelas. Escolha menos parcelas.`, instead: longest };
  if (offer.instalments > 1 && offer.schedule.at(-1).amountCentavos < least)
    return {
      rule: 'minimum_instalment',
      detail: 'Cada parcela deve ser de pelo menos R$ 50,00. Escolha menos parcelas.',
      instead: longest,
    };
  if (ahead < -86_400_000 || ahead > window)
    return { rule: 'first_due_date', detail: 'O primeiro pagamento pode ser em até 30 dias.', instead: () => offer.instalments };
  if (body.monthlyIncomeCentavos && body.monthlyIncomeCentavos - offer.schedule[0].amountCentavos < protectedIncome)
    return {
      rule: 'existential_minimum',
      detail: 'Esta parcela deixaria menos de R$ 600,00 da sua renda no mês. Escolha parcelas menores.',
    };
  return undefined;
}
