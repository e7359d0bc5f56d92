import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { built } from './browser.mjs';

const binary = process.env.LOCAL_BINARY ?? fileURLToPath(new URL('../../.build/local', import.meta.url));
const portfolio = fileURLToPath(new URL('./portfolio/debts.csv', import.meta.url));

/**
 * Starts a local cloud of one's own over the people of e2e/portfolio, whose creditor takes PIX, boletos and debits, with a clock that
 * stands at `clock` until it is moved. LOCAL_BINARY names the compiled ./infra/local; without it, it is .build/local.
 */
export async function startCloud(clock) {
  assert.ok(existsSync(binary), 'compile the local cloud first: go build -o .build/local ./infra/local');
  const child = spawn(binary, ['-addr', '127.0.0.1:0', '-web', built, '-clock', clock, '-portfolio', portfolio]);
  const ended = new Promise((done) => child.on('exit', done));
  let said = '';
  const origin = await new Promise((found, failed) => {
    const read = (text) => {
      said += text;
      const address = /portal\s+(http:\/\/127\.0\.0\.1:\d+)/.exec(said)?.[1];
      if (address) found(address);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    void ended.then(() => failed(new Error(`the local cloud ended: ${said}`)));
  });
  const close = () => {
    child.kill();
    return ended;
  };
  return { origin, local: localAt(origin), close };
}

/** Calls the local API under /_local/ of an origin; a body makes it a POST. */
export function localAt(origin) {
  return async (path, body) => {
    const init = body ? { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) } : {};
    const answer = await fetch(`${origin}/_local/${path}`, init);
    assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
    return answer.json();
  };
}

/** Asks until something is there, for some milliseconds; the deadline is a matter of the machine, not of the product. */
export async function eventually(ask, what, patience = 20_000) {
  for (const deadline = Date.now() + patience; Date.now() < deadline; await new Promise((done) => setTimeout(done, 100))) {
    const found = await ask();
    if (found) return found;
  }
  return assert.fail(`${what} did not come`);
}
