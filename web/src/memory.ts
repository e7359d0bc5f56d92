import type { Challenge, Offer } from './api/wire';
import type { Method } from './route';

/** What the tab remembers across reloads. Nothing here proves who somebody is: the session itself is a cookie no script can read. */
interface Remembered {
  /** Token of an entry link that has not been opened yet. */
  entry: string;
  /** Masked contract of an entry link that was opened, and its creditor. */
  hint: { creditor: string; contractHint: string };
  /** The code that is being waited for, and the browser's time in milliseconds from which another may be asked. */
  challenge: { challenge: Challenge; resendAt: number; creditor: string };
  /** Hash to go back to after logging in again. */
  returnTo: string;
  /** Why the identification screen is shown again. */
  ended: 'expired' | 'left';
  /** Whether a session was opened in this tab. */
  signedIn: true;
  /** Server time minus browser time, in milliseconds. */
  clockOffset: number;
  /** The offer behind a contract number, to show its terms beside the text. */
  chosen: { contractNumber: string; offer: Offer };
  /** The intents that were asked for in this tab, by agreement and instalment, then by way to pay. */
  codes: Record<string, Partial<Record<Method, string>>>;
  /** Idempotency keys by intention. */
  keys: Record<string, string>;
}

export interface Memory {
  get<K extends keyof Remembered>(key: K): Remembered[K] | undefined;
  set<K extends keyof Remembered>(key: K, value: Remembered[K]): void;
  drop(...keys: (keyof Remembered)[]): void;
}

const prefix = 'regua.';

/** Keeps values in a Storage. A browser that forbids it, or that is full, only loses what a reload would need. */
export function makeMemory(storage: () => Storage): Memory {
  const page = new Map<string, string>();
  const attempt = (use: (storage: Storage) => void) => {
    try {
      use(storage());
    } catch {
      // The map below still serves this page.
    }
  };
  return {
    get(key) {
      let text = page.get(key);
      if (text === undefined) attempt((kept) => (text = kept.getItem(prefix + key) ?? undefined));
      try {
        return text === undefined ? undefined : JSON.parse(text);
      } catch {
        return undefined;
      }
    },
    set(key, value) {
      const text = JSON.stringify(value);
      page.set(key, text);
      attempt((kept) => kept.setItem(prefix + key, text));
    },
    drop(...keys) {
      for (const key of keys) {
        page.delete(key);
        attempt((kept) => kept.removeItem(prefix + key));
      }
    },
  };
}

/** The key of one intention, such as accepting one offer: made when its button is first drawn, the same until it has been answered. */
export function keyOf(memory: Memory, intention: string, mint: () => string): string {
  const keys = memory.get('keys') ?? {};
  const known = keys[intention];
  if (known !== undefined) return known;
  const key = mint();
  memory.set('keys', { ...keys, [intention]: key });
  return key;
}

/** Forgets the key of an intention that has been answered for good, so that the next one is a new request. */
export function forgetKey(memory: Memory, intention: string): void {
  const { [intention]: _, ...rest } = memory.get('keys') ?? {};
  memory.set('keys', rest);
}

/** A random key of 128 bits. */
export function mintKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
