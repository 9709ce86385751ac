// Opens a first administrator's set-up link in a real Chromium, fills the form in, and is inside; the link is used up then.
//
//   node setup.mjs --link 'http://127.0.0.1:8080/?setup=…' --email ann@example.com --password …
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { launchBrowser } from './chromium.mjs';

const { values: options } = parseArgs({
  options: { link: { type: 'string' }, email: { type: 'string' }, password: { type: 'string' } },
});

/** Opens the link as somebody whom the server has never seen, and sends the form with a password. */
async function fill(password) {
  const page = await (await browser.newContext()).newPage();
  await page.goto(options.link);
  await page.locator('input[name=name]').fill('安妮 🧭');
  await page.locator('input[type=email]').fill(options.email);
  await page.locator('input[type=password]').fill(password);
  await page.locator('button[type=submit]').click();
  return page;
}

const browser = await launchBrowser();
try {
  const page = await fill('short');
  await page.waitForSelector('[role=alert]'); // Refused, with the link as good as before.
  await page.locator('input[type=password]').fill(options.password);
  await page.locator('button[type=submit]').click();
  await page.waitForSelector('.who');
  assert(!page.url().includes('setup'), `the token stays in the address: ${page.url()}`);
  await page.reload();
  await page.waitForSelector('.who');

  const late = await fill(options.password);
  await late.waitForSelector('[role=alert]');
  assert.equal(await late.locator('.who').count(), 0, 'the link worked twice');
} finally {
  await browser.close();
}
