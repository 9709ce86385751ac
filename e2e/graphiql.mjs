// Drives the GraphiQL page of a running server in a real Chromium: signs in, runs the plan tree and the search, watches
// live capture until an event arrives, signs out. Fails on any request to another origin and on any console error.
//
//   node graphiql.mjs --url http://127.0.0.1:8080 --email admin@demo.local --password waymark-demo [--screenshots DIR]
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { launchBrowser, watch } from './chromium.mjs';

const { values: options } = parseArgs({
  options: {
    url: { type: 'string' },
    email: { type: 'string', default: 'admin@demo.local' },
    password: { type: 'string', default: 'waymark-demo' },
    screenshots: { type: 'string' },
    locale: { type: 'string', default: 'en-US' },
  },
});
assert(options.url, '--url is needed');

const browser = await launchBrowser();

try {
  const context = await browser.newContext({ locale: options.locale, viewport: { width: 1360, height: 860 } });
  const page = await context.newPage();
  const watched = watch(page, options.url);

  await page.goto(`${options.url}/graphiql/`);
  await signInWrongly(page);
  await shot(page, '1-sign-in');
  watched.complaints.length = 0; // Chromium may note the refusal.
  await page.locator('input[type=password]').fill(options.password);
  await page.locator('button[type=submit]').click();

  const tree = await run(page, 'PlanTree', (answer) => answer.data?.app !== undefined);
  assert.equal(tree.errors, undefined, JSON.stringify(tree.errors));
  assert(tree.data.app.batches.nodes.some((batch) => batch.events.nodes.length > 0), 'the tree shows no event');
  await shot(page, '2-tree');

  const found = await run(page, 'Search', (answer) => answer.data?.search !== undefined);
  assert(found.data.search.nodes.length > 0, 'the search for 支付 finds nothing');
  await shot(page, '3-search');

  const before = watched.sockets.length; // The console, where one signs in, has one of its own.
  const live = await run(page, 'LiveCapture', (answer) => answer.data?.liveCapture?.events?.length > 0);
  assert(live.data.liveCapture.events[0].verdict, 'a captured event has no verdict');
  await shot(page, '4-live');
  await page.locator('.graphiql-execute-button').click();
  assert.equal(watched.sockets.length - before, 1, 'one WebSocket for the subscription');

  await page.locator('.bar button').click();
  await page.waitForSelector('input[type=password]');
  await shot(page, '5-signed-out');

  assert.deepEqual(watched.foreign, [], 'requests to other origins');
  assert.deepEqual(watched.complaints, [], 'complaints on the console');
  console.log(`graphiql: tree of ${tree.data.app.batches.totalCount} batches, ${found.data.search.nodes.length} found, live capture ok`);
} finally {
  await browser.close();
}

/** A wrong password is refused in words. */
async function signInWrongly(page) {
  await page.locator('input[type=email]').fill(options.email);
  await page.locator('input[type=password]').fill(`not ${options.password}`);
  await page.locator('button[type=submit]').click();
  await page.waitForSelector('[role=alert]');
}

/** Runs the example in the named tab and returns its first answer that is good enough. */
async function run(page, tab, goodEnough) {
  await page.getByRole('tab', { name: tab }).click();
  await page.waitForTimeout(1000); // GraphiQL learns a document's operations a moment after it changed.
  await page.locator('.graphiql-execute-button').click();
  const deadline = Date.now() + 15_000;
  for (;;) {
    const text = await page.evaluate(responseText);
    const answer = text === '' ? {} : JSON.parse(text);
    if (goodEnough(answer)) return answer;
    assert(answer.errors === undefined, `${tab}: ${text}`);
    assert(Date.now() < deadline, `${tab}: no good answer in time, the last was ${text.slice(0, 2000)}`);
    await page.waitForTimeout(100);
  }
}

/** Runs in the page: what GraphiQL's response pane holds. GraphiQL leaves Monaco in a global. */
function responseText() {
  const model = globalThis.__MONACO?.editor.getModels().find((candidate) => candidate.uri.path.includes('response'));
  return model?.getValue().trim() ?? '';
}

async function shot(page, name) {
  if (options.screenshots) await page.screenshot({ path: join(options.screenshots, `${name}.png`) });
}
