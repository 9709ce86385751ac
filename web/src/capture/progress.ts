// The plan under test beside what was seen of it: what is awaited, what is wrong, and how far it all is.

/** What is known of something under test. */
export type CoverageState = 'NOT_SEEN' | 'VALID' | 'INVALID' | 'SEE_AGAIN' | 'PASSED' | 'FAILED' | 'WAIVED';

export interface Value {
  value: string;
  seen: boolean;
}

export interface PropertyCoverage {
  name: string;
  required: boolean;
  state: CoverageState;
  validCount: number;
  invalidCount: number;
  mustTest: readonly Value[];
}

/** One planned event on one terminal, as far as counting goes. */
export interface Cell {
  event: { key: string };
  terminal: string;
  state: CoverageState;
  shouldNotFire: boolean;
  validCount: number;
  invalidCount: number;
  repeatCount: number;
  mostInStep: number;
  properties: readonly PropertyCoverage[];
}

/** How something stands, for what to do about it: `wrong` before `awaited` before `seen`. */
export type Standing = 'wrong' | 'awaited' | 'seen' | 'settled';

/** How a state stands. An event that must not come is fine as long as it was not seen. */
export function standingOf(state: CoverageState, shouldNotFire = false): Standing {
  switch (state) {
    case 'INVALID':
    case 'FAILED':
      return 'wrong';
    case 'NOT_SEEN':
      return shouldNotFire ? 'seen' : 'awaited';
    case 'SEE_AGAIN':
      return 'awaited';
    case 'VALID':
      return 'seen';
    default:
      return 'settled';
  }
}

/** How a cell stands with its properties: seen only when all that is required of it is. */
export function cellStanding(cell: Cell): Standing {
  const own = standingOf(cell.state, cell.shouldNotFire);
  if (own === 'settled' || own === 'wrong' || cell.shouldNotFire) return own;
  const parts = cell.properties.map((property) => propertyStanding(property));
  if (parts.includes('wrong')) return 'wrong';
  return own === 'awaited' || parts.includes('awaited') ? 'awaited' : 'seen';
}

/** How a property stands; one that is optional is never awaited, but for values that have to be seen. */
export function propertyStanding(property: PropertyCoverage): Standing {
  const standing = standingOf(property.state);
  if (standing === 'settled' || standing === 'wrong') return standing;
  if (property.mustTest.some(({ seen }) => !seen)) return 'awaited';
  return standing === 'awaited' && !property.required ? 'seen' : standing;
}

/** How much of a cell's required properties and values is covered. */
export function shareOf(cell: Cell): { covered: number; required: number } {
  if (cell.shouldNotFire) return { covered: standingOf(cell.state, true) === 'wrong' ? 0 : 1, required: 1 };
  let [covered, required] = [fine(standingOf(cell.state)) ? 1 : 0, 1];
  for (const property of cell.properties) {
    if (property.required) {
      required++;
      if (fine(standingOf(property.state))) covered++;
    }
    required += property.mustTest.length;
    covered += property.mustTest.filter(({ seen }) => seen || standingOf(property.state) === 'settled').length;
  }
  return { covered, required };
}

function fine(standing: Standing): boolean {
  return standing === 'seen' || standing === 'settled';
}

/** The cells of one event. */
export interface Group<C extends Cell> {
  key: string;
  cells: readonly C[];
  standing: Standing;
}

const weights: readonly Standing[] = ['wrong', 'awaited', 'seen', 'settled'];

/** How several things together stand: as the worst of them. */
export function worst(standings: readonly Standing[]): Standing {
  return weights.find((standing) => standings.includes(standing)) ?? 'settled';
}

/** The cells by event, in the order in which the plan has the events. */
export function groups<C extends Cell>(cells: readonly C[]): Group<C>[] {
  const byKey = new Map<string, C[]>();
  for (const cell of cells) {
    const list = byKey.get(cell.event.key);
    if (list === undefined) byKey.set(cell.event.key, [cell]);
    else list.push(cell);
  }
  return [...byKey].map(([key, list]) => ({ key, cells: list, standing: worst(list.map(cellStanding)) }));
}

/** How many groups there are of each standing. */
export function tally(list: readonly { standing: Standing }[]): Record<Standing, number> {
  const counts: Record<Standing, number> = { wrong: 0, awaited: 0, seen: 0, settled: 0 };
  for (const { standing } of list) counts[standing]++;
  return counts;
}

/** The keys of cells that are other than a moment ago, to be lit up: none for what was not there before. */
export function changedCells(before: readonly Cell[], after: readonly Cell[]): Set<string> {
  const then = new Map(before.map((cell) => [cellKey(cell), fingerprint(cell)]));
  return new Set(
    after.filter((cell) => (then.get(cellKey(cell)) ?? fingerprint(cell)) !== fingerprint(cell)).map(cellKey),
  );
}

/** What names a cell. */
export function cellKey(cell: Cell): string {
  return `${cell.event.key} ${cell.terminal}`;
}

function fingerprint(cell: Cell): string {
  const parts = cell.properties.map(({ state, validCount, invalidCount }) => `${state}${validCount}/${invalidCount}`);
  return [cell.state, cell.validCount, cell.invalidCount, cell.repeatCount, ...parts].join(' ');
}
