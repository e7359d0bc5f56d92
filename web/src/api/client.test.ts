import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endsSession, makeClient, type Failure } from './client';

function answering(response: () => Response | Promise<Response>, seen: { path?: string; init?: RequestInit } = {}) {
  return makeClient((path, init) => {
    seen.path = String(path);
    if (init) seen.init = init;
    return Promise.resolve().then(response);
  });
}

const json = (status: number, body: unknown, form = 'application/json') =>
  new Response(JSON.stringify(body), { status, headers: { 'Content-Type': form } });

function failureOf(outcome: { ok: boolean; failure?: Failure }): Failure {
  assert.equal(outcome.ok, false);
  assert.ok(outcome.failure);
  return outcome.failure;
}

test('a body goes as JSON with its key and its cookie', async () => {
  const seen: { path?: string; init?: RequestInit } = {};
  const client = answering(() => json(201, { done: true }), seen);
  const outcome = await client<{ done: boolean }>('/v1/x', { method: 'POST', body: { a: 1 }, idempotencyKey: 'k' });
  assert.deepEqual(outcome, { ok: true, value: { done: true } });
  assert.equal(seen.path, '/v1/x');
  assert.equal(seen.init?.method, 'POST');
  assert.equal(seen.init?.body, '{"a":1}');
  assert.equal(seen.init?.credentials, 'same-origin');
  const headers = seen.init?.headers as Record<string, string>;
  assert.equal(headers['Idempotency-Key'], 'k');
  assert.equal(headers['Content-Type'], 'application/json');
});

test('a request without a body announces none', async () => {
  const seen: { path?: string; init?: RequestInit } = {};
  await answering(() => json(200, {}), seen)('/v1/x');
  assert.equal(seen.init?.body, undefined);
  assert.ok(!('Content-Type' in (seen.init?.headers as Record<string, string>)));
});

test('a PDF is handed on as a file, and anything else in its place is not', async () => {
  const seen: { init?: RequestInit } = {};
  const pdf = () => new Response('%PDF-1.4', { status: 200, headers: { 'Content-Type': 'application/pdf' } });
  const outcome = await answering(pdf, seen)<Blob>('/v1/x', { pdf: true });
  assert.ok(outcome.ok);
  assert.equal(await outcome.value.text(), '%PDF-1.4');
  assert.match((seen.init?.headers as Record<string, string>)['Accept']!, /^application\/pdf,/);
  assert.equal(failureOf(await answering(() => json(200, {}))('/v1/x', { pdf: true })).kind, 'problem');
  assert.equal(failureOf(await answering(pdf)('/v1/x')).kind, 'problem');
});

test('204 has no value', async () => {
  assert.deepEqual(await answering(() => new Response(null, { status: 204 }))('/v1/x', { method: 'POST' }), {
    ok: true,
    value: undefined,
  });
});

test('a problem is handed on as it is', async () => {
  const body = {
    type: 'about:blank',
    title: 'T',
    status: 409,
    code: 'offer_expired',
    correlationId: 'c',
    nextAction: 'choose_offer',
  };
  const failure = failureOf(await answering(() => json(409, body, 'application/problem+json'))('/v1/x'));
  assert.deepEqual(failure, { kind: 'problem', problem: body });
});

test('what is not the API is told as a problem of ours', async () => {
  const answers: [() => Response, string][] = [
    [() => new Response('<html>', { status: 502, headers: { 'Content-Type': 'text/html' } }), 'temporarily_unavailable'],
    [() => new Response('<html>', { status: 200, headers: { 'Content-Type': 'text/html' } }), 'internal'],
    [() => new Response('{', { status: 200, headers: { 'Content-Type': 'application/json' } }), 'internal'],
    [() => json(500, { message: 'Internal server error' }), 'internal'],
    [() => json(400, { oops: 1 }, 'application/problem+json'), 'internal'],
    [() => json(429, { message: 'Limit Exceeded' }), 'temporarily_unavailable'],
  ];
  for (const [response, code] of answers) {
    const failure = failureOf(await answering(response)('/v1/x'));
    assert.ok(failure.kind === 'problem');
    assert.equal(failure.problem.code, code);
    assert.equal(failure.problem.nextAction, 'retry');
  }
});

test('no network is offline, never an exception', async () => {
  const client = answering(() => Promise.reject(new TypeError('Failed to fetch')));
  assert.deepEqual(await client('/v1/x'), { ok: false, failure: { kind: 'offline' } });
});

test('only a missing or ended session leads back to the login', () => {
  const problem = (code: string): Failure => ({
    kind: 'problem',
    problem: { type: 'about:blank', title: '', status: 401, code, correlationId: '', nextAction: 'log_in' },
  });
  assert.ok(endsSession(problem('session_expired')));
  assert.ok(endsSession(problem('not_authenticated')));
  assert.ok(!endsSession(problem('code_rejected')));
  assert.ok(!endsSession({ kind: 'offline' }));
});
