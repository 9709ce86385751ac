// Runs npm's graphql-http audit suite against a server, and fails on any error or warning.
//
//   node audit.mjs --url http://127.0.0.1:8080/graphql [--token wm_…]
import { parseArgs } from 'node:util';
import { auditServer } from 'graphql-http';

const { values: options } = parseArgs({ options: { url: { type: 'string' }, token: { type: 'string' } } });

/** fetch, with the token where there is one. */
function ask(url, init = {}) {
  const headers = new Headers(init.headers);
  if (options.token) headers.set('Authorization', `Bearer ${options.token}`);
  return fetch(url, { ...init, headers });
}

const results = await auditServer({ url: options.url, fetchFn: ask });
const count = { ok: 0, notice: 0, warn: 0, error: 0 };
for (const result of results) {
  count[result.status]++;
  if (result.status !== 'ok') console.log(`${result.status} ${result.id} ${result.name}: ${result.reason}`);
}
console.log(`audits: ${results.length}, ${JSON.stringify(count)}`);
if (count.warn + count.error > 0 || results.length < 50) process.exitCode = 1;
