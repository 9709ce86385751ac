import { expect, test } from 'vitest';
import { Outage } from './outage';
import { entry } from './sample';

test('what came while the connection was gone is told apart from what comes now, whatever the clocks say', () => {
  const outage = new Outage();
  const skew = 3_600_000; // This machine's clock is an hour ahead.
  outage.page([entry(1, { receivedAt: 1_000 })], 0, 1_050 + skew);
  outage.begins(2_000 + skew, 1);
  outage.begins(2_500 + skew, 1);
  expect(outage.settle()).toBeNull();
  expect(outage.ends(12_000 + skew)).toBe(true);
  outage.page([entry(2, { receivedAt: 5_000 }), entry(3, { receivedAt: 11_000 }), entry(4, { receivedAt: 12_100 })], 7, 12_200 + skew);
  expect(outage.settle()).toEqual({ from: 2_000 + skew, to: 12_000 + skew, behind: 1, caughtUp: 2, lost: 7 });
  expect(outage.settle()).toBeNull();
});

test('a connection that was never gone has nothing to tell', () => {
  const outage = new Outage();
  expect(outage.ends(5)).toBe(false);
  expect(outage.settle()).toBeNull();
});
