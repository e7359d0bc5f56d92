import assert from 'node:assert/strict';

/** The local cloud that the tests drive: BASE_URL names it, such as http://127.0.0.1:8080. */
export const origin = process.env.BASE_URL?.replace(/\/$/, '');
assert.ok(origin, 'BASE_URL must name a running `go run ./infra/local`');

/** Calls the local API under /_local/; a body makes it a POST. */
export async function local(path, body) {
  const init = body ? { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) } : {};
  const answer = await fetch(`${origin}/_local/${path}`, init);
  assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
  return answer.json();
}

/** Asks until something is there, for some milliseconds; the deadline is a matter of the machine, not of the product. */
export async function eventually(ask, what, patience = 20_000) {
  for (const deadline = Date.now() + patience; Date.now() < deadline; await new Promise((done) => setTimeout(done, 100))) {
    const found = await ask();
    if (found) return found;
  }
  return assert.fail(`${what} did not come`);
}
