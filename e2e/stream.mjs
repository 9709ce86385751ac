// Measures the live view of the console in a real Chromium while events come in: frames per second, the longest pause between
// two frames, how much of the time the page's thread was busy, the heap after a garbage collection, and how many rows the page has built.
//
//   node stream.mjs --url … --email … --password … --app shop --environment test --key … [--rate 500] [--seconds 5] [--flood 0]
//     [--frames 0] [--heap 300]
//
// --flood sends so many events besides, as fast as the server takes them: 1,800,000 are an hour at 500 per second. Fails where
// there are fewer frames per second than --frames, where the heap has more MB than --heap, or where the newest is not shown.
import { parseArgs } from 'node:util';
import { setTimeout as sleep } from 'node:timers/promises';
import { launchBrowser, watch } from './chromium.mjs';

const text = { type: 'string' };
const { values: o } = parseArgs({
  options: {
    url: text, email: text, password: text, app: text, environment: text, key: text,
    rate: { ...text, default: '500' }, seconds: { ...text, default: '5' }, flood: { ...text, default: '0' },
    frames: { ...text, default: '0' }, heap: { ...text, default: '300' },
  },
});
const [rate, seconds, flood] = [Number(o.rate), Number(o.seconds), Number(o.flood)];
const run = Math.random().toString(36).slice(2);
let sent = 0;

/** An event of the size of a usual one. */
function event(name = 'order_paid') {
  sent++;
  return {
    event: name,
    userId: `user_${sent % 50}`,
    deviceId: `device_${sent % 7}`,
    app: { version: '8.6.0', build: '801' },
    os: { name: 'Android', version: '15' },
    properties: { run, seq: sent, product_name: '苹果手机 15 Pro', category: '手机/数码', price: 5999.5, quantity: sent % 9, tags: ['新品', '促销'], address: { city: '上海' } },
  };
}

async function send(events) {
  const response = await fetch(`${o.url}/v1/events`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Write-Key': o.key },
    body: JSON.stringify({ events }),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
}

/** Sends at the rate, twenty times a second, catching up where a turn came late. */
async function steadily() {
  const begin = performance.now();
  let due = 0;
  while (performance.now() - begin < seconds * 1000) {
    const now = Math.round(((performance.now() - begin) / 1000) * rate);
    if (now > due) await send(Array.from({ length: now - due }, () => event()));
    due = Math.max(due, now);
    await sleep(50);
  }
}

async function flooding() {
  for (let left = flood; left > 0; left -= 1000) await send(Array.from({ length: Math.min(1000, left) }, () => event()));
}

const browser = await launchBrowser();
try {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'zh-CN' })).newPage();
  const seen = watch(page, o.url);
  await page.goto(`${o.url}/apps/${o.app}/live/${o.environment}`);
  await page.fill('input[type=email]', o.email);
  await page.fill('input[type=password]', o.password);
  await page.click('button[type=submit]');
  await page.waitForSelector('.log');
  await page.waitForSelector('[class="live live"]');
  const devtools = await page.context().newCDPSession(page);
  await flooding();
  await sleep(flood > 0 ? 3000 : 0); // Until what is left of it is there.
  const taskSeconds = async () => (await devtools.send('Performance.getMetrics')).metrics.find(({ name }) => name === 'TaskDuration').value;
  await devtools.send('Performance.enable');
  const busyBefore = await taskSeconds();
  await page.evaluate(() => {
    window.frames_ = { count: 0, longest: 0, last: performance.now(), begin: performance.now() };
    const frame = (now) => {
      const f = window.frames_;
      f.count++;
      f.longest = Math.max(f.longest, now - f.last);
      f.last = now;
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
  await steadily();
  const frames = await page.evaluate(() => {
    const f = window.frames_;
    return { perSecond: (f.count * 1000) / (performance.now() - f.begin), longest: f.longest };
  });
  const busy = (await taskSeconds()) - busyBefore;
  const last = `last_${run}`;
  await send([event(last)]);
  await page.waitForFunction((name) => [...document.querySelectorAll('.opener')].at(-1)?.textContent?.includes(name), last, { timeout: 15_000 });
  await devtools.send('HeapProfiler.enable');
  await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  const figures = {
    sent,
    framesPerSecond: Math.round(frames.perSecond * 10) / 10,
    busyPercent: Math.round((busy / seconds) * 100),
    longestPauseMs: Math.round(frames.longest),
    heapMB: Math.round(usedSize / 1e5) / 10,
    rowsBuilt: await page.locator('.log .row').count(),
    figures: await page.locator('.figures').innerText(),
  };
  console.log(JSON.stringify(figures));
  if (seen.complaints.length > 0) throw new Error(`the page complains: ${seen.complaints.join('; ')}`);
  if (figures.framesPerSecond < Number(o.frames)) throw new Error(`fewer than ${o.frames} frames per second`);
  if (figures.heapMB > Number(o.heap)) throw new Error(`more than ${o.heap} MB`);
  if (figures.rowsBuilt > 100) throw new Error('rows are built that nobody sees');
} finally {
  await browser.close();
}
