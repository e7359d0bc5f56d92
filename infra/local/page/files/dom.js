// Builds elements. Text is always set as text, so nothing that a message or a name holds is ever read as markup.

const svgNames = 'http://www.w3.org/2000/svg';

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === undefined || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else if (name === 'value') node.value = value;
    else node.setAttribute(name, value === true ? '' : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child !== undefined && child !== null && child !== false) node.append(child);
  }
  return node;
}

/** Builds an HTML element: attributes, listeners as `onclick`, children. */
export function h(tag, attributes, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** Builds an SVG element. */
export function s(tag, attributes, ...children) {
  return fill(document.createElementNS(svgNames, tag), attributes, children);
}

/** A button that copies a text and says so. */
export function copyButton(text, what) {
  const button = h('button', { type: 'button', class: 'copy', 'aria-label': `Copiar ${what}` }, 'Copiar');
  button.addEventListener('click', async () => {
    await navigator.clipboard.writeText(text);
    button.textContent = 'Copiado';
    setTimeout(() => (button.textContent = 'Copiar'), 1500);
  });
  return button;
}

/** Replaces the content of a node only when what it shows has changed, so that focus, selection and open frames stay. */
export function show(node, key, build) {
  const text = JSON.stringify(key);
  if (node.dataset.shown === text) return;
  node.dataset.shown = text;
  const focused = node.contains(document.activeElement) ? document.activeElement.id : '';
  node.replaceChildren(...[build()].flat(Infinity).filter(Boolean));
  if (focused) document.getElementById(focused)?.focus();
}

/** A table of cells by its columns' names; a column without one holds what can be done, and amounts stand to the right. */
export function table(head, rows) {
  const side = (place) => (head[place] === 'Valor' ? { class: 'num' } : {});
  return h(
    'table',
    {},
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        head.map((name, place) => h('th', { scope: 'col', ...side(place) }, name || h('span', { class: 'sr-only' }, 'Ação'))),
      ),
    ),
    h(
      'tbody',
      {},
      rows.map((cells) =>
        h(
          'tr',
          {},
          cells.map((cell, place) => h('td', side(place), cell)),
        ),
      ),
    ),
  );
}
