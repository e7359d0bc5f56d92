import * as api from './api.js';
import { h } from './dom.js';
import { count, fullInstant, nextLawfulMorning } from './format.js';

const jumps = [
  ['1 h', '1h'],
  ['1 dia', '24h'],
  ['7 dias', '168h'],
  ['30 dias', '720h'],
];

/** The clock of the local cloud and the ways to move it; `moved` is called once all that became due has run. */
export function timeMachine(node, moved) {
  let now = '';
  let busy = false;
  let began;
  const shown = h('time', { class: 'time__now' });
  const kind = h('span', { class: 'time__kind' });
  const said = h('p', { class: 'time__said', role: 'status' });
  const bar = h('progress', { class: 'time__bar', 'aria-label': 'O tempo está passando' });
  const custom = h('input', { id: 'time-custom', type: 'text', placeholder: '72h ou 90m', size: 9, autocomplete: 'off' });
  const buttons = [];
  const button = (label, act, title) => {
    const made = h('button', { type: 'button', onclick: () => move(act), ...(title ? { title } : {}) }, label);
    buttons.push(made);
    return made;
  };

  async function move(act) {
    if (busy) return;
    busy = true;
    node.classList.add('is-moving');
    for (const one of buttons) one.disabled = true;
    said.textContent = 'O tempo está passando: tudo o que vence roda em ordem…';
    const watch = setInterval(() => void refresh().catch(() => {}), 400);
    try {
      const before = await tally();
      await act();
      await refresh();
      const after = await tally();
      said.textContent = `Pronto: ${count(after.messages - before.messages, 'mensagem nova', 'mensagens novas')}, ${count(after.events - before.events, 'evento novo', 'eventos novos')}.`;
    } catch (error) {
      said.textContent = error.message;
    } finally {
      clearInterval(watch);
      busy = false;
      node.classList.remove('is-moving');
      for (const one of buttons) one.disabled = false;
      moved();
    }
  }

  async function refresh() {
    const answer = await api.clock();
    now = answer.now;
    shown.textContent = fullInstant(now);
    shown.dateTime = now;
    kind.textContent = answer.virtual ? 'relógio virtual' : 'relógio real';
    progress(Date.parse(now), Date.parse(answer.movingTo));
  }

  /** Shows how far a move has come, whoever asked for it; `to` is NaN when the clock is not being moved. */
  function progress(at, to) {
    const moving = !Number.isNaN(to);
    node.classList.toggle('is-moving', busy || moving);
    began = moving ? (began ?? at) : undefined;
    if (moving && to > began) bar.value = (at - began) / (to - began);
    else bar.removeAttribute('value');
  }

  node.append(
    h('div', { class: 'time__read' }, shown, kind),
    h(
      'div',
      { class: 'time__jumps' },
      h('span', {}, 'Avançar'),
      jumps.map(([label, duration]) => button(label, () => api.advance(duration))),
      button(
        'Próxima manhã útil',
        () => api.setClock(nextLawfulMorning(now)),
        'Até as 08:30 do próximo dia de semana, quando mensagens são permitidas',
      ),
      h(
        'form',
        {
          class: 'time__custom',
          onsubmit: (event) => {
            event.preventDefault();
            void move(() => api.advance(custom.value.trim()));
          },
        },
        h('label', { for: 'time-custom', class: 'sr-only' }, 'Quanto avançar'),
        custom,
        h('button', { type: 'submit' }, 'Ir'),
      ),
    ),
    bar,
    said,
  );
  buttons.push(node.querySelector('form button'));
  return { refresh };
}

async function tally() {
  const [{ messages }, { events }] = await Promise.all([api.outbox('', 5000), api.events(5000)]);
  return { messages: messages.length, events: events.length };
}
