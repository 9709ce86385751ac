// Plays a tester in a real Chromium, by keyboard alone: starts a session on a batch, binds a page of another origin with a real
// SDK in it by link, sees what it reports, finds what is wrong, filters, pauses, marks steps, waives, signs off, reads the report.
// On every view axe may find no serious problem.
//
//   node capture.mjs --url http://127.0.0.1:8080 --batch SHOP-0001 --event member_day_join --property member_day_tier --key demo-test
//     [--collect URL] [--locale en-US] [--scheme dark] [--width 390] [--screenshots DIR]
//
// The property is required, and takes gold and silver. --collect is where the page reports to; --url unless told.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { launchBrowser, watch } from './chromium.mjs';
import { walker } from './walk.mjs';

const text = { type: 'string' };
const { values: o } = parseArgs({
  options: {
    url: text, collect: text, app: { ...text, default: 'demo-shop' }, batch: text, event: text, property: text, key: text, screenshots: text,
    email: { ...text, default: 'admin@demo.local' }, password: { ...text, default: 'waymark-demo' },
    locale: { ...text, default: 'zh-CN' }, scheme: { ...text, default: 'light' }, width: { ...text, default: '1280' },
  },
});
const words = {
  'zh-CN': { start: '开始', devices: '设备', plan: '方案', stream: '事件流', page: '网页或 H5', mark: '标记步骤', pause: '暂停', resume: '继续', news: '条新记录', invalid: '不通过', all: '显示', raw: '原始记录', property: '缺少必填属性', clear: '清除筛选', sign: '签署', waive: '豁免', save: '保存', report: '验收报告', tag: '标记', copied: '已复制', end: '结束验收', ended: '已结束' },
  'en-US': { start: 'Start', devices: 'Devices', plan: 'Plan', stream: 'Stream', page: 'Web page or H5', mark: 'Mark step', pause: 'Pause', resume: 'Resume', news: ' new', invalid: 'Invalid', all: 'shown', raw: 'Raw record', property: 'Required property missing', clear: 'Clear the filter', sign: 'Sign off', waive: 'Waived', save: 'Save', report: 'Acceptance report', tag: 'Mark', copied: 'copied', end: 'End', ended: 'Ended' },
}[o.locale];
const isNarrow = Number(o.width) < 768;

/** A page of another origin with Segment's SDK in it. */
const sdkFiles = join(import.meta.dirname, 'node_modules/@segment/analytics-next/dist/umd');
const collect = o.collect ?? o.url;
const host = createServer(async (request, response) => {
  const file = /^\/(?:sdk|analytics-next\/bundles)\/([\w.-]+)$/.exec(new URL(request.url, 'http://localhost').pathname)?.[1];
  if (file) return response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(await readFile(join(sdkFiles, file)));
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
  response.end(`<!doctype html><link rel="icon" href="data:,"><title>会员日</title>
    <script>window.analytics = { _cdn: location.origin };</script><script src="/sdk/index.js"></script><script>
    const analytics = AnalyticsNext.AnalyticsBrowser.load({ writeKey: ${JSON.stringify(o.key)}, cdnURL: ${JSON.stringify(collect)} },
      { integrations: { 'Segment.io': { apiHost: ${JSON.stringify(collect.replace('http://', ''))} + '/v1', protocol: 'http' } } });
    window.report = async (name, properties) => { await analytics.ready(); await analytics.track(name, properties); };</script>`);
});
await new Promise((listening) => host.listen(0, '127.0.0.1', listening));
const shop = `http://localhost:${host.address().port}/`;

