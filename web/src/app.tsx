import { createContext } from 'preact';
import { useCallback, useContext, useEffect, useRef, useState } from 'preact/hooks';
import { endsSession, type Client, type Failure, type Outcome } from './api/client';
import type { PublicCreditor } from './api/wire';
import type { Memory } from './memory';
import type { Route } from './route';

/** What every screen works with. */
export interface App {
  client: Client;
  memory: Memory;
  /** The creditor of the address; undefined while it is unknown. */
  creditor: PublicCreditor | undefined;
  /** Puts a creditor into the address and on the page. */
  useCreditor(creditor: PublicCreditor): void;
  go(route: Route, how?: { replace?: boolean }): void;
  /** Leads back to the identification screen after the session has ended by itself. */
  sessionEnded(): void;
}

export const AppContext = createContext<App | undefined>(undefined);

/** The app around a screen. */
export function useApp(): App {
  const app = useContext(AppContext);
  if (!app) throw new Error('screen outside of the app');
  return app;
}

export type Resource<T> =
  | { state: 'loading'; value: T | undefined }
  | { state: 'ready'; value: T }
  | { state: 'failed'; failure: Failure; value: undefined };

/** Reads a path of the API now and whenever it changes; the value of a former path stays while the next one loads. */
export function useResource<T>(path: string | undefined): Resource<T> & { reload: () => void } {
  const app = useApp();
  const [resource, setResource] = useState<Resource<T>>({ state: 'loading', value: undefined });
  const [turn, setTurn] = useState(0);
  const reload = useCallback(() => setTurn((n) => n + 1), []);
  useEffect(() => {
    if (path === undefined) return;
    const gone = new AbortController();
    setResource((now) => ({ state: 'loading', value: now.value }));
    void app.client<T>(path, { signal: gone.signal }).then((outcome) => {
      if (gone.signal.aborted) return;
      if (outcome.ok) setResource({ state: 'ready', value: outcome.value });
      else if (endsSession(outcome.failure)) app.sessionEnded();
      else setResource({ state: 'failed', failure: outcome.failure, value: undefined });
    });
    return () => gone.abort();
  }, [path, turn]);
  useEffect(() => {
    if (resource.state !== 'failed' || resource.failure.kind === 'problem') return;
    window.addEventListener('online', reload);
    return () => window.removeEventListener('online', reload);
  }, [resource]);
  return { ...resource, reload };
}

/** Runs one action at a time and keeps why the last one failed. A session that ended leads away instead. */
export function useAction() {
  const app = useApp();
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const running = useRef(false);
  const run = async <T,>(act: () => Promise<Outcome<T>>, done: (value: T) => void) => {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    setFailure(undefined);
    const outcome = await act();
    running.current = false;
    setBusy(false);
    if (outcome.ok) done(outcome.value);
    else if (endsSession(outcome.failure)) app.sessionEnded();
    else setFailure(outcome.failure);
  };
  return { busy, failure, run, clear: () => setFailure(undefined) };
}

/** Remembers how far the server's clock is from the browser's, from an instant that the server has just written. */
export function noteServerTime(memory: Memory, asOf: string): void {
  memory.set('clockOffset', Date.parse(asOf) - Date.now());
}

/** Whole seconds until an instant of the server, told anew every second. */
export function useSecondsUntil(instant: string): number {
  const { memory } = useApp();
  const left = () => Math.ceil((Date.parse(instant) - Date.now() - (memory.get('clockOffset') ?? 0)) / 1000);
  const [seconds, setSeconds] = useState(left);
  useEffect(() => {
    setSeconds(left());
    const timer = setInterval(() => setSeconds(left()), 1000);
    return () => clearInterval(timer);
  }, [instant]);
  return seconds;
}

/** Whether the browser believes that it has a network. */
export function useOnline(): boolean {
  const [online, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const look = () => setOnline(navigator.onLine);
    window.addEventListener('online', look);
    window.addEventListener('offline', look);
    return () => {
      window.removeEventListener('online', look);
      window.removeEventListener('offline', look);
    };
  }, []);
  return online;
}
