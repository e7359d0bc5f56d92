import { s } from './dom.js';
import { layers } from './layout.js';

const box = { width: 190, height: 46, gapX: 36, gapY: 62, margin: 30 };

const kinds = {
  Task: 'tarefa',
  Wait: 'espera',
  Choice: 'escolha',
  Pass: 'passo',
  Map: 'para cada',
  Parallel: 'em paralelo',
  Succeed: 'fim',
  Fail: 'falha',
};

/**
 * Draws a state machine from its definition in the Amazon States Language. `counts` says how many executions are in a state, `current`
 * names the state to point out.
 */
export function draw(definition, { counts = {}, current } = {}) {
  const edges = edgesOf(definition);
  const { nodes, paths, columns, rows } = layers(definition.StartAt, Object.keys(definition.States), edges);
  const lanes = paths.filter((path) => path.back).length;
  const width = columns * (box.width + box.gapX) + 2 * box.margin + lanes * 16;
  const height = rows * (box.height + box.gapY) - box.gapY + 2 * box.margin;
  const at = ({ column, row }) => ({
    x: box.margin + column * (box.width + box.gapX) + box.width / 2,
    y: box.margin + row * (box.height + box.gapY),
  });
  let lane = 0;
  return s(
    'svg',
    { class: 'asl', viewBox: `0 0 ${width} ${height}`, width, height, role: 'img', 'aria-label': described(definition, current) },
    s(
      'defs',
      {},
      s(
        'marker',
        { id: 'arrow', viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 8, markerHeight: 8, orient: 'auto-start-reverse' },
        s('path', { d: 'M0 0L8 4L0 8z' }),
      ),
    ),
    paths.map((path) => (path.back ? loop(path, at, width - box.margin - 16 * lane++) : line(path, at))),
    nodes.map((node) =>
      state(
        node.name,
        definition.States[node.name],
        at(node),
        counts[node.name] ?? 0,
        node.name === current || isEnd(definition, node.name, current),
      ),
    ),
  );
}

/** Once an execution is over its last state is not told, so all that could have ended it that way are pointed out. */
function isEnd(definition, name, current) {
  const state = definition.States[name];
  if (current === 'fim') return state.Type === 'Succeed' || state.End === true;
  return current === 'falha' && state.Type === 'Fail';
}

function described(definition, current) {
  const names = Object.keys(definition.States).join(', ');
  return current ? `Estados: ${names}. Estado atual: ${current}.` : `Estados: ${names}.`;
}

function edgesOf({ States }) {
  const edges = [];
  for (const [from, state] of Object.entries(States)) {
    for (const choice of state.Choices ?? []) edges.push({ from, to: choice.Next, label: conditionOf(choice) });
    if (state.Default) edges.push({ from, to: state.Default, label: 'senão' });
    if (state.Next) edges.push({ from, to: state.Next, label: '' });
    for (const caught of state.Catch ?? [])
      edges.push({ from, to: caught.Next, label: caught.ErrorEquals.join(', '), caught: true });
  }
  return edges;
}

function conditionOf(choice) {
  const compared = Object.entries(choice).find(([key]) => !['Variable', 'Next', 'Comment', 'Assign', 'Output'].includes(key));
  if (!compared) return '';
  const [operator, value] = compared;
  if (typeof value === 'object') return operator === 'Not' ? 'não' : operator === 'And' ? 'todas' : 'alguma';
  const name = String(choice.Variable ?? '')
    .split('.')
    .at(-1);
  const short = operator.startsWith('Is') ? `${operator}=${value}` : String(value);
  return `${name} ${short}`.trim();
}

function state(name, definition, { x, y }, running, current) {
  const kind = kinds[definition.Type] ?? definition.Type;
  return s(
    'g',
    {
      class: `state state--${definition.Type.toLowerCase()}${current ? ' is-current' : ''}`,
      transform: `translate(${x - box.width / 2} ${y})`,
    },
    s('rect', { width: box.width, height: box.height, rx: /Succeed|Fail/.test(definition.Type) ? box.height / 2 : 8 }),
    s('text', { class: 'state__name', x: box.width / 2, y: 20 }, name.length > 25 ? `${name.slice(0, 24)}…` : name),
    s('text', { class: 'state__kind', x: box.width / 2, y: 36 }, definition.End ? `${kind}, último` : kind),
    running > 0 &&
      s(
        'g',
        { class: 'state__count' },
        s('circle', { cx: box.width, cy: 0, r: 12 }),
        s('text', { x: box.width, y: 4 }, String(running)),
      ),
    s('title', {}, definition.Comment ?? name),
  );
}

function line({ points, label, caught }, at) {
  const stops = points.map(at);
  const start = { x: stops[0].x, y: stops[0].y + box.height };
  const end = { x: stops.at(-1).x, y: stops.at(-1).y - 3 };
  const middle = stops.slice(1, -1).flatMap(({ x, y }) => [
    { x, y },
    { x, y: y + box.height },
  ]);
  const all = [start, ...middle, end];
  let d = `M${start.x} ${start.y}`;
  for (let i = 1; i < all.length; i++) {
    const [a, b] = [all[i - 1], all[i]];
    const bend = (b.y - a.y) / 2;
    d += a.x === b.x ? `L${b.x} ${b.y}` : `C${a.x} ${a.y + bend} ${b.x} ${b.y - bend} ${b.x} ${b.y}`;
  }
  const next = all[1];
  return edge(d, label, caught, { x: start.x + (next.x - start.x) * 0.62, y: start.y + (next.y - start.y) * 0.62 });
}

/** A way back goes around on the right, each in its own lane. */
function loop({ points, label, caught }, at, lane) {
  const [from, to] = [at(points[0]), at(points.at(-1))];
  const [right, low, high] = [box.width / 2, from.y + box.height / 2, to.y + box.height / 2];
  const out = `M${from.x + right} ${low}H${lane - 10}Q${lane} ${low} ${lane} ${low - 10}`;
  const home = `V${high + 10}Q${lane} ${high} ${lane - 10} ${high}H${to.x + right + 3}`;
  return edge(out + home, label, caught, { x: lane - 6, y: (low + high) / 2, end: true });
}

function edge(d, label, caught, { x, y, end }) {
  const text = label.length > 26 ? `${label.slice(0, 25)}…` : label;
  return s(
    'g',
    { class: caught ? 'edge is-caught' : 'edge' },
    s('path', { d, 'marker-end': 'url(#arrow)' }),
    text && s('text', { x, y, 'text-anchor': end ? 'end' : 'middle' }, text),
    s('title', {}, label),
  );
}
