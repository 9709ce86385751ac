// Accepts an invitation in a real Chromium: opens its link, fills the form in, is inside, leaves, and signs in with the
// password. The link is used up then, and says so.
//
//   node invitation.mjs --link 'http://127.0.0.1:8080/?invitation=…' --email bob@example.com --name Bob --password …
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { launchBrowser, watch } from './chromium.mjs';

const { values: options } = parseArgs({
  options: { link: { type: 'string' }, email: { type: 'string' }, name: { type: 'string' }, password: { type: 'string' } },
});

const inside = '.who';

/** Opens the link as somebody whom the server has never seen. */
async function open() {
  const page = await (await browser.newContext()).newPage();
  const watched = watch(page, options.link);
  await page.goto(options.link);
  await page.waitForSelector('input[name=name]');
  assert.equal(await page.locator('input[type=email]').count(), 0, 'the address stands in the invitation');
  await page.locator('input[name=name]').fill(options.name);
  return { page, watched };
}

/** Sends the form with a password. */
async function send(page, password) {
  await page.locator('input[type=password]').fill(password);
  await page.locator('button[type=submit]').click();
}

const browser = await launchBrowser();
try {
  const { page, watched } = await open();
  await send(page, 'short');
  await page.waitForSelector('[role=alert]'); // Refused, with the link as good as before.
  await send(page, options.password);
  await page.waitForSelector(inside);
  assert(!page.url().includes('invitation'), `the token stays in the address: ${page.url()}`);
  assert.equal(await page.locator('.who').textContent(), `${options.name} · ${options.email}`);
  await page.reload();
  await page.waitForSelector(inside);

  await page.locator('button.sign-out').click();
  await page.locator('input[type=email]').fill(options.email);
  await send(page, options.password);
  await page.waitForSelector(inside);
  assert.deepEqual(watched.foreign, [], 'requests to other origins');

  const late = (await open()).page;
  await send(late, options.password);
  assert.match(await late.locator('[role=alert]').textContent(), /not valid any more/);
  assert.equal(await late.locator(inside).count(), 0, 'the link worked twice');
  await late.locator('button[type=button]').click(); // They have an account already.
  await late.locator('input[type=email]').fill(options.email);
  await send(late, options.password);
  await late.waitForSelector(inside);
} finally {
  await browser.close();
}
