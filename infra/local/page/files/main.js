import { people } from './people.js';
import { inbox } from './inbox.js';
import { bank } from './bank.js';
import { machines } from './machines.js';
import { events } from './events.js';
import { timeMachine } from './clock.js';
import { h } from './dom.js';

// Sections by the location's hash. Each builds its frame once and refreshes what it shows.
const sections = { pessoas: people, mensagens: inbox, banco: bank, maquinas: machines, eventos: events };
const refreshEvery = 2000;

const main = document.getElementById('conteudo');
const tabs = document.getElementById('tabs');
let open;
let refreshing = false;

function place() {
  const [name = '', ...rest] = location.hash.slice(1).split('/');
  return { name: name in sections ? name : 'pessoas', rest: rest.map(decodeURIComponent) };
}

function enter() {
  const { name, rest } = place();
  if (open?.name !== name) {
    open = { name, view: sections[name]() };
    main.replaceChildren(open.view.node);
    document.title = `${open.view.title} · Regua local`;
  }
  open.view.enter?.(...rest);
  tabs.replaceChildren(
    ...Object.entries(titles).map(([key, title]) =>
      h('a', { href: `#${key}`, ...(key === name ? { 'aria-current': 'page' } : {}) }, title),
    ),
  );
  void refresh();
}

const titles = {
  pessoas: 'Participantes',
  mensagens: 'Mensagens',
  banco: 'Banco',
  maquinas: 'Máquinas de estado',
  eventos: 'Eventos',
};

async function refresh() {
  if (refreshing) return;
  refreshing = true;
  try {
    await Promise.all([time.refresh(), open.view.refresh()]);
    document.body.classList.remove('is-lost');
  } catch {
    document.body.classList.add('is-lost');
  } finally {
    refreshing = false;
  }
}

const time = timeMachine(document.getElementById('time'), () => void refresh());
addEventListener('hashchange', enter);
document.addEventListener('visibilitychange', () => document.hidden || void refresh());
setInterval(() => document.hidden || void refresh(), refreshEvery);
enter();
