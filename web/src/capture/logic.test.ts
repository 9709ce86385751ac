import { expect, test } from 'vitest';
import { cellText, columnsFrom, moved, summaryOf, usual } from './columns';
import { curlOf, quoted } from './copy';
import { allRules, linesOf, ruleOf, wholeViolations, type Rule, type Use } from './lines';
import { offsetOf, rowAt, windowOf } from './layout';
import { entry } from './sample';
import { highlight, outermost, valueAt } from './values';
import type { Constraints, ValueType } from '../property/describe';
import type { Violation } from './entry';

const error = (property: string | null, code = 'type_mismatch'): Violation => ({ code, severity: 'ERROR', property, expected: '', actual: '' });
const free: Constraints = {
  pattern: null,
  minLength: null,
  maxLength: null,
  minimum: null,
  maximum: null,
  minItems: null,
  maxItems: null,
  constant: null,
  nullable: null,
  nonEmpty: null,
  encoding: 'NONE',
  valueSet: null,
};
const text: ValueType = { base: 'STRING', values: [], constraints: free };
const rule = (name: string, presence: Rule['presence'] = 'REQUIRED'): Rule => ({ name, label: '', presence, type: text, narrowings: [], note: '' });

test('what is wrong stands first, at the property that it is in; then the plan, then what else came', () => {
  const lines = linesOf(
    { properties: { extra: 1, items: [{ price: 'x' }], title: 'a' }, violations: [error('items[0].price'), error('order_id', 'property_missing'), error(null)] },
    [rule('title'), rule('order_id'), rule('items'), rule('never', 'ABSENT'), rule('maybe', 'OPTIONAL')],
  );
  expect(lines.map(({ name, came }) => [name, came])).toEqual([
    ['order_id', false],
    ['items', true],
    ['title', true],
    ['maybe', false],
    ['extra', true],
  ]);
  expect(lines[1]!.violations).toEqual([error('items[0].price')]);
  expect(wholeViolations({ violations: [error(null), error('a')] })).toEqual([error(null)]);
});

test('a rule is that of the terminal', () => {
  const use: Use = {
    presence: 'REQUIRED',
    presenceOn: [{ terminal: 'web', presence: 'OPTIONAL' }],
    narrowing: { ...free, minimum: '1' },
    narrowingOn: [{ terminal: 'web', constraints: { ...free, maximum: '5' } }],
    note: '',
    property: { key: 'price', name: '价格', type: text },
  };
  expect(ruleOf(use, 'ios')).toMatchObject({ presence: 'REQUIRED', narrowings: [{ minimum: '1' }] });
  expect(ruleOf(use, 'web')).toMatchObject({ presence: 'OPTIONAL', narrowings: [{ minimum: '1' }, { maximum: '5' }] });
});

test('an event carries the common properties of its terminal, but for those that it has itself or leaves out', () => {
  const use = (key: string): Use => ({ presence: 'REQUIRED', presenceOn: [], narrowing: null, narrowingOn: [], note: '', property: { key, name: '', type: text } });
  const common = [
    { terminals: [], uses: [use('user_id'), use('price'), use('spm')] },
    { terminals: ['web'], uses: [use('referrer')] },
  ];
  expect(allRules([use('price')], common, ['spm'], 'ios').map(({ name }) => name)).toEqual(['price', 'user_id']);
  expect(allRules([], common, [], 'web').map(({ name }) => name)).toEqual(['user_id', 'price', 'spm', 'referrer']);
});

test('the outermost property of a path is one that there is', () => {
  expect(outermost('items[2].price', ['items', 'item'])).toBe('items');
  expect(outermost('a.b.c', ['a', 'a.b'])).toBe('a.b');
  expect(outermost('gone[1]', [])).toBe('gone');
  expect(valueAt({ 'a.b': 1, a: { b: 2 } }, 'a.b')).toBe(1);
  expect(valueAt({ a: { b: [3] } }, 'a.b[0]')).toBe(3);
  expect(valueAt({ a: null }, 'a.b')).toBeUndefined();
});

test('a search is marked wherever it is, without losing a letter', () => {
  expect(highlight('iPhone iphone', 'IPHONE')).toEqual([
    { text: 'iPhone', found: true },
    { text: ' ', found: false },
    { text: 'iphone', found: true },
  ]);
  expect(highlight('abc', '')).toEqual([{ text: 'abc', found: false }]);
  expect(highlight('', 'x')).toEqual([{ text: '', found: false }]);
  expect(highlight('İx', 'x').map((piece) => piece.text).join('')).toBe('İx');
});

test('the window of a long list, with rows that are opened', () => {
  const opened = [{ row: 2, extra: 100 }];
  expect(offsetOf(2, 10, opened)).toBe(20);
  expect(offsetOf(3, 10, opened)).toBe(130);
  expect(rowAt(25, 5, 10, opened)).toBe(2);
  expect(rowAt(129, 5, 10, opened)).toBe(2);
  expect(rowAt(130, 5, 10, opened)).toBe(3);
  expect(rowAt(10_000, 5, 10, opened)).toBe(4);
  expect(windowOf(0, 30, 0, 10, [])).toEqual({ first: 0, end: 0, above: 0, total: 0 });
  expect(windowOf(0, 30, 1000, 10, [], 2)).toEqual({ first: 0, end: 6, above: 0, total: 10_000 });
  expect(windowOf(5000, 30, 1000, 10, opened, 2)).toEqual({ first: 488, end: 496, above: 4980, total: 10_100 });
  for (let top = 0; top < 200; top++) {
    const window = windowOf(top, 30, 12, 10, opened, 0);
    expect(window.above).toBeLessThanOrEqual(top);
    expect(offsetOf(window.end, 10, opened)).toBeGreaterThanOrEqual(Math.min(top + 30, window.total));
  }
});

test('a choice of columns is kept, and what is stored by others does no harm', () => {
  expect(columnsFrom(null)).toBe(usual);
  expect(columnsFrom('{"a":1}')).toBe(usual);
  expect(columnsFrom('nonsense')).toBe(usual);
  expect(columnsFrom('["event",":price","event","no_such",7]')).toEqual(['event', ':price']);
  expect(moved(['time', 'event'], 'event', -1)).toEqual(['event', 'time']);
  expect(moved(['time', 'event'], 'event', 1)).toEqual(['time', 'event']);
  expect(cellText(entry(1, { properties: { price: { a: 1 } } }), ':price')).toBe('{"a":1}');
  expect(cellText(entry(1, { anonymousId: 'v' }), 'deviceId')).toBe('v');
  expect(summaryOf(entry(1, { properties: { $lib: 1, a: 2, b: 3 }, violations: [error('b')] }))).toBe('b=3  a=2  $lib=1');
});

test('a copied command survives the shell', () => {
  expect(quoted("it's")).toBe(`'it'\\''s'`);
  const command = curlOf(entry(1, { properties: { title: "it's", n: 0 }, userId: 'u1', appVersion: '8.6.0' }), 'https://w.example/v1/events', 'k');
  expect(command).toBe(
    `curl -H 'Authorization: Bearer k' 'https://w.example/v1/events' -d '{"type":"track","event":"order_paid","userId":"u1",` +
      `"properties":{"title":"it'\\''s","n":0},"app":{"version":"8.6.0"}}'`,
  );
});
