import assert from 'node:assert/strict';
import { localAt } from './cloud.mjs';

export { eventually } from './cloud.mjs';

/** The local cloud that the tests drive: BASE_URL names it, such as http://127.0.0.1:8080. */
export const origin = process.env.BASE_URL?.replace(/\/$/, '');
assert.ok(origin, 'BASE_URL must name a running `go run ./infra/local`');

/** Calls the local API under /_local/; a body makes it a POST. */
export const local = localAt(origin);
