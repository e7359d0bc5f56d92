import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { findIntent, issue, settle } from './payments.mjs';
import { simulate } from './simulation.mjs';
import { contractHash, contractPdf, contractText, creditors, debts, idOf, instant, offersFor, pick } from './fixtures.mjs';

const policy = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "object-src 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  "form-action 'self'",
].join('; ');

const forms = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

/** The code that the mock takes. */
export const rightCode = '04817263';

/**
 * Starts a mock of the API beside the built site, on loopback. `faults` maps "METHOD /path" to a function that answers instead; `log` holds
 * each call to the API; `pay` is what the bank does with the open codes, or with those of one way to pay, for the amount of the code or
 * another; `end` ends the agreement early. `methods` are the ways in which the creditor takes money.
 */
export async function startMock({ dist, port = 0, demo = false, methods = ['pix', 'boleto', 'debit'] }) {
  const world = newWorld(demo, methods);
  const server = createServer((request, response) => {
    void serve(world, dist, request, response).catch(() => response.destroy());
  });
  await new Promise((done) => server.listen(port, '127.0.0.1', done));
  return {
    ...world.controls,
    url: `http://127.0.0.1:${server.address().port}`,
    close: () => new Promise((done) => server.close(done)),
  };
}

function newWorld(demo, methods) {
  const world = {
    demo,
    methods,
    session: false,
    debts: debts(),
    offers: [],
    proposal: undefined,
    agreement: undefined,
    intents: new Map(),
    keys: new Map(),
  };
  const faults = new Map();
  const log = [];
  const pay = ({ method, amountCentavos } = {}) => {
    for (const intent of world.intents.values()) {
      const open = intent.status === 'ISSUED' || intent.status === 'NOTICED';
      if (open && (method ?? intent.method) === intent.method) settle(world, intent, amountCentavos);
    }
  };
  world.faults = faults;
  world.log = log;
  world.controls = { world, faults, log, pay, end: (reason) => end(world, reason) };
  return world;
}

async function serve(world, dist, request, response) {
  const url = new URL(request.url, 'http://localhost');
  if (!url.pathname.startsWith('/v1/') && !url.pathname.startsWith('/_local/')) return serveFile(dist, url.pathname, response);
  let text = '';
  for await (const chunk of request) text += chunk;
  const call = {
    method: request.method,
    path: url.pathname,
    query: url.searchParams,
    body: text ? JSON.parse(text) : undefined,
    headers: request.headers,
  };
  world.log.push(call);
  const fault = world.faults.get(`${call.method} ${call.path}`) ?? world.faults.get(call.method);
  const answer = fault ? await fault(call) : answerOf(world, call);
  if (answer === undefined) return response.destroy();
  const form = answer.pdf ? 'application/pdf' : answer.status >= 400 ? 'application/problem+json' : 'application/json';
  response.writeHead(answer.status, {
    'Content-Type': form,
    ...(answer.pdf ? { 'Content-Disposition': `attachment; filename="${answer.name}"` } : {}),
    'Cache-Control': 'no-store',
    'X-Correlation-Id': idOf('correlation'),
    ...answer.headers,
  });
  response.end(answer.pdf ?? (answer.body === undefined ? undefined : JSON.stringify(answer.body)));
}

async function serveFile(dist, path, response) {
  const name = path === '/' ? '/index.html' : normalize(path);
  try {
    const body = await readFile(join(dist, name));
    response.writeHead(200, {
      'Content-Type': forms[extname(name)] ?? 'application/octet-stream',
      'Content-Security-Policy': policy,
    });
    response.end(body);
  } catch {
    response.writeHead(404).end();
  }
}

/** A problem as the API writes it. */
export function problem(status, code, title, nextAction, more = {}) {
  return {
    status,
    body: { type: `/docs#${code}`, title, status, code, correlationId: idOf('correlation'), nextAction, ...more },
  };
}

const notFound = () => problem(404, 'not_found', 'Não encontramos o que você procura.', 'see_debts');

