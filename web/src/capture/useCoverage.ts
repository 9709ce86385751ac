// The coverage of a session, read again whenever the live figures say that it moved.
import { useEffect, useRef, useState } from 'react';
import { useQuery, type CombinedError } from 'urql';
import { SessionCoverageDocument, type SessionCoverageQuery } from '../api/generated/capture';
import { changedCells, type Cell } from './progress';
import type { CoverageFigures } from './feed';

/** All that is known of the work under test. */
export type Coverage = NonNullable<SessionCoverageQuery['captureSession']>;
export type CoverageCell = Coverage['coverage']['cells'][number];
export type PlannedEvent = Coverage['events'][number];
export type Mark = Coverage['marks'][number];

/** At most once in so many milliseconds: the whole coverage of 500 events is no small answer. */
const atMostEvery = 1_000;

/** What changes it although it may not hold any of these yet. */
const context = { additionalTypenames: ['AcceptanceMark', 'SignOff'] };

/** For how many milliseconds what moved is lit up. */
const litFor = 2_500;

/** The coverage, and which cells moved a moment ago. `seen` is how many events came, for sessions whose figures do not move by themselves. */
export function useCoverage(code: string, figures: CoverageFigures | null, seen: number) {
  const [{ data, error }, again] = useQuery({ query: SessionCoverageDocument, variables: { code }, requestPolicy: 'cache-and-network', context });
  const last = useRef(0);
  const moved = `${figures?.covered}/${figures?.failed}/${figures?.open}/${seen}`;
  useEffect(() => {
    const wait = Math.max(0, last.current + atMostEvery - Date.now());
    const timer = setTimeout(() => {
      last.current = Date.now();
      again({ requestPolicy: 'network-only' });
    }, wait);
    return () => clearTimeout(timer);
  }, [moved, again]);
  const coverage = data?.captureSession ?? null;
  return { coverage, lit: useLit(coverage?.coverage.cells ?? none), error: error as CombinedError | undefined };
}

const none: readonly Cell[] = [];

function useLit(cells: readonly Cell[]): ReadonlySet<string> {
  const [lit, setLit] = useState<ReadonlySet<string>>(new Set());
  const before = useRef(cells);
  useEffect(() => {
    const changed = changedCells(before.current, cells);
    before.current = cells;
    if (changed.size === 0) return;
    setLit(changed);
    const timer = setTimeout(() => setLit(new Set()), litFor);
    return () => clearTimeout(timer);
  }, [cells]);
  return lit;
}
