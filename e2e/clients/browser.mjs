// Runs a browser SDK in a page of another origin than the server's, in a real Chromium. Fails when the page complains, when
// anything but the page's own origin and the server is asked, or when the SDK skips what it should do there: the
// preflight, the call for its configuration.
//
//   node browser.mjs --sdk segment|segment-unload|rudder|rudder-beacon --url … --key … [the flags of common.mjs]
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { launchBrowser } from '../chromium.mjs';
import * as c from './common.mjs';

const modules = join(import.meta.dirname, '..', 'node_modules');
const segment = {
  files: join(modules, '@segment/analytics-next/dist/umd'),
  page: (delivery) => `<script src="/sdk/index.js"></script><script>
    const analytics = AnalyticsNext.AnalyticsBrowser.load({ writeKey: KEY, cdnURL: SERVER }, { integrations: { 'Segment.io': {
      apiHost: SERVER.replace('http://', '') + '/v1', protocol: 'http'${delivery} } } });
    window.report = async (events) => {
      await analytics.ready();
      await analytics.identify('user_1', { nickname: '张三', level: 3 });
      for (const e of events) await analytics.track(e.name, e.properties, { timestamp: e.time });
    };</script>`,
  configuration: `/v1/projects/${c.key}/settings`,
};
const rudder = {
  files: join(modules, '@rudderstack/analytics-js/dist/npm/modern/bundled/esm'),
  page: (options) => `<script type="module">
    import { RudderAnalytics } from '/sdk/index.mjs';
    const analytics = new RudderAnalytics();
    const ready = new Promise((resolve) => analytics.ready(resolve));
    analytics.load(KEY, SERVER, { configUrl: SERVER, logLevel: 'ERROR'${options} });
    window.report = async (events) => {
      await ready;
      analytics.identify('user_1', { nickname: '张三', level: 3 });
      for (const e of events) analytics.track(e.name, e.properties, { originalTimestamp: e.time });
    };</script>`,
  configuration: '/sourceConfig/',
};
const sdks = {
  segment: { ...segment, options: '', sends: '/v1/t', preflight: true },
  'segment-unload': {
    ...segment, options: `, deliveryStrategy: { strategy: 'batching', config: { size: 100, timeout: 600000 } }`,
    sends: '/v1/b', unload: true,
  },
  rudder: { ...rudder, options: '', sends: '/v1/track', preflight: true },
  'rudder-beacon': {
    ...rudder, options: `, useBeacon: true, beaconQueueOptions: { flushQueueInterval: 600000 }`,
    sends: '/beacon/v1/batch', unload: true,
  },
};
const sdk = sdks[c.get('sdk')];
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
        const KEY = ${JSON.stringify(c.key)}, SERVER = ${JSON.stringify(c.url)};
        window.analytics = { _cdn: location.origin };</script>${sdk.page(sdk.options)}`);
    }
  } catch {
    response.writeHead(404).end();
  }
});
await new Promise((resolve) => host.listen(0, '127.0.0.1', resolve));
const origin = `http://localhost:${host.address().port}`;

/** How many records the server says it has taken; nobody else reports to it meanwhile. */
async function collected() {
  const page = await (await fetch(`${c.url}/metrics`)).text();
  return [...page.matchAll(/^waymark_collect_events_total\{.*\} (\d+)$/gm)].reduce((sum, line) => sum + Number(line[1]), 0);
}

const browser = await launchBrowser();
const seen = { preflights: [], sent: [], configured: 0, foreign: [] };
try {
  const page = await (await browser.newContext({ locale: 'zh-CN' })).newPage();
  page.on('console', (m) => m.type() === 'error' && c.err(m.text()));
  page.on('pageerror', (e) => c.err(e));
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Network.enable');
  const answered = new Map();
  devtools.on('Network.requestWillBeSent', ({ requestId, request, type }) => {
    const url = new URL(request.url);
    if (url.origin !== origin && url.origin !== c.url && url.protocol !== 'data:' && url.protocol !== 'about:') seen.foreign.push(request.url);
    if (url.origin !== c.url) return;
    if (type === 'Preflight' || request.method === 'OPTIONS') seen.preflights.push(url.pathname);
    else if (url.pathname === sdk.configuration) seen.configured++;
    else if (url.pathname.startsWith(sdk.sends)) answered.set(requestId, url.pathname);
  });
  devtools.on('Network.responseReceived', ({ requestId, response }) => {
    if (!answered.has(requestId)) return;
    seen.sent.push(answered.get(requestId));
    if (response.status !== 200) c.err(`${answered.get(requestId)}: ${response.status}`);
  });
  await page.goto(`${origin}/goods?name=${encodeURIComponent('手机')}`);
  const events = c.events(c.get('sdk'));
  const before = await collected();
  await page.evaluate((list) => window.report(list), events.map((e) => ({ ...e, time: e.time.toISOString() })));
  if (sdk.unload) await page.goto(`${origin}/elsewhere`); // What was not sent yet goes out as the page ends.
  const until = Date.now() + 20_000;
  const done = async () => (await collected()) - before > events.length && (sdk.unload || seen.sent.length >= events.length);
  while (!(await done())) {
    if (Date.now() > until) throw new Error(`${(await collected()) - before} records arrived, ${seen.sent.length} requests were answered`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  if (seen.configured === 0) c.err(`no call of ${sdk.configuration}`);
  if (sdk.preflight && seen.preflights.length === 0) c.err('no preflight');
  if (seen.foreign.length > 0) c.err(`foreign: ${seen.foreign.join(' ')}`);
} finally {
  await browser.close();
  host.close();
}
console.log(JSON.stringify(seen));
c.done(c.get('sdk'), 'browser', c.n);
