import type { Problem } from './wire';

/** What a call came to: the answer, the API's own problem, or no answer at all. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; failure: Failure };

/** Why a call has no answer. `offline` and `timeout` never reached the API, or its answer never came back. */
export type Failure = { kind: 'offline' } | { kind: 'timeout' } | { kind: 'problem'; problem: Problem };

export interface Call {
  method?: 'GET' | 'POST' | 'DELETE';
  body?: unknown;
  idempotencyKey?: string;
  /** Asks for a PDF; the value is a Blob. */
  pdf?: boolean;
  signal?: AbortSignal;
}

export interface Client {
  <T>(path: string, call?: Call): Promise<Outcome<T>>;
}

/** Milliseconds before a call counts as lost. The slowest route gives its provider five seconds. */
const patience = 15_000;

/** Makes a client over a fetch function. A call that its own signal aborted is reported as offline; its caller has gone. */
export function makeClient(fetcher: typeof fetch): Client {
  return async <T>(path: string, call: Call = {}): Promise<Outcome<T>> => {
    const lost = AbortSignal.timeout(patience);
    const signal = call.signal ? AbortSignal.any([lost, call.signal]) : lost;
    try {
      const answer = await fetcher(path, requestOf(call, signal));
      return await read<T>(answer, call.pdf ?? false);
    } catch {
      return { ok: false, failure: { kind: lost.aborted ? 'timeout' : 'offline' } };
    }
  };
}

function requestOf(call: Call, signal: AbortSignal): RequestInit {
  const headers: Record<string, string> = {
    Accept: `${call.pdf ? 'application/pdf' : 'application/json'}, application/problem+json`,
  };
  if (call.idempotencyKey !== undefined) headers['Idempotency-Key'] = call.idempotencyKey;
  const init: RequestInit = { method: call.method ?? 'GET', headers, credentials: 'same-origin', cache: 'no-store', signal };
  if (call.body !== undefined) {
    headers['Content-Type'] = 'application/json';
    init.body = JSON.stringify(call.body);
  }
  return init;
}

async function read<T>(answer: Response, pdf: boolean): Promise<Outcome<T>> {
  if (answer.status === 204) return { ok: true, value: undefined as T };
  const form = answer.headers.get('Content-Type') ?? '';
  if (pdf && answer.ok && form.startsWith('application/pdf')) return { ok: true, value: (await answer.blob()) as T };
  const text = await answer.text();
  if (answer.ok && !pdf && form.startsWith('application/json')) {
    const value = parse(text);
    if (value !== undefined) return { ok: true, value: value as T };
  }
  const problem = form.startsWith('application/problem+json') ? parse(text) : undefined;
  return { ok: false, failure: { kind: 'problem', problem: isProblem(problem) ? problem : foreign(answer) } };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isProblem(value: unknown): value is Problem {
  const problem = value as Problem | null;
  return typeof problem === 'object' && problem !== null && typeof problem.code === 'string' && typeof problem.title === 'string';
}

/** Stands for an answer that is not the API's, such as a gateway's error page. */
function foreign(answer: Response): Problem {
  const busy = answer.status === 429 || answer.status >= 502;
  return {
    type: 'about:blank',
    title: busy ? 'O serviço está indisponível no momento' : 'Algo deu errado do nosso lado',
    status: answer.status,
    code: busy ? 'temporarily_unavailable' : 'internal',
    detail: 'Tente de novo em alguns instantes.',
    correlationId: answer.headers.get('X-Correlation-Id') ?? '',
    nextAction: 'retry',
  };
}

/** Whether the session is missing or over, so that the participant has to log in again. */
export function endsSession(failure: Failure): boolean {
  return (
    failure.kind === 'problem' && (failure.problem.code === 'session_expired' || failure.problem.code === 'not_authenticated')
  );
}