const routes = [
  [
    'GET',
    /^\/_local\/demo$/,
    (world) => (world.demo ? { status: 200, body: { creditors: creditors.map(({ id, name }) => ({ id, name })) } } : notFound()),
  ],
  ['GET', /^\/v1\/public\/creditors\/([^/]+)$/, (world, _, [id]) => found(creditorOf(world, id))],
  ['POST', /^\/v1\/auth\/entries$/, (_, { body }) => entry(body)],
  ['POST', /^\/v1\/auth\/challenges$/, (_, { body }) => challenge(body.creditor, body.channel, 30)],
  ['POST', /^\/v1\/auth\/challenges\/([^/]+)\/resend$/, (_, __, [id]) => challenge(id.split('.')[0], 'email', 60)],
  ['POST', /^\/v1\/auth\/challenges\/([^/]+)\/verify$/, verify],
  ['POST', /^\/v1\/auth\/logout$/, (world) => ((world.session = false), { status: 204 })],
  ['GET', /^\/v1\/me\/debts$/, (world) => ({ status: 200, body: overview(world) })],
  ['GET', /^\/v1\/me\/offers$/, offers],
  ['POST', /^\/v1\/me\/simulations$/, (world, call) => simulate(world, call, problem)],
  ['POST', /^\/v1\/me\/proposals$/, propose],
  ['GET', /^\/v1\/me\/proposals\/([^/]+)$/, (world) => found(world.proposal?.wire)],
  ['DELETE', /^\/v1\/me\/proposals\/([^/]+)$/, refuse],
  ['GET', /^\/v1\/me\/contracts\/([^/]+)$/, (world) => (world.proposal ? { status: 200, body: contract(world) } : notFound())],
  [
    'GET',
    /^\/v1\/me\/contracts\/([^/]+)\/pdf$/,
    (world, _, [number]) => (world.proposal ? { status: 200, pdf: contractPdf, name: `contrato-${number}.pdf` } : notFound()),
  ],
  ['POST', /^\/v1\/me\/contracts\/([^/]+)\/signature$/, sign],
  ['GET', /^\/v1\/me\/agreements\/([^/]+)$/, (world) => found(world.agreement)],
  ['POST', /^\/v1\/me\/agreements\/([^/]+)\/withdrawal$/, withdraw],
  ['POST', /^\/v1\/me\/payment-intents$/, (world, call) => issue(world, call, problem)],
  ['GET', /^\/v1\/me\/payment-intents\/([^/]+)$/, (world, _, [id]) => found(findIntent(world, id))],
];

function answerOf(world, call) {
  if (call.path.startsWith('/v1/me/') && !world.session) {
    return problem(401, 'not_authenticated', 'Identifique-se para continuar.', 'log_in');
  }
  for (const [method, form, answer] of routes) {
    const match = form.exec(call.path);
    if (match && method === call.method) return answer(world, call, match.slice(1).map(decodeURIComponent));
  }
  return notFound();
}

function found(body) {
  return body ? { status: 200, body } : notFound();
}

function entry({ token }) {
  if (token.includes('expired'))
    return problem(404, 'entry_link_invalid', 'Este link não é mais válido. Entre com seu CPF e contrato.', 'log_in');
  return { status: 200, body: { creditor: creditors[0], contractHint: '•••••••••••123', nextAction: 'log_in' } };
}

function challenge(creditor, channel, resendAfterSeconds) {
  const destination = channel === 'sms' ? '(11) •••••-••21' : 'm•••••a@e•••••.com';
  const challengeId = `${creditor}.${idOf(randomUUID())}`;
  return {
    status: 202,
    body: {
      challengeId,
      channel,
      destination,
      expiresAt: instant(Date.now() + 300_000),
      resendAfterSeconds,
      nextAction: 'verify_code',
    },
  };
}

function verify(world, { body }) {
  if (body.code !== rightCode)
    return problem(401, 'code_rejected', 'Código não aceito. Confira os números ou peça um novo código.', 'verify_code');
  world.session = true;
  return { status: 200, body: { expiresAt: instant(Date.now() + 3_600_000), nextAction: 'see_debts' } };
}

function overview(world) {
  const open = world.debts.filter((debt) => debt.status === 'OPEN');
  const { agreement, proposal } = world;
  const live = agreement?.status === 'ACTIVE' || agreement?.status === 'PENDING_FIRST_PAYMENT';
  const next = live ? agreement.instalments.find((one) => one.paidCentavos < one.amountCentavos) : undefined;
  return {
    asOf: instant(Date.now()),
    participant: { firstName: 'Mariana' },
    caseStatus: agreement ? (agreement.status === 'FULFILLED' ? 'SETTLED' : 'AGREEMENT_ACTIVE') : 'OPEN',
    debts: world.debts,
    totalCentavos: open.reduce((sum, debt) => sum + debt.totalCentavos, 0),
    proposals: proposal ? [summary(proposal.wire)] : [],
    agreements: agreement
      ? [
          {
            ...pick(agreement, 'agreementId', 'contractNumber', 'status', 'totalCentavos', 'paidCentavos'),
            ...(next ? { nextInstalment: pick(next, 'number', 'dueDate', 'amountCentavos') } : {}),
          },
        ]
      : [],
    nextAction: open.length > 0 ? 'choose_offer' : next ? 'pay' : 'done',
  };
}

const summary = (proposal) => pick(proposal, 'proposalId', 'contractNumber', 'status', 'expiresAt');

