import * as api from './api.js';
import { h, show, table } from './dom.js';
import { instant } from './format.js';

/** The domain events as they were published, newest first, and what waits in the queues. */
export function events() {
  const search = h('input', {
    id: 'events-search',
    type: 'search',
    placeholder: 'tipo, credor ou caso',
    autocomplete: 'off',
    oninput: () => draw(),
  });
  const list = h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Eventos' });
  const waiting = h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Filas' });
  let all = [];
  const draw = () => {
    const wanted = search.value.trim().toLowerCase();
    const found = all.filter((one) => `${one.type} ${one.creditorId} ${one.caseId}`.toLowerCase().includes(wanted));
    show(list, found, () =>
      found.length === 0
        ? h('p', { class: 'quiet' }, 'Nenhum evento.')
        : table(
            ['Quando', 'Tipo', 'Credor', 'Caso', 'Evento'],
            found.map((one) => [
              instant(one.occurredAt),
              h('strong', {}, one.type),
              one.creditorId,
              caseButton(one.caseId),
              h('code', {}, one.id),
            ]),
          ),
    );
  };
  const caseButton = (id) =>
    h(
      'button',
      {
        type: 'button',
        class: 'link',
        title: 'Só os eventos deste caso',
        onclick: () => {
          search.value = id;
          draw();
        },
      },
      h('code', {}, id),
    );
  return {
    title: 'Eventos',
    node: h(
      'div',
      {},
      h('h1', {}, 'Eventos'),
      h('div', { class: 'bar' }, h('label', { for: 'events-search' }, 'Filtrar'), search),
      list,
      h('h2', {}, 'Filas'),
      waiting,
    ),
    async refresh() {
      const [published, { queues }] = await Promise.all([api.events(500), api.queues()]);
      all = published.events;
      draw();
      show(waiting, queues, () =>
        table(
          ['Fila', 'À espera', 'Em trabalho', 'Adiadas'],
          queues.map((one) => [one.name, one.visible, one.inFlight, one.delayed].map((value) => String(value ?? ''))),
        ),
      );
    },
  };
}
