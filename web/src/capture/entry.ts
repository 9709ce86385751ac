// One captured event as the stream keeps it: the server's answer, with its times as numbers.

/** What a plan says of an event. */
export type Verdict = 'VALID' | 'INVALID' | 'UNPLANNED';

/** One broken rule. */
export interface Violation {
  code: string;
  severity: 'ERROR' | 'WARNING';
  /** The path, e.g. `items[2].price`; null where it is about the event itself. */
  property: string | null;
  expected: string;
  actual: string;
}

/** What the server tells of a captured event; the raw record is read when somebody opens the row. */
export interface Captured {
  id: string;
  seq: number;
  name: string;
  type: string;
  format: string;
  verdict: Verdict;
  violations: readonly Violation[];
  eventKey: string | null;
  terminal: string | null;
  properties: unknown;
  messageId: string;
  receivedAt: string;
  eventTime: string | null;
  userId: string;
  anonymousId: string;
  deviceId: string;
  appVersion: string;
  appBuild: string;
  os: string;
  osVersion: string;
  deviceModel: string;
  library: string;
  libraryVersion: string;
  pageUrl: string;
  notes: readonly string[];
}

/** What a session adds to it. */
export interface Judged {
  captured: Captured;
  device: number;
  step: number;
  verdict: Verdict;
  violations: readonly Violation[];
  eventKey: string | null;
  underTest: boolean;
  repeats: { id: string; seq: number } | null;
}

/** One event of the stream. */
export interface Entry extends Omit<Captured, 'properties' | 'receivedAt' | 'eventTime'> {
  properties: Readonly<Record<string, unknown>>;
  /** When the server took it in, in milliseconds. */
  receivedAt: number;
  /** When it happened by the sender's clock, in milliseconds; null where that does not say. */
  eventTime: number | null;
  /** The number of its device in the session; 0 outside of one. */
  device: number;
  /** The number of the step that it belongs to; 0 before the first. */
  step: number;
  underTest: boolean;
  /** The `seq` of the event that it repeats (多报); null for none. */
  repeats: number | null;
  /** What the plan in force in the environment says, where the session says something else. */
  environmentVerdict: Verdict | null;
}

/** The entry of an event outside of any session. */
export function entryOf(captured: Captured): Entry {
  const { properties, receivedAt, eventTime, ...rest } = captured;
  return {
    ...rest,
    properties: isRecord(properties) ? properties : {},
    receivedAt: Date.parse(receivedAt),
    eventTime: eventTime === null ? null : Date.parse(eventTime),
    device: 0,
    step: 0,
    underTest: false,
    repeats: null,
    environmentVerdict: null,
  };
}

/** The entry of a session's event: the session's verdict, and the environment's where it differs. */
export function judgedEntryOf(event: Judged): Entry {
  return {
    ...entryOf(event.captured),
    verdict: event.verdict,
    violations: event.violations,
    eventKey: event.eventKey,
    device: event.device,
    step: event.step,
    underTest: event.underTest,
    repeats: event.repeats?.seq ?? null,
    environmentVerdict: event.captured.verdict === event.verdict ? null : event.captured.verdict,
  };
}

/** What an event is filtered by: the plan's key, or the name as sent where no plan knows it. */
export function keyOf(entry: Entry): string {
  return entry.eventKey ?? entry.name;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
