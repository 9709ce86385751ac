// The columns of the stream, and which of them a person has chosen.
import { keyOf, type Entry } from './entry';
import { textOf, valueAt } from './values';

/** The columns that every event can fill, in the order in which they are offered. */
export const columnNames = [
  'time',
  'device',
  'verdict',
  'event',
  'summary',
  'terminal',
  'eventTime',
  'appVersion',
  'appBuild',
  'userId',
  'deviceId',
  'deviceModel',
  'os',
  'library',
  'page',
  'step',
] as const;

/** The columns that only a session fills. */
export const ofSessions: readonly Column[] = ['device', 'step'];

export type ColumnName = (typeof columnNames)[number];

/** A chosen column: one that every event has, or a property by its name behind a colon. */
export type Column = ColumnName | `:${string}`;

/** What is shown until somebody chooses. */
export const usual: readonly Column[] = ['time', 'device', 'verdict', 'event', 'summary'];

/** What is shown where the screen is as narrow as a phone. */
export const narrow: readonly Column[] = ['time', 'verdict', 'event'];

/** How wide a column is, as a track of a CSS grid. */
export function widthOf(column: Column): string {
  switch (column) {
    case 'time':
    case 'eventTime':
      return '7rem';
    case 'device':
    case 'step':
      return '4rem';
    case 'verdict':
      return '6.5rem';
    case 'event':
      return 'minmax(9rem, 1.2fr)';
    case 'summary':
      return 'minmax(10rem, 3fr)';
    default:
      return 'minmax(6rem, 1fr)';
  }
}

/** The columns that a stored choice stands for; what it does not know is left out, and no column at all is the usual ones. */
export function columnsFrom(stored: string | null): readonly Column[] {
  const chosen = parse(stored).filter(isColumn);
  return chosen.length > 0 ? [...new Set(chosen)] : usual;
}

function parse(stored: string | null): unknown[] {
  try {
    const value: unknown = JSON.parse(stored ?? '[]');
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function isColumn(name: unknown): name is Column {
  return typeof name === 'string' && ((columnNames as readonly string[]).includes(name) || (name.length > 1 && name.startsWith(':')));
}

/** Moves a column by one place to the left (-1) or to the right (1). */
export function moved(columns: readonly Column[], column: Column, by: -1 | 1): Column[] {
  const from = columns.indexOf(column);
  const to = from + by;
  if (from < 0 || to < 0 || to >= columns.length) return [...columns];
  const next = columns.filter((other) => other !== column);
  next.splice(to, 0, column);
  return next;
}

/** What stands in a column as plain text; what is drawn otherwise (times, verdicts, devices) is left to the view. */
export function cellText(entry: Entry, column: Column): string {
  if (column.startsWith(':')) {
    const value = valueAt(entry.properties, column.slice(1));
    return value === undefined ? '' : textOf(value);
  }
  switch (column) {
    case 'event':
      return keyOf(entry);
    case 'summary':
      return summaryOf(entry);
    case 'terminal':
      return entry.terminal ?? '';
    case 'os':
      return `${entry.os} ${entry.osVersion}`.trim();
    case 'library':
      return `${entry.library} ${entry.libraryVersion}`.trim();
    case 'page':
      return entry.pageUrl;
    case 'deviceId':
      return entry.deviceId === '' ? entry.anonymousId : entry.deviceId;
    case 'appVersion':
    case 'appBuild':
    case 'userId':
    case 'deviceModel':
      return entry[column];
    case 'step':
      return entry.step === 0 ? '' : String(entry.step);
    default:
      return '';
  }
}

/** The properties in one line: those that broke a rule first, those that SDKs add by themselves last. */
export function summaryOf(entry: Entry): string {
  const broken = new Set(entry.violations.flatMap(({ property }) => (property === null ? [] : [property])));
  const names = Object.keys(entry.properties);
  const weight = (name: string) => (broken.has(name) ? 0 : /^[$#_]/.test(name) ? 2 : 1);
  return names
    .sort((a, b) => weight(a) - weight(b))
    .slice(0, 12)
    .map((name) => `${name}=${textOf(entry.properties[name]).slice(0, 60)}`)
    .join('  ');
}
