import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contrast, paletteOf, parseColor } from './brand/contrast';
import { forgetKey, keyOf, makeMemory, mintKey } from './memory';
import { nextWait, pollEvery } from './polling';
import { creditorOf, entryToken, formatRoute, parseRoute, type Route } from './route';

const ulid = '01JD9Z6A0B1C2D3E4F5G6H7J8K';
const other = '01JD9ZC0D1E2F3G4H5J6K7M8N9';

test('every route is read back from its hash', () => {
  const routes: Route[] = [
    { screen: 'identify' },
    { screen: 'code' },
    { screen: 'debts' },
    { screen: 'contract', number: 'VP-5G6H7J8K' },
    { screen: 'proposal', proposalId: other },
    { screen: 'pay', agreementId: ulid, instalment: 72, method: 'pix' },
    { screen: 'pay', agreementId: ulid, instalment: 1, method: 'boleto' },
    { screen: 'pay', agreementId: ulid, instalment: 1, method: 'debit', otherAccount: true },
    { screen: 'payment', intentId: ulid },
    { screen: 'agreement', agreementId: ulid },
    { screen: 'agreement', agreementId: ulid, receiptOf: other },
  ];
  for (const route of routes) assert.deepEqual(parseRoute(formatRoute(route)), route);
});

test('a payment without a named way is by PIX', () => {
  assert.deepEqual(parseRoute(`#/pagar/${ulid}/2`), { screen: 'pay', agreementId: ulid, instalment: 2, method: 'pix' });
});

test('anything else in the hash is the first screen', () => {
  for (const hash of [
    '',
    '#',
    '#/',
    '#/contrato/../x',
    `#/pagar/${ulid}/0`,
    `#/pagar/${ulid}/1/cartao`,
    `#/acordo/${ulid.toLowerCase()}`,
    '#/dividas/x',
    '#e=x',
  ]) {
    assert.deepEqual(parseRoute(hash), { screen: 'identify' }, hash);
  }
});

test('entry tokens and creditors are taken only in their form', () => {
  assert.equal(entryToken(`#e=vida-plena.${'a'.repeat(43)}`), `vida-plena.${'a'.repeat(43)}`);
  for (const bad of ['#e=short', '#e=<script>aaaaaaaaaaaaaaaaaaaa', '#/entrar', `#e=${'a'.repeat(513)}`])
    assert.equal(entryToken(bad), undefined);
  assert.equal(creditorOf('?c=vida-plena'), 'vida-plena');
  for (const bad of ['', '?c=', '?c=Vida', '?c=../x', '?c=a', `?c=${'a'.repeat(32)}`]) assert.equal(creditorOf(bad), undefined);
});

class Shelf {
  readonly items = new Map<string, string>();
  getItem = (key: string) => this.items.get(key) ?? null;
  setItem = (key: string, value: string) => void this.items.set(key, value);
  removeItem = (key: string) => void this.items.delete(key);
}

test('memory survives a reload', () => {
  const shelf = new Shelf() as unknown as Storage;
  makeMemory(() => shelf).set('entry', 'token');
  const reloaded = makeMemory(() => shelf);
  assert.equal(reloaded.get('entry'), 'token');
  reloaded.drop('entry');
  assert.equal(makeMemory(() => shelf).get('entry'), undefined);
});

test('memory works for one page where storage is forbidden, and ignores what it cannot read', () => {
  const memory = makeMemory(() => {
    throw new Error('SecurityError');
  });
  memory.set('signedIn', true);
  assert.equal(memory.get('signedIn'), true);
  memory.drop('signedIn');
  assert.equal(memory.get('signedIn'), undefined);
  const broken = new Shelf();
  broken.items.set('regua.keys', '{');
  assert.equal(makeMemory(() => broken as unknown as Storage).get('keys'), undefined);
});

test('an intention keeps its key until it is answered', () => {
  const shelf = new Shelf() as unknown as Storage;
  let minted = 0;
  const mint = () => `key-${++minted}`;
  assert.equal(
    keyOf(
      makeMemory(() => shelf),
      'offer:1',
      mint,
    ),
    'key-1',
  );
  assert.equal(
    keyOf(
      makeMemory(() => shelf),
      'offer:1',
      mint,
    ),
    'key-1',
  );
  assert.equal(
    keyOf(
      makeMemory(() => shelf),
      'offer:2',
      mint,
    ),
    'key-2',
  );
  forgetKey(
    makeMemory(() => shelf),
    'offer:1',
  );
  assert.equal(
    keyOf(
      makeMemory(() => shelf),
      'offer:1',
      mint,
    ),
    'key-3',
  );
  assert.equal(
    keyOf(
      makeMemory(() => shelf),
      'offer:2',
      mint,
    ),
    'key-2',
  );
});

test('minted keys are visible ASCII and differ', () => {
  const keys = new Set(Array.from({ length: 200 }, mintKey));
  assert.equal(keys.size, 200);
  for (const key of keys) assert.match(key, /^[0-9a-f]{32}$/);
});

test('polling backs off when hidden or failing, up to half a minute, and comes back', () => {
  const hidden = { hidden: true, failed: false };
  const waits: number[] = [];
  for (let wait = pollEvery, i = 0; i < 6; i++) waits.push((wait = nextWait(wait, hidden)));
  assert.deepEqual(waits, [4000, 8000, 16000, 30000, 30000, 30000]);
  assert.equal(nextWait(30000, { hidden: false, failed: false }), pollEvery);
  assert.equal(nextWait(2000, { hidden: false, failed: true }), 4000);
  assert.equal(nextWait(2000, { hidden: false, failed: true, retryAfterSeconds: 60 }), 60000);
});

test('white text is legible on any creditor colour, and ink on its soft ground', () => {
  const white = parseColor('#ffffff')!;
  const ink = parseColor('#17201f')!;
  for (const color of ['#ffc400', '#ffffff', '#000000', '#0b5d4e', '#ff0000', '#00ff00', '#1546a0', 'red', '#12', 'url(x)']) {
    const palette = paletteOf(color, color);
    assert.ok(contrast(parseColor(palette.primary)!, white) >= 7, color);
    assert.ok(contrast(parseColor(palette.primaryStrong)!, white) >= 7, color);
    assert.ok(contrast(parseColor(palette.primarySoft)!, ink) >= 7, color);
    assert.ok(contrast(parseColor(palette.primarySoft)!, parseColor(palette.primary)!) >= 4.5, color);
    assert.match(palette.accent, /^#[0-9a-f]{6}$/);
  }
});

test('contrast of black on white is 21', () => {
  assert.equal(contrast([0, 0, 0], [255, 255, 255]), 21);
});
