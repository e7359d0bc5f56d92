import * as api from './api.js';
import { copyButton, h, show } from './dom.js';
import { centavos, instant, money } from './format.js';

/** The sandbox bank: who owes it, and the ways in which it can pay and tell. */
export function bank() {
  const field = (id, label, input, hint) =>
    h('p', { class: 'field' }, h('label', { for: id }, label), input, hint && h('small', {}, hint));
  const amount = h('input', { id: 'pay-amount', inputmode: 'decimal', placeholder: 'o valor da cobrança', autocomplete: 'off' });
  const copies = h('input', { id: 'pay-copies', type: 'number', min: 1, max: 10, value: 1 });
  const delay = h('input', { id: 'pay-delay', placeholder: 'nenhum, ou 30s, 10m, 48h', autocomplete: 'off' });
  const shuffle = h('input', { id: 'pay-shuffle', type: 'checkbox' });
  const force = h('input', { id: 'pay-force', type: 'checkbox', onchange: () => void refresh() });
  const settle = h('input', { id: 'pay-settle', type: 'checkbox', onchange: () => void refresh() });
  const said = h('p', { class: 'said', role: 'status' });
  const rows = h('tbody');
  const table = h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Cobranças' });

  async function pay(intent, button) {
    const typed = centavos(amount.value);
    if (Number.isNaN(typed) || typed === 0) {
      said.textContent = 'O valor deve ser como 489,90.';
      return amount.focus();
    }
    button.disabled = true;
    said.textContent = 'O banco está pagando e avisando…';
    try {
      const { payments } = await api.pay({
        paymentIntentId: intent.paymentIntentId,
        ...(typed !== undefined ? { amountCentavos: typed } : {}),
        ...(Number(copies.value) > 1 ? { copies: Number(copies.value) } : {}),
        ...(shuffle.checked ? { shuffle: true } : {}),
        ...(delay.value.trim() ? { delay: delay.value.trim() } : {}),
        ...(force.checked ? { force: true } : {}),
        ...(settle.checked ? { settle: true } : {}),
      });
      said.textContent = delay.value.trim()
        ? `Pago; o aviso sai depois de ${delay.value.trim()} no relógio do ambiente.`
        : `Pago: ${payments?.length ?? 1} aviso(s) entregues à API. Veja o portal.`;
      await refresh();
    } catch (error) {
      said.textContent = error.message;
    } finally {
      button.disabled = false;
    }
  }

  const row = (intent) => {
    const settling = intent.status === 'NOTICED' && settle.checked;
    const refused = intent.status !== 'ACTIVE' && !force.checked && !settling;
    const button = h('button', { type: 'button', id: `pay-${intent.paymentIntentId}`, disabled: refused }, settling ? 'Compensar' : 'Pagar');
    button.addEventListener('click', () => void pay(intent, button));
    return h(
      'tr',
      {},
      h('td', {}, intent.creditor),
      h('td', {}, h('code', {}, intent.paymentIntentId), copyButton(intent.paymentIntentId, 'identificador')),
      h('td', {}, intent.method),
      h('td', { class: 'num' }, money(intent.amountCentavos)),
      h('td', {}, h('span', { class: `chip chip--${intent.status.toLowerCase()}` }, intent.status)),
      h('td', {}, instant(intent.expiresAt)),
      h('td', {}, button),
    );
  };
  async function refresh() {
    const { intents } = await api.intents();
    show(table, [intents, force.checked, settle.checked], () => {
      if (intents.length === 0) return h('p', { class: 'quiet' }, 'Nenhuma cobrança. Assine um contrato no portal.');
      rows.replaceChildren(...intents.map(row));
      const head = ['Credor', 'Cobrança', 'Meio', 'Valor', 'Situação', 'Vence', ''];
      return h(
        'table',
        {},
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            head.map((name) =>
              h(
                'th',
                { scope: 'col', ...(name === 'Valor' ? { class: 'num' } : {}) },
                name || h('span', { class: 'sr-only' }, 'Ação'),
              ),
            ),
          ),
        ),
        rows,
      );
    });
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
      ),
      said,
      table,
    ),
    refresh,
  };
}
