import * as api from './api.js';
import { h, show, table } from './dom.js';
import { date, money } from './format.js';

// Return codes of the file of 150 columns, as FEBRABAN names them.
const answers = {
  '00': 'Débito feito',
  '01': 'Sem saldo',
  '02': 'Conta não existe',
  '04': 'Outra restrição',
  '05': 'Acima do limite do cliente',
  '30': 'Sem autorização do cliente',
};

/** The bank of account debit: what the product's files ask of it, and what it answers. */
export function debitDesk() {
  const said = h('p', { class: 'said', role: 'status' });
  const list = h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Débitos em conta' });
  const chosen = new Map();
  const button = h('button', { type: 'button', id: 'debits-answer' }, 'Responder a todos');
  let waiting = [];
  button.addEventListener('click', async () => {
    button.disabled = true;
    try {
      const codes = Object.fromEntries(waiting.filter((id) => chosen.has(id)).map((id) => [id, chosen.get(id)]));
      const { files } = await api.answerDebits(codes);
      said.textContent = `${files} arquivo(s) de retorno escritos. Avance o relógio em 1 hora: a troca seguinte os lê.`;
      await refresh();
    } catch (error) {
      said.textContent = error.message;
      button.disabled = false;
    }
  });

  const answer = (debit) => {
    const label = `Resposta a ${debit.paymentIntentId}`;
    if (debit.cancel) return 'Cancelado como pedido';
    const pick = h(
      'select',
      { id: `code-${debit.paymentIntentId}`, 'aria-label': label, onchange: () => chosen.set(debit.paymentIntentId, pick.value) },
      Object.entries(answers).map(([code, name]) => h('option', { value: code }, `${code} ${name}`)),
    );
    pick.value = chosen.get(debit.paymentIntentId) ?? '00';
    return pick;
  };
  async function refresh() {
    const { debits } = await api.debits();
    waiting = debits.map((debit) => debit.paymentIntentId);
    button.disabled = debits.length === 0;
    show(list, debits, () =>
      debits.length === 0
        ? h('p', { class: 'quiet' }, 'Nenhum débito espera resposta. O arquivo sai para o banco de hora em hora.')
        : table(
            ['Credor', 'Cobrança', 'Valor', 'Debita em', 'O banco responde'],
            debits.map((debit) => [
              debit.creditor,
              h('code', {}, debit.paymentIntentId),
              money(debit.amountCentavos),
              date(debit.due),
              answer(debit),
            ]),
          ),
    );
  }
  return {
    node: h(
      'div',
      {},
      h('h2', {}, 'Débito em conta'),
      h(
        'p',
        { class: 'lead' },
        'O que está em arquivo no banco e ainda sem resposta. Escolha o código de retorno de cada débito, responda e avance o relógio.',
      ),
      h('div', { class: 'bar' }, button),
      said,
      list,
    ),
    refresh,
  };
}
