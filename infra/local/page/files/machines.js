import * as api from './api.js';
import { draw } from './chart.js';
import { h, show } from './dom.js';
import { count, instant } from './format.js';

/** The state machines as they are deployed, each drawn, with the executions that are in it. */
export function machines() {
  let definitions = [];
  let machine;
  let chosen;
  let executions = [];
  const pick = h('div', { class: 'pick', role: 'group', 'aria-label': 'Máquina' });
  const chart = h('div', { class: 'chart', tabindex: 0, role: 'region', 'aria-label': 'Desenho da máquina' });
  const filter = h('input', {
    id: 'run-filter',
    type: 'search',
    placeholder: 'nome, estado ou situação',
    autocomplete: 'off',
    oninput: () => paint(),
  });
  const total = h('p', { class: 'quiet', role: 'status' });
  const list = h('ul', { class: 'runs' });

  const choose = (name) => {
    machine = name;
    chosen = undefined;
    void refresh();
  };
  function paint() {
    const wanted = filter.value.trim().toLowerCase();
    const found = executions.filter((one) => `${one.name} ${one.state} ${one.status}`.toLowerCase().includes(wanted));
    const current = found.find((one) => one.name === chosen);
    const here = Object.create(null);
    for (const one of executions) if (one.status === 'RUNNING') here[one.state] = (here[one.state] ?? 0) + 1;
    show(pick, [definitions.map((one) => one.name), machine], () =>
      definitions.map(({ name }) =>
        h(
          'button',
          { type: 'button', id: `machine-${name}`, 'aria-pressed': String(name === machine), onclick: () => choose(name) },
          name,
        ),
      ),
    );
    const definition = definitions.find((one) => one.name === machine)?.definition;
    show(chart, [machine, here, current?.name, current?.state, current?.status], () =>
      definition
        ? draw(definition, { counts: here, ...(current ? { current: current.state || ended(current) } : {}) })
        : h('p', { class: 'quiet' }, 'Nenhuma máquina.'),
    );
    const running = found.filter((one) => one.status === 'RUNNING').length;
    total.textContent = `${count(found.length, 'execução', 'execuções')}, ${running} em andamento`;
    show(list, [found, chosen], () => found.slice(0, 200).map(row));
  }
  const row = (one) =>
    h(
      'li',
      {},
      h(
        'button',
        {
          type: 'button',
          id: `run-${one.name}`,
          class: 'run',
          'aria-pressed': String(one.name === chosen),
          onclick: () => {
            chosen = chosen === one.name ? undefined : one.name;
            paint();
          },
        },
        h('code', {}, one.name),
        h(
          'span',
          {},
          h('span', { class: `chip chip--${one.status.toLowerCase()}` }, one.status),
          one.state && ` em ${one.state}`,
        ),
        h('span', { class: 'quiet' }, `desde ${instant(one.since)}${one.until ? `, até ${instant(one.until)}` : ''}`),
      ),
    );
  async function refresh() {
    if (definitions.length === 0) definitions = (await api.machines()).machines;
    machine ??= definitions[0]?.name;
    executions = (await api.executions(machine)).executions;
    paint();
  }
  return {
    title: 'Máquinas de estado',
    node: h(
      'div',
      {},
      h('h1', {}, 'Máquinas de estado'),
      pick,
      h(
        'div',
        { class: 'split split--chart' },
        chart,
        h(
          'section',
          { 'aria-label': 'Execuções' },
          h('div', { class: 'bar' }, h('label', { for: 'run-filter' }, 'Execuções'), filter),
          total,
          list,
        ),
      ),
    ),
    enter(name) {
      if (name !== undefined) machine = name;
    },
    refresh,
  };
}

/** Where an execution that is over stands in the drawing. */
function ended(execution) {
  return execution.status === 'SUCCEEDED' ? 'fim' : 'falha';
}