function offers(world, { query }) {
  const ids = query.get('debtIds')?.split(',');
  const chosen = world.debts.filter((debt) => debt.status === 'OPEN' && (!ids || ids.includes(debt.debtId)));
  world.offers = chosen.length > 0 ? offersFor(chosen, Date.now()) : [];
  const debtIds = chosen.map((debt) => debt.debtId);
  const originalCentavos = chosen.reduce((sum, debt) => sum + debt.totalCentavos, 0);
  world.chosen = debtIds;
  return {
    status: 200,
    body: { asOf: instant(Date.now()), debtIds, originalCentavos, offers: world.offers, paymentMethods: world.methods, nextAction: 'choose_offer' },
  };
}

function propose(world, { body, headers }) {
  const key = headers['idempotency-key'];
  if (!key) return problem(400, 'idempotency_key_missing', 'Falta o cabeçalho Idempotency-Key.', 'retry');
  const offer = world.offers.find((one) => one.offerId === body.offerId);
  if (!offer) return notFound();
  if (!world.keys.has(key)) {
    const wire = {
      proposalId: idOf(`proposal ${world.keys.size}`),
      status: world.review ? 'PROPOSAL_MANUAL_REVIEW' : 'CONTRACT_ISSUED',
      contractNumber: `RG-${idOf(key)}`,
      expiresAt: instant(Date.now() + 48 * 3_600_000),
      nextAction: world.review ? 'wait_review' : 'sign_contract',
    };
    world.proposal = { wire, offer, debtIds: world.chosen };
    world.keys.set(key, wire);
  }
  return { status: 201, body: world.keys.get(key) };
}

function withdraw(world, { body }) {
  const { agreement } = world;
  if (agreement?.endReason === 'withdrawal') return { status: 200, body: agreement };
  if (body.confirmed !== true || !agreement?.withdrawableUntil)
    return problem(409, 'too_late', 'O prazo para isto já passou.', 'see_debts', {
      detail: 'O prazo para desistir deste acordo já passou.',
    });
  end(world, 'withdrawal');
  agreement.excessCentavos += agreement.paidCentavos;
  return { status: 200, body: agreement };
}

const endings = { first_payment_missing: 'LAPSED', instalment_overdue: 'BREACHED', withdrawal: 'WITHDRAWN', recall: 'WITHDRAWN' };

/** Ends the agreement otherwise than by payment; its debts are open again, or back with the creditor after a recall. */
function end(world, endReason) {
  const { agreement } = world;
  const endedAt = instant(Date.now());
  Object.assign(agreement, { status: endings[endReason], endReason, endedAt, nextAction: 'see_debts' });
  delete agreement.withdrawableUntil;
  for (const one of agreement.instalments) if (one.paidCentavos < one.amountCentavos) one.status = 'CANCELLED';
  for (const debt of world.debts) if (debt.status === 'IN_AGREEMENT') debt.status = endReason === 'recall' ? 'RECALLED' : 'OPEN';
}

function refuse(world) {
  if (world.proposal?.wire.status !== 'CONTRACT_ISSUED')
    return problem(409, 'proposal_not_open', 'Esta proposta não está mais aberta.', 'see_debts');
  Object.assign(world.proposal.wire, { status: 'CONTRACT_REFUSED', nextAction: 'choose_offer' });
  return { status: 200, body: world.proposal.wire };
}

function contract({ proposal, agreement }) {
  return {
    ...summary(proposal.wire),
    text: contractText,
    sha256: contractHash,
    ...(agreement ? { agreementId: agreement.agreementId } : {}),
    nextAction: proposal.wire.nextAction,
  };
}

function sign(world, { body }) {
  const { wire, offer, debtIds } = world.proposal;
  if (body.sha256 !== contractHash)
    return problem(409, 'contract_changed', 'O texto do contrato não é o que você leu.', 'sign_contract');
  Object.assign(wire, { status: 'CONTRACT_SIGNED', nextAction: 'pay' });
  for (const debt of world.debts) if (debtIds.includes(debt.debtId)) debt.status = 'IN_AGREEMENT';
  world.agreement ??= {
    agreementId: idOf('agreement'),
    contractNumber: wire.contractNumber,
    status: 'PENDING_FIRST_PAYMENT',
    totalCentavos: offer.totalCentavos,
    paidCentavos: 0,
    excessCentavos: 0,
    debtIds,
    withdrawableUntil: instant(Date.now() + 7 * 86_400_000),
    instalments: offer.schedule.map((row, i) => ({ ...row, paidCentavos: 0, status: i === 0 ? 'DUE' : 'SCHEDULED' })),
    nextAction: 'pay',
  };
  return { status: 200, body: { status: 'CONTRACT_SIGNED', agreementId: world.agreement.agreementId, nextAction: 'pay' } };
}

function creditorOf({ methods }, id) {
  const creditor = creditors.find((one) => one.id === id);
  return creditor && { ...creditor, paymentMethods: methods };
}
