// How the scripts of this folder walk through the console: by keyboard alone, and with axe on every page.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** A walk through pages; with a folder, it leaves a picture of each page that `sound` was asked for. */
export function walker(page, screenshots) {
  let shots = 0;

  /** Tabs until what has the focus is wanted; it has to be visible then. */
  async function reach(fits, wanted) {
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

  return {
    reach,

    /** Goes to a link, button or summary with these words by Tab, and opens it by Enter. */
    async follow(text, { within = 'body' } = {}) {
      await page.locator(within).getByText(text).first().waitFor();
      const fits = ({ element, wanted }) =>
        element.matches('a, button, summary') && element.closest(wanted.within) !== null && element.textContent.includes(wanted.text);
      await reach(fits, { text, within });
      await page.keyboard.press('Enter');
    },

    /** Goes to the first element that fits a selector by Tab, and presses keys or types there. */
    async press(selector, ...keys) {
      await page.locator(selector).first().waitFor();
      await reach(({ element, wanted }) => element.matches(wanted.selector), { selector });
      for (const key of keys) {
        if (/^(Enter|Tab|Space|Home|End|Arrow\w+|[A-Z])$/.test(key)) await page.keyboard.press(key);
        else await page.keyboard.type(key);
      }
    },

    /** Fails where axe finds something serious, or the page is wider than the window. */
    async sound(name) {
      shots++;
      if (screenshots) await page.screenshot({ path: join(screenshots, `${shots}.png`), fullPage: true });
      await page.evaluate(axe);
      const found = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ['violations'] }));
      const serious = found.violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
      const told = serious.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html).join('\n')}`);
      assert.deepEqual(told, [], `axe on ${name} (${page.url()})`);
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert(wider <= 0, `${name} is ${wider} px wider than the window`);
    },

    /** How many pages were looked at. */
    shots: () => shots,
  };
}
