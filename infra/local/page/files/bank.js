import * as api from './api.js';
import { debitDesk } from './debits.js';
import { copyButton, h, show, table } from './dom.js';
import { centavos, instant, money } from './format.js';

const methods = { pix: 'PIX', boleto: 'Boleto' };
const statuses = { ACTIVE: 'Aberta', NOTICED: 'Avisada', PAID: 'Paga', CANCELLED: 'Cancelada', EXPIRED: 'Vencida' };

/** The sandbox bank: who owes it, and the ways in which it can pay and tell. */
export function bank() {
  const field = (id, label, input, hint) =>
    h('p', { class: 'field' }, h('label', { for: id }, label), input, hint && h('small', {}, hint));
  const amount = h('input', { id: 'pay-amount', inputmode: 'decimal', placeholder: 'o valor da cobrança', autocomplete: 'off' });
  const copies = h('input', { id: 'pay-copies', type: 'number', min: 1, max: 10, value: 1 });
  const delay = h('input', { id: 'pay-delay', placeholder: 'nenhum, 30s ou 48h', autocomplete: 'off' });
  const shuffle = h('input', { id: 'pay-shuffle', type: 'checkbox' });
  const force = h('input', { id: 'pay-force', type: 'checkbox', onchange: () => void refresh() });
  const settle = h('input', { id: 'pay-settle', type: 'checkbox' });
  const bounce = h('input', { id: 'pay-bounce', type: 'checkbox' });
  const said = h('p', { class: 'said', role: 'status' });
  const charges = h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Cobranças' });
  const desk = debitDesk();

  /** Does something to a charge with the amount that is typed, and says what came of it. */
  async function act(button, busy, work) {
    const typed = centavos(amount.value);
    if (Number.isNaN(typed) || typed === 0) {
      said.textContent = 'O valor deve ser como 489,90.';
      return amount.focus();
    }
    button.disabled = true;
    said.textContent = busy;
    try {
      said.textContent = await work(typed !== undefined ? { amountCentavos: typed } : {});
      await refresh();
    } catch (error) {
      said.textContent = error.message;
    } finally {
      button.disabled = false;
    }
  }

  const pay = (intent, button) =>
    act(button, 'O banco está pagando e avisando…', async (typed) => {
      const { payments } = await api.pay({
        paymentIntentId: intent.paymentIntentId,
        ...typed,
        ...(Number(copies.value) > 1 ? { copies: Number(copies.value) } : {}),
        ...(shuffle.checked ? { shuffle: true } : {}),
        ...(delay.value.trim() ? { delay: delay.value.trim() } : {}),
        ...(force.checked ? { force: true } : {}),
        ...(settle.checked ? { settle: true } : {}),
        ...(bounce.checked ? { bounce: true } : {}),
      });
      if (delay.value.trim()) return `Pago; o aviso sai depois de ${delay.value.trim()} no relógio do ambiente.`;
      if (intent.method === 'boleto' && !settle.checked) {
        return bounce.checked
          ? 'Boleto pago e avisado; o dinheiro não vai chegar.'
          : 'Boleto pago e avisado; compensa no próximo dia útil, ou agora com Compensar.';
      }
      return `Pago: ${payments?.length ?? 1} aviso(s) entregues à API. Veja o portal.`;
    });
  const settleNow = (intent, button) =>
    act(button, 'O banco está compensando…', async () => {
      await api.pay({ paymentIntentId: intent.paymentIntentId, settle: true });
      return 'Compensado: o dinheiro do boleto chegou.';
    });
  const giveBack = (intent, button, chargeback) =>
    act(button, 'O dinheiro está voltando…', async (typed) => {
      const { amountCentavos } = await api.giveBack({ paymentIntentId: intent.paymentIntentId, ...typed, chargeback });
      return `${money(amountCentavos)} ${chargeback ? 'tomados de volta pelo banco do pagador' : 'devolvidos ao pagador'}. Veja o portal.`;
    });

  /** What can be done to a charge as it stands. */
  const actions = (intent) => {
    const button = (name, label, work, disabled) => {
      const made = h('button', { type: 'button', id: `${name}-${intent.paymentIntentId}`, disabled }, label);
      made.addEventListener('click', () => void work(intent, made));
      return made;
    };
    const back = intent.status === 'PAID' && [
      button('refund', 'Devolver', (one, made) => giveBack(one, made, false)),
      button('chargeback', 'Estornar', (one, made) => giveBack(one, made, true)),
    ];
    const payable = intent.status === 'ACTIVE' || force.checked;
    return h(
      'div',
      { class: 'acts' },
      intent.status === 'NOTICED' && button('settle', 'Compensar', settleNow),
      back,
      (payable || !(back || intent.status === 'NOTICED')) && button('pay', 'Pagar', pay, !payable),
    );
  };
  const row = (intent) => [
    intent.creditor,
    [h('code', {}, intent.paymentIntentId), copyButton(intent.paymentIntentId, 'identificador')],
    methods[intent.method] ?? intent.method,
    money(intent.amountCentavos),
    h('span', { class: `chip chip--${intent.status.toLowerCase()}` }, statuses[intent.status] ?? intent.status),
    instant(intent.expiresAt),
    actions(intent),
  ];
  async function refresh() {
    const [{ intents }] = await Promise.all([api.intents(), desk.refresh()]);
    show(charges, [intents, force.checked], () =>
      intents.length === 0
        ? h('p', { class: 'quiet' }, 'Nenhuma cobrança. Assine um contrato no portal.')
        : table(['Credor', 'Cobrança', 'Meio', 'Valor', 'Situação', 'Vence', ''], intents.map(row)),
    );
  }
  return {
    title: 'Banco',
    node: h(
      'div',
      {},
      h('h1', {}, 'Banco de testes'),
      h(
        'p',
        { class: 'lead' },
        'O banco paga a cobrança e avisa a API por webhooks assinados, do jeito que você pedir: a mais, repetido, fora de ordem, atrasado.',
      ),
      h(
        'fieldset',
        { class: 'card fields' },
        h('legend', {}, 'Como pagar'),
        field('pay-amount', 'Valor em reais', amount),
        field('pay-copies', 'Avisos do mesmo pagamento', copies),
        field('pay-delay', 'Atraso do aviso', delay),
        h('p', { class: 'check' }, shuffle, h('label', { for: 'pay-shuffle' }, 'Fora de ordem')),
        h('p', { class: 'check' }, force, h('label', { for: 'pay-force' }, 'Pagar mesmo vencida ou já paga')),
        h('p', { class: 'check' }, settle, h('label', { for: 'pay-settle' }, 'Compensar o boleto na hora')),
        h('p', { class: 'check' }, bounce, h('label', { for: 'pay-bounce' }, 'O dinheiro do boleto nunca chega')),
      ),
      h(
        'p',
        { class: 'lead' },
        h('strong', {}, 'Devolver'),
        ' é o credor mandando dinheiro de volta no balcão do banco; ',
        h('strong', {}, 'Estornar'),
        ' é o banco do pagador tomando o dinheiro de volta. Sem valor, volta tudo o que resta do último pagamento.',
      ),
      said,
      charges,
      desk.node,
    ),
    refresh,
  };
}
