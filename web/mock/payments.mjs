import { brCode, idOf, instant, pick, qrSvg, slip } from './fixtures.mjs';

const life = { pix: 1_800_000, boleto: 5 * 86_400_000, debit: 10 * 86_400_000 };

/** Answers POST /v1/me/payment-intents: one living intent for each instalment and way to pay. */
export function issue(world, { body, headers }, problem) {
  if (!headers['idempotency-key']) return problem(400, 'idempotency_key_missing', 'Falta o cabeçalho Idempotency-Key.', 'retry');
  const { agreementId, instalment: number, method, debit } = body;
  if (!world.methods.includes(method))
    return problem(422, 'method_not_available', 'Esta forma de pagamento ainda não está disponível.', 'pay');
  const instalment = world.agreement?.instalments[number - 1];
  if (!instalment) return problem(404, 'not_found', 'Não encontramos o que você procura.', 'see_debts');
  if (instalment.paidCentavos >= instalment.amountCentavos)
    return problem(409, 'instalment_not_payable', 'Esta parcela já está paga.', 'see_debts');
  const invalid = (field, message) =>
    problem(400, 'invalid_request', 'Há um dado inválido no pedido.', 'retry', { errors: [{ field, message }] });
  if (method === 'debit' && !debit && !world.mandate) return invalid('debit', 'Informe a conta a debitar e autorize o débito.');
  if (debit?.bank === '999') return invalid('debit.bank', 'Este banco não faz débito automático.');
  const amountCentavos = instalment.amountCentavos - instalment.paidCentavos;
  const living = [...world.intents.values()].find(
    (one) =>
      one.instalment === number && one.method === method && one.status === 'ISSUED' && one.amountCentavos === amountCentavos && !debit,
  );
  if (living) return { status: 201, body: living };
  if (debit) world.mandate = debit;
  const intent = {
    paymentIntentId: idOf(`intent ${world.intents.size}`),
    ...pick({ agreementId, instalment: number, method }, 'agreementId', 'instalment', 'method'),
    status: 'ISSUED',
    amountCentavos,
    expiresAt: instant(Date.now() + life[method]),
    ...codeOf(method),
    nextAction: 'pay',
  };
  world.intents.set(intent.paymentIntentId, intent);
  return { status: 201, body: intent };
}

function codeOf(method) {
  if (method === 'pix') return { pix: { brCode, qrSvg: qrSvg() } };
  if (method === 'boleto') return { boleto: { ...slip, pdfUrl: 'https://banco.example/boletos/1' } };
  return { debit: { mandateStatus: 'ACTIVE' } };
}

/** The intent as the API shows it: its code only while it can be paid. */
export function findIntent(world, id) {
  const intent = world.intents.get(id);
  if (!intent || intent.status === 'ISSUED') return intent;
  const { pix: _, boleto: __, debit: ___, ...rest } = intent;
  return rest;
}

/** Brings the money of an intent, or a part of it. What is not needed any more is cancelled. */
export function settle(world, intent, amount = intent.amountCentavos) {
  Object.assign(intent, { status: 'CONFIRMED', confirmedAt: instant(Date.now()) });
  const { agreement } = world;
  const instalment = agreement.instalments[intent.instalment - 1];
  const taken = Math.min(amount, instalment.amountCentavos - instalment.paidCentavos);
  instalment.paidCentavos += taken;
  agreement.paidCentavos += taken;
  agreement.excessCentavos += amount - taken;
  if (instalment.paidCentavos === instalment.amountCentavos) {
    instalment.status = instalment.status === 'OVERDUE' ? 'PAID_LATE' : 'PAID';
    for (const other of world.intents.values())
      if (other.instalment === intent.instalment && other.status === 'ISSUED') Object.assign(other, { status: 'CANCELLED' });
    agreement.aftercare ??= { kind: 'plan', status: 'REACTIVATION_REQUESTED', requestedAt: instant(Date.now()) };
    agreement.status = 'ACTIVE';
  }
  const whole = agreement.paidCentavos === agreement.totalCentavos;
  if (whole) agreement.status = 'FULFILLED';
  agreement.nextAction = intent.nextAction = whole ? 'done' : 'wait_due_date';
  if (whole) for (const debt of world.debts) if (debt.status === 'IN_AGREEMENT') debt.status = 'SETTLED';
}
