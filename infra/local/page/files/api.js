/** Calls the local API and returns its answer; an error carries what it said. */
async function call(path, init) {
  const answer = await fetch(`/_local/${path}`, { cache: 'no-store', ...init });
  const text = await answer.text();
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Error(`${path}: resposta ${answer.status} sem JSON`);
  }
  if (!answer.ok) throw new Error(body.error ?? body.title ?? `${path}: resposta ${answer.status}`);
  return body;
}

const post = (path, body) =>
  call(path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

export const demo = () => call('demo');
export const outbox = (to, limit) => call(`outbox?${new URLSearchParams({ ...(to ? { to } : {}), limit })}`);
export const clock = () => call('clock');
export const advance = (duration) => post('clock', { advance: duration });
export const setClock = (instant) => post('clock', { set: instant });
export const intents = () => call('sandbox/payments');
export const pay = (payment) => post('sandbox/payments', payment);
export const giveBack = (back) => post('sandbox/returns', back);
export const debits = () => call('sandbox/debits');
export const answerDebits = (codes) => post('sandbox/debits', { codes });
export const machines = () => call('machines');
export const executions = (machine) => call(`executions?${new URLSearchParams({ ...(machine ? { machine } : {}), limit: 500 })}`);
export const events = (limit) => call(`events?limit=${limit}`);
export const queues = () => call('queues');
