import { expect, test } from 'vitest';
import { cellStanding, changedCells, groups, propertyStanding, shareOf, tally, type Cell, type PropertyCoverage } from './progress';

const property = (members: Partial<PropertyCoverage> = {}): PropertyCoverage => ({
  name: 'price',
  required: true,
  state: 'VALID',
  validCount: 1,
  invalidCount: 0,
  mustTest: [],
  ...members,
});
const cell = (members: Partial<Cell> = {}): Cell => ({
  event: { key: 'order_paid' },
  terminal: 'ios',
  state: 'VALID',
  shouldNotFire: false,
  validCount: 1,
  invalidCount: 0,
  repeatCount: 0,
  mostInStep: 1,
  properties: [],
  ...members,
});

test('a cell is seen when all that is required of it is', () => {
  expect(cellStanding(cell())).toBe('seen');
  expect(cellStanding(cell({ state: 'NOT_SEEN' }))).toBe('awaited');
  expect(cellStanding(cell({ state: 'SEE_AGAIN' }))).toBe('awaited');
  expect(cellStanding(cell({ properties: [property({ state: 'NOT_SEEN' })] }))).toBe('awaited');
  expect(cellStanding(cell({ properties: [property({ state: 'NOT_SEEN', required: false })] }))).toBe('seen');
  expect(cellStanding(cell({ properties: [property({ state: 'INVALID', required: false })] }))).toBe('wrong');
  expect(cellStanding(cell({ state: 'WAIVED', properties: [property({ state: 'INVALID' })] }))).toBe('settled');
  expect(propertyStanding(property({ mustTest: [{ value: '1', seen: false }] }))).toBe('awaited');
  expect(propertyStanding(property({ state: 'WAIVED', mustTest: [{ value: '1', seen: false }] }))).toBe('settled');
});

test('what must not come is fine until it comes', () => {
  expect(cellStanding(cell({ shouldNotFire: true, state: 'NOT_SEEN' }))).toBe('seen');
  expect(cellStanding(cell({ shouldNotFire: true, state: 'INVALID' }))).toBe('wrong');
  expect(shareOf(cell({ shouldNotFire: true, state: 'NOT_SEEN' }))).toEqual({ covered: 1, required: 1 });
  expect(shareOf(cell({ shouldNotFire: true, state: 'INVALID' }))).toEqual({ covered: 0, required: 1 });
});

test('the share counts the event, its required properties and the values to be seen', () => {
  const mustTest = [
    { value: '1', seen: true },
    { value: '2', seen: false },
  ];
  expect(shareOf(cell({ properties: [property({ mustTest }), property({ required: false }), property({ state: 'NOT_SEEN' })] }))).toEqual({
    covered: 3,
    required: 5,
  });
});

test('events are grouped in the order of the plan and stand as their worst terminal does', () => {
  const list = groups([cell({ event: { key: 'b' } }), cell({ event: { key: 'a' }, state: 'NOT_SEEN' }), cell({ event: { key: 'b' }, terminal: 'web', state: 'FAILED' })]);
  expect(list.map(({ key, standing, cells }) => [key, standing, cells.length])).toEqual([
    ['b', 'wrong', 2],
    ['a', 'awaited', 1],
  ]);
  expect(tally(list)).toEqual({ wrong: 1, awaited: 1, seen: 0, settled: 0 });
});

test('what moved is lit up, and nothing at the first look', () => {
  const before = [cell(), cell({ terminal: 'web' })];
  expect(changedCells([], before).size).toBe(0);
  expect([...changedCells(before, [cell(), cell({ terminal: 'web', validCount: 2 })])]).toEqual(['order_paid web']);
  expect([...changedCells([cell({ properties: [property()] })], [cell({ properties: [property({ validCount: 2 })] })])]).toEqual(['order_paid ios']);
});
