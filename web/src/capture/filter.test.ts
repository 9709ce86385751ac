import { expect, test } from 'vitest';
import { captureFilterOf, everything, fromQuery, narrows, sessionFilterOf, testOf, toggled, toQuery, wanting, type Filter } from './filter';
import { entry } from './sample';

const passes = (filter: Partial<Filter>, of: Parameters<typeof entry>[1]) => testOf({ ...everything, ...filter })(entry(1, of));

test('each condition narrows by itself', () => {
  expect(passes({}, {})).toBe(true);
  expect(passes({ verdicts: ['INVALID'] }, { verdict: 'VALID' })).toBe(false);
  expect(passes({ verdicts: ['INVALID', 'VALID'] }, { verdict: 'VALID' })).toBe(true);
  expect(passes({ devices: [2] }, { device: 1 })).toBe(false);
  expect(passes({ events: ['order_paid'] }, { eventKey: null, name: 'order_paid' })).toBe(true);
  expect(passes({ events: ['order_paid'] }, { eventKey: 'order_paid_app', name: 'order_paid' })).toBe(false);
  expect(passes({ terminals: ['web'] }, { terminal: null })).toBe(false);
  expect(passes({ deviceIds: ['v1'] }, { anonymousId: 'v1' })).toBe(true);
  expect(passes({ deviceIds: ['v1'] }, { userId: 'v1' })).toBe(false);
  expect(passes({ step: 0 }, { step: 1 })).toBe(false);
});

test('text is looked for in names, ids and values, whatever the letter case', () => {
  const of = { properties: { title: '苹果 iPhone', items: [{ sku: 'A-1' }] }, userId: 'U_9', name: 'Pay' };
  for (const text of ['iphone', '苹果', 'a-1', 'u_9', 'PAY ']) expect(passes({ text }, of), text).toBe(true);
  expect(passes({ text: 'android' }, of)).toBe(false);
});

test('a value is compared as it is shown, also inside lists', () => {
  const of = { properties: { price: 5, title: '5', items: [{ sku: 'A' }], 'a.b': true } };
  const wants = (property: string, value: string) => passes({ values: [{ property, value }] }, of);
  expect(wants('price', '5')).toBe(true);
  expect(wants('items[0].sku', 'A')).toBe(true);
  expect(wants('items', '[{"sku":"A"}]')).toBe(true);
  expect(wants('a.b', 'true')).toBe(true);
  expect(wants('absent', '')).toBe(true);
  expect(wants('price', '6')).toBe(false);
});

test('a filter survives its address', () => {
  const filter: Filter = {
    devices: [1, 3],
    events: ['支付', 'a&b'],
    verdicts: ['INVALID'],
    terminals: ['ios'],
    deviceIds: ['x y'],
    step: 2,
    text: 'q=1',
    values: [{ property: 'p', value: 'a=b' }],
  };
  expect(fromQuery(toQuery(filter))).toEqual(filter);
  expect(fromQuery('')).toEqual(everything);
  expect(fromQuery('verdicts=NONSENSE&devices=x&step=y&value=z')).toEqual(everything);
  expect(narrows(filter)).toBe(true);
  expect(narrows({ ...everything, text: '  ' })).toBe(false);
});

test('the server is told what it can narrow by', () => {
  expect(sessionFilterOf(everything)).toEqual({});
  expect(sessionFilterOf({ ...everything, devices: [1], events: ['e'], verdicts: ['VALID'], step: 0, text: ' t ', terminals: ['ios'] })).toEqual({
    devices: [1],
    eventKeys: ['e'],
    verdicts: ['VALID'],
    step: 0,
    text: 't',
  });
  expect(captureFilterOf({ ...everything, terminals: ['ios'], deviceIds: ['d'], step: 3 })).toEqual({ terminals: ['ios'], deviceIds: ['d'] });
  // A value narrows where the raw record holds it exactly as it is shown.
  const wants = (value: string) => sessionFilterOf({ ...everything, values: [{ property: 'p', value }] });
  expect(wants('苹果 15')).toEqual({ text: '苹果 15' });
  expect(wants('5.50')).toEqual({});
  expect(wants('a"b')).toEqual({});
});

test('a click adds a condition once, or takes it away', () => {
  expect(toggled([1, 2], 2)).toEqual([1]);
  expect(toggled([1], 2)).toEqual([1, 2]);
  const once = wanting(everything, 'p', { a: 1 });
  expect(once.values).toEqual([{ property: 'p', value: '{"a":1}' }]);
  expect(wanting(once, 'p', { a: 1 })).toBe(once);
});
