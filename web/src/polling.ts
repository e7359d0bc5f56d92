/** Milliseconds between two questions while the page is looked at. */
export const pollEvery = 2_000;

const slowest = 30_000;

/**
 * Says how long to wait before asking again. A visible page asks every two seconds; a hidden one, and one whose questions fail, doubles its
 * wait each time up to half a minute. What the server asks for is respected.
 */
export function nextWait(
  previous: number,
  seen: { hidden: boolean; failed: boolean; retryAfterSeconds?: number | undefined },
): number {
  const wait = seen.hidden || seen.failed ? Math.min(Math.max(previous, pollEvery) * 2, slowest) : pollEvery;
  return Math.max(wait, (seen.retryAfterSeconds ?? 0) * 1_000);
}

/** Runs `ask` until it says false or the returned function is called. A page that comes back into view asks at once. */
export function poll(ask: () => Promise<{ more: boolean; failed: boolean; retryAfterSeconds?: number | undefined }>): () => void {
  let wait = pollEvery;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let asking = false;
  let stopped = false;

  const run = async () => {
    clearTimeout(timer);
    if (asking || stopped) return;
    asking = true;
    const seen = await ask();
    asking = false;
    if (stopped) return;
    if (!seen.more) return stop();
    wait = nextWait(wait, { hidden: document.hidden, ...seen });
    timer = setTimeout(run, wait);
  };
  const look = () => {
    if (document.hidden) return;
    wait = pollEvery;
    void run();
  };
  const stop = () => {
    stopped = true;
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', look);
    window.removeEventListener('online', look);
  };
  document.addEventListener('visibilitychange', look);
  window.addEventListener('online', look);
  timer = setTimeout(run, wait);
  return stop;
}
