// Walks through the console of a running demo with the batch of console_test.go in a real Chromium, by keyboard alone: signs in at a deep address, goes from the app to a
// batch, an event, a property and back, searches, narrows and turns lists, changes language and look, leaves. On every page axe may
// find no serious problem, nothing may be asked of another origin, and nothing may be complained about.
//
//   node console.mjs --url http://127.0.0.1:8080 [--locale en-US] [--scheme dark] [--width 390] [--screenshots DIR]
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { launchBrowser, watch } from './chromium.mjs';

const { values: options } = parseArgs({
  options: {
    url: { type: 'string' },
    email: { type: 'string', default: 'admin@demo.local' },
    password: { type: 'string', default: 'waymark-demo' },
    locale: { type: 'string', default: 'zh-CN' },
    scheme: { type: 'string', default: 'light' },
    width: { type: 'string', default: '1280' },
    screenshots: { type: 'string' },
  },
});
assert(options.url, '--url is needed');

const words = {
  'zh-CN': { batches: '埋点需求', events: '事件', properties: '属性', environments: '环境', capture: '可视化抓包', online: '已上线', required: '必填', none: '没有符合条件的内容', notFound: '没有找到', valid: '通过' },
  'en-US': { batches: 'Batches', events: 'Events', properties: 'Properties', environments: 'Environments', capture: 'Live capture', online: 'Online', required: 'Required', none: 'Nothing matches', notFound: 'Not found', valid: 'Valid' },
}[options.locale];

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const browser = await launchBrowser();
let shots = 0;

try {
  const context = await browser.newContext({
    locale: options.locale,
    colorScheme: options.scheme,
    viewport: { width: Number(options.width), height: 900 },
  });
  const page = await context.newPage();
  const watched = watch(page, options.url);

  await enter(page, watched);
  await weigh(context);
  await browse(page);
  await lookUp(page);
  await settle(page);
  await leave(page);

  assert.deepEqual(watched.foreign, [], 'requests to other origins');
  // Chromium notes the page that is not there.
  assert.deepEqual(watched.complaints.filter((text) => !text.includes('404')), [], 'complaints on the console');
  console.log(`console: ${options.locale}, ${options.scheme}, ${options.width} px: ${shots} pages, no serious problem`);
} finally {
  await browser.close();
}

/** The budget of the first load of the capture page, which testers open on a phone: 350 KB of JavaScript as it is sent. */
async function weigh(context) {
  const page = await context.newPage();
  await page.goto(`${options.url}/apps/demo-shop/capture`);
  await page.waitForSelector('.tabs + *'); // The page below the tabs.
  const scripts = await page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .filter(({ name }) => new URL(name).pathname.endsWith('.js'))
      .map(({ encodedBodySize }) => encodedBodySize),
  );
  const sum = scripts.reduce((total, size) => total + size, 0);
  console.log(`console: the capture page's first load is ${Math.round(sum / 1024)} KB of JavaScript in ${scripts.length} files`);
  assert(scripts.length > 3 && !scripts.includes(0), 'sizes are not to be had');
  assert(sum <= 350 * 1024, `the first load is ${sum} bytes`);
  await page.close();
}

/** Signs in where the link led to: the page stands there then. A wrong password is refused in words. */
async function enter(page, watched) {
  await page.goto(`${options.url}/apps/demo-shop/batches?text=PRD-2077`);
  await page.waitForSelector('input[type=password]');
  await sound(page, 'the form');
  await page.keyboard.type(options.email);
  await page.keyboard.press('Tab');
  await page.keyboard.type(`not ${options.password}`);
  await page.keyboard.press('Enter');
  await page.waitForSelector('[role=alert]');
  await sound(page, 'the refusal');
  watched.complaints.length = 0; // Chromium may note the refusal.
  await page.keyboard.press('Control+A');
  await page.keyboard.type(options.password);
  await page.keyboard.press('Enter');
  await page.waitForSelector('.who');
  assert(page.url().startsWith(`${options.url}/apps/demo-shop/batches?`), `the deep address is not kept: ${page.url()}`);
  assert.equal(await page.locator('input[name=text]').inputValue(), 'PRD-2077', 'what narrows stands in the address');
  await page.waitForSelector('[class="live live"]'); // The live connection stands.
}

/** From the app down to a property, and back by the browser's own way. */
async function browse(page) {
  await page.waitForSelector('tbody tr');
  await sound(page, 'the batches');
  await follow(page, '会员日埋点');
  await heading(page, '会员日埋点');
  await page.getByText(words.online, { exact: true }).first().waitFor(); // Its items are on iOS.
  await sound(page, 'the batch');

  await follow(page, '参加会员日', { within: 'table' });
  await heading(page, '参加会员日');
  await page.locator('table').getByText(words.required, { exact: true }).first().waitFor();
  await page.getByText(words.valid, { exact: true }).first().waitFor(); // A captured event, with its verdict.
  await page.getByText('8.6.0', { exact: true }).first().waitFor(); // From which version it is in force.
  await page.waitForFunction(() => document.querySelector('.screenshots img')?.naturalWidth === 40); // It is there, and shown.
  await sound(page, 'the event');
  await press(page, 'summary', 'Enter');
  await page.locator('pre.raw').first().waitFor();

  await follow(page, '会员档位', { within: 'table' });
  await heading(page, '会员档位');
  await page.locator('table code').getByText('gold', { exact: true }).first().waitFor();
  await sound(page, 'the property');
  await page.goBack();
  await heading(page, '参加会员日');

  await follow(page, '演示商城', { within: '.path' });
  await heading(page, '演示商城');
  for (const part of ['events', 'properties', 'environments', 'capture']) {
    await follow(page, words[part], { within: '.tabs' });
    await page.locator(`.tabs [aria-current=page]`).getByText(words[part], { exact: true }).waitFor();
    if (part !== 'capture') await page.waitForSelector('tbody tr');
    await sound(page, part);
  }
}