const browser = await launchBrowser();
try {
  const context = await browser.newContext({ locale: o.locale, colorScheme: o.scheme, viewport: { width: Number(o.width), height: isNarrow ? 800 : 900 } });
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const page = await context.newPage();
  const watched = watch(page, o.url);
  const walk = walker(page, o.screenshots);
  await enter(page, walk);
  await begin(page, walk);
  const device = await bind(browser, page, walk);
  await look(page, walk, device);
  await holdStill(page, walk, device);
  await step(page, walk, device);
  await reload(page, walk);
  await judge(page, walk);
  await sign(page, walk);
  assert.deepEqual(watched.foreign, [], 'requests to other origins');
  assert.deepEqual(watched.complaints, [], 'complaints on the console');
  console.log(`capture: ${o.locale}, ${o.scheme}, ${o.width} px: ${walk.shots()} views, no serious problem`);
} finally {
  await browser.close();
  host.close();
}

async function enter(page, walk) {
  await page.goto(`${o.url}/apps/${o.app}/capture`);
  await page.waitForSelector('input[type=password]');
  await walk.press('input[type=email]', o.email);
  await walk.press('input[type=password]', o.password, 'Enter');
  await page.waitForSelector('.start-form');
  await walk.sound('the start');
}

/** Starts a session on the batch. */
async function begin(page, walk) {
  await walk.press(`input[name=batch][value="${o.batch}"]`, 'Space');
  await walk.follow(words.start, { within: '.start-form' });
  await page.waitForSelector('.workplace .log');
  await page.waitForSelector('[class="live live"]');
  await walk.sound('a new session');
  await weigh(page);
}

/** The budget of what a tester's phone loads to be there: 350 KB of JavaScript as it is sent. */
async function weigh(page) {
  const fresh = await page.context().newPage();
  await fresh.goto(page.url());
  await fresh.waitForSelector('.workplace .log');
  const scripts = await fresh.evaluate(() =>
    performance.getEntriesByType('resource').filter(({ name }) => new URL(name).pathname.endsWith('.js')).map(({ encodedBodySize }) => encodedBodySize),
  );
  const sum = scripts.reduce((total, size) => total + size, 0);
  console.log(`capture: a session's first load is ${Math.round(sum / 1024)} KB of JavaScript in ${scripts.length} files`);
  assert(scripts.length > 3 && !scripts.includes(0), 'sizes are not to be had');
  assert(sum <= 350 * 1024, `the first load is ${sum} bytes`);
  await fresh.close();
}

/** Goes to a part of the page. */
async function part(page, walk, name) {
  if (!isNarrow && name === words.stream) return;
  await walk.follow(name, { within: '.part-tabs' });
}

/** Binds a page with an SDK by the link that the session gives, as a phone would by its picture. */
async function bind(browser, page, walk) {
  await part(page, walk, words.devices);
  await walk.reach(({ element }) => element.matches('.pairing input[type=radio]'), {});
  await page.keyboard.press('ArrowDown');
  await walk.press('.pairing .field input', shop);
  await page.waitForSelector('.picture img');
  const address = await page.locator('.picture code').innerText();
  assert(address.startsWith(shop) && address.includes('waymark_session='), address);
  await walk.sound('the picture');
  const device = await (await browser.newContext({ locale: o.locale })).newPage();
  await device.goto(address);
  await device.evaluate(([name, property]) => window.report(name, { [property]: 'gold' }), [o.event, o.property]);
  await page.waitForSelector('.cards .device-number');
  await walk.sound('a device');
  return device;
}

/** Finds what is wrong: the row, the property, the rule, the record. */
async function look(page, walk, device) {
  await part(page, walk, words.stream);
  await page.locator('.row .opener', { hasText: o.event }).first().waitFor();
  await device.evaluate((name) => window.report(name, {}), o.event);
  await device.evaluate(() => window.report('nobody_planned_this', { a: 1 }));
  await page.waitForSelector('.row.unplanned');
  await page.waitForSelector('.row.invalid');
  await walk.follow(words.invalid, { within: '.toolbar .group' });
  await page.waitForFunction(() => document.querySelectorAll('.row.valid').length === 0);
  assert.match(page.url(), /filter=verdicts/);
  await walk.press('.log', 'ArrowUp', 'Enter');
  await page.locator('.details .bad', { hasText: o.property }).waitFor();
  await page.locator('.details').getByText(words.property).first().waitFor();
  await walk.sound('an opened event');
  await walk.follow(words.raw, { within: '.details' });
  await page.locator('.details pre').waitFor();
  await walk.follow('curl', { within: '.details' });
  await page.getByText(words.copied).waitFor();
  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^curl -H 'Authorization: Bearer /);
  await walk.follow(words.invalid, { within: '.toolbar .group' });
  await page.waitForSelector('.row.valid');
}

