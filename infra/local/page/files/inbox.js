import * as api from './api.js';
import { copyButton, h, show } from './dom.js';
import { count, instant } from './format.js';

const shownAtOnce = 200;

/** Every message that left the product, newest first, and the chosen one as its reader sees it. */
export function inbox() {
  let chosen;
  let messages = [];
  const to = h('input', {
    id: 'inbox-to',
    type: 'search',
    placeholder: 'e-mail ou celular',
    autocomplete: 'off',
    oninput: () => void refresh(),
  });
  const total = h('p', { class: 'quiet', role: 'status' });
  const list = h('ul', { class: 'mail-list' });
  const reader = h('section', { class: 'mail', 'aria-label': 'Mensagem' });

  const draw = () => {
    show(list, [messages.map((message) => keyOf(message)), chosen], () => messages.map(row));
    const message = messages.find((one) => keyOf(one) === chosen) ?? messages[0];
    show(reader, [message], () =>
      message
        ? read(message)
        : h('p', { class: 'quiet' }, 'Nenhuma mensagem ainda. Avance o relógio ou peça um código no portal.'),
    );
  };
  const row = (message) => {
    const key = keyOf(message);
    const current = key === (chosen ?? keyOf(messages[0]));
    return h(
      'li',
      {},
      h(
        'button',
        {
          type: 'button',
          id: `mail-${key}`,
          class: 'mail-row',
          ...(current ? { 'aria-current': 'true' } : {}),
          onclick: () => {
            chosen = key;
            draw();
          },
        },
        h('span', { class: 'mail-row__who' }, `${message.channel === 'sms' ? 'SMS' : 'E-mail'} · ${message.to}`),
        h('span', { class: 'mail-row__what' }, message.subject || message.body.slice(0, 80)),
        h('span', { class: 'mail-row__when' }, instant(message.sentAt)),
      ),
    );
  };
  async function refresh() {
    const answer = await api.outbox(to.value.trim(), shownAtOnce);
    messages = answer.messages;
    total.textContent =
      messages.length === shownAtOnce ? `As ${shownAtOnce} mais novas` : count(messages.length, 'mensagem', 'mensagens');
    draw();
  }
  return {
    title: 'Mensagens',
    node: h(
      'div',
      {},
      h('h1', {}, 'Mensagens'),
      h('div', { class: 'bar' }, h('label', { for: 'inbox-to' }, 'Para'), to, total),
      h('div', { class: 'split' }, list, reader),
    ),
    enter(address) {
      if (address !== undefined) to.value = address;
      chosen = undefined;
    },
    refresh,
  };
}

const keyOf = (message) => message && `${message.id}-${message.to}`;

function read(message) {
  const code = codeIn(message);
  return [
    h('h2', {}, message.subject || 'SMS'),
    h(
      'dl',
      { class: 'pairs' },
      h('dt', {}, 'Para'),
      h('dd', {}, message.to),
      h('dt', {}, 'Enviada'),
      h('dd', {}, instant(message.sentAt)),
      h('dt', {}, 'Modelo'),
      h('dd', {}, h('code', {}, message.templateId || '—')),
    ),
    code && h('p', { class: 'code' }, h('span', {}, 'Código'), h('strong', {}, code), copyButton(code, 'código')),
    message.html ? rendered(message) : h('div', { class: message.channel === 'sms' ? 'bubble' : 'letter' }, linked(message.body)),
    message.html && h('details', {}, h('summary', {}, 'Texto simples'), h('div', { class: 'letter' }, linked(message.body))),
  ];
}

function codeIn(message) {
  if (message.templateId && !/otp|code/.test(message.templateId)) return undefined;
  return /(?<!\d)(\d{4}) ?(\d{4})(?!\d)/.exec(message.body)?.slice(1).join('');
}

/** The message's own HTML, in a frame that can run nothing and reach nothing; its links open in another tab. */
function rendered(message) {
  const frame = h('iframe', {
    class: 'mail__frame',
    title: 'Mensagem como o destinatário a vê',
    sandbox: 'allow-popups allow-popups-to-escape-sandbox',
    referrerpolicy: 'no-referrer',
  });
  frame.srcdoc = `<base target="_blank">${message.html}`;
  return frame;
}

/** Text in which addresses of this origin can be followed. */
function linked(text) {
  return text
    .split(/(https?:\/\/[^\s<>"]+)/)
    .map((part, i) => (i % 2 === 1 ? h('a', { href: part, target: '_blank', rel: 'noreferrer' }, part) : part));
}
