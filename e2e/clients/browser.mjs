// Runs a browser SDK in a page of another origin than the server's, in a real Chromium. Fails when the page complains, when
// anything but the page's own origin and the server is asked, or when the SDK skips what it should do there: the
// preflight, the call for its configuration.
//
//   node browser.mjs --sdk segment|posthog|… --url … --key … --token … [--losses 2] [the flags of common.mjs]
//
// --token is one of the API, to ask whether everything is there. --losses says how many answers never arrive, for which the
// SDK has to send again; where the connection was cut, Chromium may do so by itself.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { launchBrowser } from '../chromium.mjs';
import { sdks } from './browser-sdks.mjs';
import * as c from './common.mjs';

const sdk = sdks[c.get('sdk')];
const losses = Number(c.get('losses', 0));
const types = { '.js': 'text/javascript', '.mjs': 'text/javascript' };

const host = createServer(async (request, response) => {
  const path = new URL(request.url, 'http://localhost').pathname;
  const file = /^\/(?:sdk|analytics-next\/bundles)\/([\w.-]+)$/.exec(path)?.[1];
  try {
    if (file) {
      const text = await readFile(join(sdk.files, file));
      response.writeHead(200, { 'Content-Type': types[extname(file)] ?? 'application/octet-stream' }).end(text);
    } else if (path === '/elsewhere') {
      response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><link rel="icon" href="data:,">');
    } else {
      response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
      response.end(`<!doctype html><link rel="icon" href="data:,"><title>商品</title><script>
        const [KEY, SERVER, USER, PROFILE] = ${JSON.stringify([c.key, c.url, c.user, c.profile])};
        window.analytics = { _cdn: location.origin };</script>${sdk.page(sdk.options, sdk.how)}`);
    }
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((resolve) => host.listen(0, '127.0.0.1', resolve));
const origin = `http://localhost:${host.address().port}`;

/** The records of this run that are stored. */
async function stored() {
  const response = await fetch(`${c.url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${c.get('token')}` },
    body: JSON.stringify({
      query: 'query($run: String!) { capturedEvents(app: "shop", environment: "test", first: 200, filter: { text: $run }) { nodes { name properties } } }',
      variables: { run: c.run },
    }),
  });
  const { data, errors } = await response.json();
  if (errors) throw new Error(JSON.stringify(errors));
  return data.capturedEvents.nodes.filter(({ properties }) => properties?.run_id === c.run || properties?.nickname === c.profile.nickname);
}

const browser = await launchBrowser();
const seen = { preflights: [], sent: [], lost: 0, configured: 0, foreign: [] };
try {
  const page = await (await browser.newContext({ locale: 'zh-CN' })).newPage();
  const isExpected = (m) => (losses > 0 && m.text().includes('Failed to load resource')) || sdk.absent?.test(m.text() + m.location().url);
  page.on('console', (m) => m.type() === 'error' && !isExpected(m) && c.err(m.text()));
  page.on('pageerror', (e) => c.err(e));
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Network.enable');
  const asked = new Map();
  const lose = (why) => { seen.lost++; if (seen.lost > losses && !sdk.unload) c.err(why); };
  devtools.on('Network.requestWillBeSent', ({ requestId, request, type }) => {
    const url = new URL(request.url);
    if (url.origin !== origin && url.origin !== c.url && url.protocol !== 'data:' && url.protocol !== 'about:') seen.foreign.push(request.url);
    if (url.origin !== c.url) return;
    if (type === 'Preflight' || request.method === 'OPTIONS') seen.preflights.push(url.pathname);
    else if (url.pathname === sdk.configuration) seen.configured++;
    else if (url.pathname.startsWith(sdk.sends)) asked.set(requestId, url.pathname);
  });
  devtools.on('Network.responseReceived', ({ requestId, response }) => {
    if (!asked.has(requestId)) return;
    if (response.status === 200) seen.sent.push(asked.get(requestId));
    else lose(`${asked.get(requestId)}: ${response.status}`);
    asked.delete(requestId);
  });
  devtools.on('Network.loadingFailed', ({ requestId, errorText }) => {
    if (asked.delete(requestId)) lose(errorText);
  });
  await page.goto(`${origin}/goods?name=${encodeURIComponent('手机')}`);
  const events = c.events(c.get('sdk'));
  await page.evaluate((list) => window.report(list), events.map((e) => ({ ...e, flat: c.flat(e.properties), time: e.time.toISOString() })));
  for (const until = Date.now() + 60_000; seen.sent.length < (sdk.atOnce ?? 0) && Date.now() < until;) await new Promise((resolve) => setTimeout(resolve, 20));
  if (sdk.unload) await page.goto(`${origin}/elsewhere`); // What was not sent yet goes out as the page ends.
  const records = events.length + (sdk.records ?? 1);
  const isAnswered = () => sdk.unload || (asked.size === 0 && seen.lost >= Math.min(losses, 1) && seen.sent.length >= (sdk.single ? events.length : 1));
  for (const until = Date.now() + 60_000; !isAnswered() || (await stored()).length < records;) {
    if (Date.now() > until) {
      const names = (await stored()).map(({ name, properties }) => `${name} ${properties.seq ?? ''}`);
      throw new Error(`${names.length} records of ${records} arrived: ${names}; ${JSON.stringify(seen)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  if (sdk.configuration && seen.configured === 0) c.err(`no call of ${sdk.configuration}`);
  if (sdk.preflight && seen.preflights.length === 0) c.err('no preflight');
  if (seen.foreign.length > 0) c.err(`foreign: ${seen.foreign.join(' ')}`);
} finally {
  await browser.close();
  host.close();
}
console.log(JSON.stringify({ ...seen, sent: seen.sent.length, preflights: seen.preflights.length }));
c.done(c.get('sdk'), 'browser', c.n);
