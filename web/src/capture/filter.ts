// What somebody wants to see of a stream: decided here for what is on the screen, and told to the server for what is not.
import { keyOf, type Entry, type Verdict } from './entry';
import { textOf, valueAt } from './values';

/** A property that must have a value. */
export interface Wanted {
  property: string;
  /** The value as `textOf` has it. */
  value: string;
}

/** Which events; all conditions must hold, any value of a list suffices, and what is empty does not narrow. */
export interface Filter {
  devices: readonly number[];
  /** Plan keys; of what is unplanned, names as sent. */
  events: readonly string[];
  verdicts: readonly Verdict[];
  terminals: readonly string[];
  /** Device or visitor ids, outside of a session. */
  deviceIds: readonly string[];
  step: number | null;
  text: string;
  values: readonly Wanted[];
}

/** The filter that lets everything through. */
export const everything: Filter = {
  devices: [],
  events: [],
  verdicts: [],
  terminals: [],
  deviceIds: [],
  step: null,
  text: '',
  values: [],
};

/** Whether a filter narrows at all. */
export function narrows(filter: Filter): boolean {
  return toQuery(filter) !== '';
}

/** The test that a filter is: made once, asked for each event. */
export function testOf(filter: Filter): (entry: Entry) => boolean {
  const needle = filter.text.trim().toLowerCase();
  const tests: ((entry: Entry) => boolean)[] = [];
  const among = <T>(list: readonly T[], of: (entry: Entry) => T) => {
    const set = new Set(list);
    if (set.size > 0) tests.push((entry) => set.has(of(entry)));
  };
  among(filter.verdicts, (entry) => entry.verdict);
  among(filter.devices, (entry) => entry.device);
  among<string>(filter.events, keyOf);
  among(filter.terminals, (entry) => entry.terminal ?? '');
  if (filter.deviceIds.length > 0) {
    const ids = new Set(filter.deviceIds);
    tests.push((entry) => ids.has(entry.deviceId) || ids.has(entry.anonymousId));
  }
  if (filter.step !== null) tests.push((entry) => entry.step === filter.step);
  for (const { property, value } of filter.values) tests.push((entry) => textOf(valueAt(entry.properties, property)) === value);
  if (needle !== '') tests.push((entry) => hayOf(entry).includes(needle));
  return (entry) => tests.every((test) => test(entry));
}

const hays = new WeakMap<Entry, string>();

/** All that is searched of an event, in lower case; kept, as a search goes over the same events at every key stroke. */
function hayOf(entry: Entry): string {
  let hay = hays.get(entry);
  if (hay === undefined) {
    const ids = [entry.name, entry.eventKey ?? '', entry.userId, entry.anonymousId, entry.deviceId, entry.messageId, entry.pageUrl];
    hay = `${ids.join('\n')}\n${entry.deviceModel}\n${JSON.stringify(entry.properties)}`.toLowerCase();
    hays.set(entry, hay);
  }
  return hay;
}

/** What the server can narrow by itself of a session's events; the rest is left to `testOf`. */
export function sessionFilterOf(filter: Filter) {
  return {
    ...(filter.devices.length > 0 ? { devices: [...filter.devices] } : {}),
    ...(filter.events.length > 0 ? { eventKeys: [...filter.events] } : {}),
    ...(filter.verdicts.length > 0 ? { verdicts: [...filter.verdicts] } : {}),
    ...(filter.step !== null ? { step: filter.step } : {}),
    ...textFor(filter),
  };
}

/** The same for what an environment captures. */
export function captureFilterOf(filter: Filter) {
  return {
    ...(filter.events.length > 0 ? { eventKeys: [...filter.events] } : {}),
    ...(filter.verdicts.length > 0 ? { verdicts: [...filter.verdicts] } : {}),
    ...(filter.terminals.length > 0 ? { terminals: [...filter.terminals] } : {}),
    ...(filter.deviceIds.length > 0 ? { deviceIds: [...filter.deviceIds] } : {}),
    ...textFor(filter),
  };
}

/** The server looks for one text; without one, a wanted value narrows as well, unless JSON would write it in another way. */
function textFor(filter: Filter): { text?: string } {
  const text = filter.text.trim();
  if (text !== '') return { text };
  const plain = filter.values.find(({ value }) => value.length > 1 && /^[\p{L}\p{N} _.:-]+$/u.test(value) && !/^[\d.-]+$/.test(value));
  return plain === undefined ? {} : { text: plain.value };
}

const lists = ['events', 'verdicts', 'terminals', 'deviceIds'] as const;

/** A filter as the query of an address, so that a view can be sent to a colleague. */
export function toQuery(filter: Filter): string {
  const query = new URLSearchParams();
  for (const name of lists) for (const value of filter[name]) query.append(name, value);
  for (const device of filter.devices) query.append('devices', String(device));
  if (filter.step !== null) query.append('step', String(filter.step));
  if (filter.text.trim() !== '') query.append('text', filter.text.trim());
  for (const { property, value } of filter.values) query.append('value', `${property}=${value}`);
  return query.toString();
}

/** The filter of an address; what it does not understand does not narrow. */
export function fromQuery(text: string): Filter {
  const query = new URLSearchParams(text);
  const verdicts = query.getAll('verdicts').filter((v): v is Verdict => v === 'VALID' || v === 'INVALID' || v === 'UNPLANNED');
  const step = Number(query.get('step') ?? Number.NaN);
  return {
    devices: query.getAll('devices').map(Number).filter(Number.isInteger),
    events: query.getAll('events'),
    verdicts,
    terminals: query.getAll('terminals'),
    deviceIds: query.getAll('deviceIds'),
    step: Number.isInteger(step) ? step : null,
    text: query.get('text') ?? '',
    values: query.getAll('value').flatMap((pair) => {
      const at = pair.indexOf('=');
      return at > 0 ? [{ property: pair.slice(0, at), value: pair.slice(at + 1) }] : [];
    }),
  };
}

/** A list with a value in it, or without it where it was in it. */
export function toggled<T>(list: readonly T[], value: T): T[] {
  return list.includes(value) ? list.filter((other) => other !== value) : [...list, value];
}

/** The filter that also wants a property to have a value. */
export function wanting(filter: Filter, property: string, value: unknown): Filter {
  const wanted = { property, value: textOf(value) };
  const has = filter.values.some((other) => other.property === property && other.value === wanted.value);
  return has ? filter : { ...filter, values: [...filter.values, wanted] };
}