/** A stream that stands still counts what is new, and goes on at the newest. */
async function holdStill(page, walk, device) {
  const paused = page.locator('.toolbar button[aria-pressed=true]', { hasText: words.resume });
  if ((await paused.count()) === 0) await walk.follow(words.pause, { within: '.toolbar' });
  await paused.waitFor();
  await device.evaluate(([name, property]) => window.report(name, { [property]: 'silver' }), [o.event, o.property]);
  await page.locator('.news', { hasText: /[1-9].*/ }).waitFor();
  await walk.follow(words.news, { within: '.news' });
  await page.waitForFunction(() => document.querySelector('.news') === null);
}

/** What comes behind a step stands below its line. */
async function step(page, walk, device) {
  await walk.press('.step-form input', 'tap Pay', 'Enter');
  await page.locator('.row.mark', { hasText: 'tap Pay' }).waitFor();
  await device.evaluate(([name, property]) => window.report(name, { [property]: 'gold' }), [o.event, o.property]);
  await page.waitForFunction((name) => {
    const rows = [...document.querySelectorAll('.log .row')];
    return rows.slice(rows.findIndex((row) => row.classList.contains('mark')) + 1).some((row) => row.textContent.includes(name));
  }, o.event);
  await walk.sound('a step');
}

/** A session survives a reload: what came is there, with its steps. */
async function reload(page, walk) {
  const before = await page.locator('.code').innerText();
  await page.reload();
  await page.locator('.row .opener', { hasText: o.event }).first().waitFor();
  await page.locator('.row.mark', { hasText: 'tap Pay' }).waitFor();
  assert.equal(await page.locator('.code').innerText(), before);
  await walk.sound('a reloaded session');
}

/** What was seen is known; the rest is waived, with a reason. */
async function judge(page, walk) {
  await part(page, walk, words.plan);
  await walk.follow(o.event, { within: '.planned' });
  await page.locator('.coverage').first().waitFor();
  await walk.sound('the plan');
  const cells = await page.locator('.coverage').count();
  for (let cell = 0; cell < cells; cell++) {
    const label = await page.locator('.coverage').nth(cell).getAttribute('aria-label');
    await walk.follow(words.tag, { within: `.coverage[aria-label="${label}"] > .own` });
    await page.locator('.mark-form').waitFor();
    await walk.reach(({ element }) => element.matches('.mark-form input[type=radio]'), {});
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    await walk.sound('the form of a mark');
    await walk.press('.mark-form textarea', 'not on this terminal');
    await walk.follow(words.save, { within: '.mark-form' });
    await page.locator(`.coverage[aria-label="${label}"] .mark-note`, { hasText: 'not on this terminal' }).first().waitFor();
  }
}

/** Signs off, and reads the report. */
async function sign(page, walk) {
  await walk.press('.sign-off textarea', 'tested on a page');
  await walk.follow(words.sign, { within: '.sign-off' });
  await page.waitForURL(/\/sign-offs\//);
  await page.locator('h1', { hasText: words.report }).waitFor();
  await page.locator('.report').getByText('not on this terminal').first().waitFor();
  await walk.sound('the report');
  await page.emulateMedia({ media: 'print' });
  assert.equal(await page.locator('.bar').isVisible(), false, 'the bar is printed');
  await page.emulateMedia({ media: null });
}
