import * as api from './api.js';
import { copyButton, h, show } from './dom.js';

/** The participants to log in as, each with what they would know. */
export function people() {
  const list = h('div', { class: 'cards' });
  return {
    title: 'Participantes',
    node: h(
      'div',
      {},
      h('h1', {}, 'Entre como um participante'),
      h(
        'p',
        { class: 'lead' },
        'Abra o portal, copie CPF e contrato, peça o código e leia-o em Mensagens. Depois de assinar, pague em Banco e volte ao portal.',
      ),
      list,
    ),
    async refresh() {
      const { creditors, participants } = await api.demo();
      const names = Object.fromEntries(creditors.map(({ id, name }) => [id, name]));
      show(list, participants, () => participants.map((person) => card(person, names[person.creditor] ?? person.creditor)));
    },
  };
}

function card(person, creditor) {
  const row = (term, value) => [h('dt', {}, term), h('dd', {}, h('code', {}, value), copyButton(value, term))];
  return h(
    'article',
    { class: 'card' },
    h('p', { class: 'card__over' }, creditor),
    h('h2', {}, person.name),
    h(
      'dl',
      { class: 'pairs' },
      row('CPF', person.document),
      row('Contrato', person.contract),
      row('E-mail', person.email),
      row('Celular', person.phone),
    ),
    h(
      'p',
      { class: 'card__acts' },
      h('a', { class: 'act', href: `/?c=${encodeURIComponent(person.creditor)}`, target: '_blank' }, 'Abrir o portal'),
      h('a', { href: `#mensagens/${encodeURIComponent(person.email)}` }, 'E-mails'),
      h('a', { href: `#mensagens/${encodeURIComponent(person.phone)}` }, 'SMS'),
    ),
  );
}
