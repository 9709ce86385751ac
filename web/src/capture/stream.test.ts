import { expect, test } from 'vitest';
import { everything } from './filter';
import { entry } from './sample';
import { Stream } from './stream';
import type { Row, Rows } from './rows';

/** A stream whose frames and clock the test moves by hand. */
function manual(limit = 10) {
  const due: (() => void)[] = [];
  const clock = { now: 1_000_000 };
  const stream = new Stream(limit, { schedule: (run) => due.push(run), now: () => clock.now });
  const frame = () => due.splice(0).forEach((run) => run());
  return { stream, frame, clock, due };
}

function rowsOf(rows: Rows): Row[] {
  return Array.from({ length: rows.length }, (_, i) => rows.at(i)!);
}

/** The rows in short: the `seq` of events, `#n` for steps, `gap` for interruptions. */
function shown(stream: Stream): (number | string)[] {
  return rowsOf(stream.current().rows).map((row) => {
    if (row.kind === 'entry') return row.entry.seq;
    return row.mark.kind === 'step' ? `#${row.mark.number}` : 'gap';
  });
}

test('many pages between two frames are shown once', () => {
  const { stream, frame, due } = manual();
  let told = 0;
  stream.subscribe(() => told++);
  for (let seq = 1; seq <= 5; seq++) stream.take([entry(seq)]);
  expect(due).toHaveLength(1);
  expect(shown(stream)).toEqual([]);
  frame();
  expect(told).toBe(1);
  expect(shown(stream)).toEqual([1, 2, 3, 4, 5]);
});

test('the oldest go when the stream is full, and what was lost is counted', () => {
  const { stream, frame } = manual(3);
  stream.take([entry(1), entry(2)]);
  frame();
  stream.take([entry(7), entry(8), entry(9)], 4);
  frame();
  expect(shown(stream)).toEqual([7, 8, 9]);
  expect(stream.current()).toMatchObject({ received: 5, dropped: 4, kept: 3 });
});

test('what waits for a frame that does not come stays bounded', () => {
  const { stream, frame } = manual(100);
  for (let seq = 1; seq <= 100_000; seq++) stream.take([entry(seq)]);
  frame();
  expect(stream.current().rows.length).toBe(100);
  expect(shown(stream).at(-1)).toBe(100_000);
  expect(stream.current().received).toBe(100_000);
});

test('an event that is there already is not shown twice', () => {
  const { stream, frame } = manual();
  stream.begin([entry(1), entry(2)]);
  stream.take([entry(2), entry(3)]);
  frame();
  expect(shown(stream)).toEqual([1, 2, 3]);
});

test('by device time, what happened earlier stands earlier, also when it came late and when it is let go of', () => {
  const { stream, frame } = manual(3);
  stream.arrange(everything, 'device');
  stream.take([entry(1, { eventTime: 500 }), entry(2, { eventTime: 100 }), entry(3, { eventTime: 300 })]);
  frame();
  expect(shown(stream)).toEqual([2, 3, 1]);
  stream.take([entry(4, { eventTime: 200 })]);
  frame();
  expect(shown(stream)).toEqual([2, 4, 3]);
  stream.arrange(everything, 'arrival');
  expect(shown(stream)).toEqual([2, 3, 4]);
});

test('a stream that stands still counts what is new and passes, and goes on at the newest', () => {
  const { stream, frame } = manual();
  stream.take([entry(1)]);
  frame();
  stream.arrange({ ...everything, verdicts: ['VALID'] }, 'arrival');
  stream.hold('reading');
  stream.take([entry(2), entry(3, { verdict: 'INVALID' }), entry(4)]);
  frame();
  expect(shown(stream)).toEqual([1]);
  expect(stream.current()).toMatchObject({ hold: 'reading', news: 2, received: 4 });
  stream.hold('paused');
  expect(stream.current()).toMatchObject({ hold: 'paused', news: 2 });
  stream.hold('reading');
  expect(stream.current().hold).toBe('paused');
  stream.resume();
  expect(shown(stream)).toEqual([1, 2, 4]);
  expect(stream.current()).toMatchObject({ hold: null, news: 0 });
});

test('what is read further up stays although the stream lets go of it', () => {
  const { stream, frame } = manual(2);
  stream.take([entry(1), entry(2)]);
  frame();
  stream.hold('reading');
  stream.take([entry(3), entry(4), entry(5)]);
  frame();
  expect(shown(stream)).toEqual([1, 2]);
  stream.resume();
  expect(shown(stream)).toEqual([4, 5]);
});

test('clearing empties the view; what comes later is shown', () => {
  const { stream, frame } = manual();
  stream.take([entry(1), entry(2)]);
  stream.clear();
  stream.take([entry(2), entry(3)]);
  frame();
  expect(shown(stream)).toEqual([3]);
  expect(stream.newest).toBe(3);
});

test('a step stands before its first event, and at the end while it has none', () => {
  const { stream, frame } = manual();
  const steps = [1, 2, 3].map((number) => ({ number, text: '', at: '2026-11-24T00:00:00Z' }));
  stream.take([entry(1), entry(2, { step: 1 }), entry(3, { step: 1 }), entry(4, { step: 3 })]);
  stream.setSteps(steps);
  frame();
  expect(shown(stream)).toEqual([1, '#1', 2, 3, '#2', '#3', 4]);
  stream.setSteps([...steps, { number: 4, text: '', at: '2026-11-24T00:00:00Z' }]);
  frame();
  expect(shown(stream).at(-1)).toBe('#4');
  expect(rowsOf(stream.current().rows).map((_, i) => i)).toContain(stream.current().rows.rowOf(4));
  expect(stream.current().rows.rowOf(1)).toBe(0);
  expect(stream.current().rows.rowOf(2)).toBe(2);
  expect(stream.current().rows.rowOf(4)).toBe(6);
  expect(stream.current().rows.rowOf(99)).toBe(-1);
});

test('an interruption stands where it was', () => {
  const { stream, frame } = manual();
  stream.take([entry(1), entry(2)]);
  frame();
  stream.interrupted({ from: 0, to: 1000, behind: 2, caughtUp: 1, lost: 0 });
  stream.take([entry(3)]);
  frame();
  expect(shown(stream)).toEqual([1, 2, 'gap', 3]);
});

test('the rate is that of the last seconds, and falls by itself', () => {
  const { stream, frame, clock } = manual(1000);
  for (let second = 0; second < 10; second++) {
    clock.now += 1000;
    for (let i = 0; i < 50; i++) stream.take([entry(second * 50 + i + 1)]);
  }
  clock.now += 1000;
  frame();
  expect(stream.current().rate).toBe(50);
  clock.now += 60_000;
  stream.tick();
  expect(stream.current().rate).toBe(0);
});

test('an hour at 500 events per second leaves no more than the newest', () => {
  const { stream, frame } = manual(5000);
  const pages = 3600 * 60;
  let seq = 0;
  for (let page = 0; page < pages; page += 20) {
    stream.take(Array.from({ length: 8 }, () => entry(++seq)));
    frame();
  }
  expect(stream.all()).toHaveLength(5000);
  expect(stream.current().rows.length).toBe(5000);
});
