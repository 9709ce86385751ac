// Signs in by single sign-on in a real Chromium, from the button of the sign-in page through the issuer's page and back.
// Whoever says no there, and with --refused whoever says yes too, is back on the sign-in page and told why.
//
//   node sso.mjs --url http://127.0.0.1:8080 --issuer http://127.0.0.1:9000 --label Company --who 'Lin · lin@example.com'
//   node sso.mjs --url http://127.0.0.1:8080 --issuer http://127.0.0.1:9000 --label Company --refused 'no account here'
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { launchBrowser, watch } from './chromium.mjs';

const { values: options } = parseArgs({
  options: {
    url: { type: 'string' },
    issuer: { type: 'string' },
    label: { type: 'string' },
    who: { type: 'string' },
    refused: { type: 'string' },
  },
});

const inside = '.who';

/** Goes to the issuer by the button, and answers there. */
async function answer(page, choice) {
  await page.getByRole('link', { name: `Sign in with ${options.label}` }).click();
  await page.waitForURL((url) => url.href.startsWith(`${options.issuer}/authorize`));
  await page.locator(choice).click();
  await page.waitForURL((url) => url.href.startsWith(`${options.url}/`));
}

/** Waits for the sign-in page to say something. */
async function told(page, words) {
  assert.match(await page.locator('[role=alert]').textContent(), new RegExp(words));
  assert.equal(await page.locator(inside).count(), 0, 'it is inside all the same');
}

const browser = await launchBrowser();
try {
  const page = await (await browser.newContext()).newPage();
  const watched = watch(page, options.url, options.issuer);
  await page.goto(options.url);
  await answer(page, '#no');
  await told(page, 'refused you');
  await answer(page, '#yes');
  if (options.refused) {
    await told(page, options.refused);
  } else {
    await page.waitForSelector(inside);
    const address = new URL(page.url());
    assert.equal(address.pathname + address.search, '/', 'nothing of the sign-in stays in the address');
    assert.equal(await page.locator('.who').textContent(), options.who);
    await page.reload();
    await page.waitForSelector(inside);
    await page.locator('button.sign-out').click();
    await page.waitForSelector('input[type=password]');
  }
  assert.deepEqual(watched.foreign, [], 'requests to other origins');
  assert.deepEqual(watched.complaints, [], 'complaints on the console');
} finally {
  await browser.close();
}