/** Finds words anywhere, narrows a list to nothing, and says so where there is nothing. */
async function lookUp(page) {
  await press(page, 'input[name=q]', '会员日', 'Enter');
  await page.locator('tbody').getByText('member_day_join').first().waitFor();
  assert.match(page.url(), /\/search\?q=/);
  await sound(page, 'the search');
  await follow(page, 'member_day_join', { within: 'table' });
  await heading(page, '参加会员日');

  await page.goto(`${options.url}/apps/demo-shop/events`);
  await page.waitForSelector('tbody tr');
  await turn(page);
  const all = await page.locator('tbody tr').count();
  await press(page, 'select', 'P');
  await page.waitForURL(/level=P0/);
  await page.waitForFunction((before) => document.querySelectorAll('tbody tr').length < before, all);
  await press(page, 'input[name=text]', 'nothing has this name', 'Enter');
  await page.getByText(words.none).waitFor();
  await sound(page, 'an empty list');

  await page.goto(`${options.url}/nothing/here`);
  await heading(page, words.notFound);
  await sound(page, 'what is not there');
  await page.goto(`${options.url}/apps/demo-shop/events/nothing`);
  await heading(page, words.notFound);
}

/** Turns to the next page of a list and back. */
async function turn(page) {
  const first = () => page.locator('tbody tr').first().textContent();
  const before = await first();
  await press(page, '.pager button:last-child', 'Enter');
  await page.waitForURL(/after=/);
  await page.waitForFunction((text) => document.querySelector('tbody tr')?.textContent !== text, before);
  await page.waitForSelector('.pager button:last-child:focus[aria-disabled=true]');
  await press(page, '.pager button:first-of-type', 'Enter');
  await page.waitForURL(/before=/);
  await page.waitForFunction((text) => document.querySelector('tbody tr')?.textContent === text, before);
}

/** The language and the look are the person's, and stay. */
async function settle(page) {
  await page.goto(`${options.url}/`);
  const before = await page.evaluate(() => document.documentElement.lang);
  await press(page, '.switches button:first-child', 'Enter');
  await page.waitForFunction((lang) => document.documentElement.lang !== lang, before);
  await page.reload();
  await page.waitForSelector('.who');
  assert.notEqual(await page.evaluate(() => document.documentElement.lang), before, 'the language is remembered');
  await sound(page, 'the other language');
  await press(page, '.switches button:last-child', 'Enter');
  await press(page, '.switches button:last-child', 'Enter');
  assert.equal(await page.evaluate(() => document.documentElement.style.colorScheme), 'dark');
  await page.reload();
  await page.waitForSelector('.who');
  assert.equal(await page.evaluate(() => getComputedStyle(document.documentElement).colorScheme), 'dark', 'the look is remembered');
  await sound(page, 'dark by choice');
}

async function leave(page) {
  await press(page, 'button.sign-out', 'Enter');
  await page.waitForSelector('input[type=password]');
  await page.goto(`${options.url}/graphiql/`);
  await page.waitForURL(/sign-in\?return=/); // One way in for all pages.
  await page.waitForSelector('input[type=password]');
}

/** Goes to a link or button with these words by Tab, and opens it by Enter. */
async function follow(page, text, { within = 'body' } = {}) {
  await page.locator(within).getByText(text).first().waitFor();
  await reach(page, ({ element, wanted }) => element.matches('a, button') && element.closest(wanted.within) !== null && element.textContent.includes(wanted.text), { text, within });
  await page.keyboard.press('Enter');
}

/** Goes to the first element that fits a selector by Tab, and presses keys or types there. */
async function press(page, selector, ...keys) {
  await page.locator(selector).first().waitFor();
  await reach(page, ({ element, wanted }) => element.matches(wanted.selector), { selector });
  for (const key of keys) {
    if (/^(Enter|Tab|Space|[A-Z])$/.test(key)) await page.keyboard.press(key);
    else await page.keyboard.type(key);
  }
}

/** Tabs until what has the focus is wanted; it has to be visible then. */
async function reach(page, fits, wanted) {
  const test = `(${fits.toString()})({ element: document.activeElement, wanted: ${JSON.stringify(wanted)} })`;
  for (let step = 0; step < 400; step++) {
    await page.keyboard.press('Tab');
    if (!(await page.evaluate(`document.activeElement !== document.body && (${test})`))) continue;
    const seen = await page.evaluate(() => {
      const { width, height } = document.activeElement.getBoundingClientRect();
      return width > 0 && height > 0 && getComputedStyle(document.activeElement).outlineStyle !== 'none';
    });
    assert(seen, `the focus is not to be seen on ${JSON.stringify(wanted)}`);
    return;
  }
  assert.fail(`${JSON.stringify(wanted)} is out of the keyboard's reach on ${page.url()}`);
}

async function heading(page, text) {
  await page.locator('h1').getByText(text).waitFor();
  assert((await page.title()).includes(text), `the window's title is ${await page.title()}`);
}

/** Fails where axe finds something serious, or the page is wider than the window. */
async function sound(page, name) {
  shots++;
  if (options.screenshots) await page.screenshot({ path: join(options.screenshots, `${shots}.png`), fullPage: true });
  await page.evaluate(axe);
  const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
  const serious = found.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  const told = serious.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join('\n')}`);
  assert.deepEqual(told, [], `axe on ${name} (${page.url()})`);
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  assert(wider <= 0, `${name} is ${wider} px wider than the window`);
}
