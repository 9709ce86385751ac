// The properties of an opened event: what came, what the plan asks for, and what is wrong, line by line.
import type { Entry, Violation } from './entry';
import { outermost } from './values';

/** What the plan says of a property; its type and constraints are words already. */
export interface Rule {
  name: string;
  label: string;
  /** The presence on the event's terminal. */
  presence: 'REQUIRED' | 'OPTIONAL' | 'ABSENT';
  type: PropertyType;
  narrowing: Constraints | null;
  note: string;
}

/** A type, as the API has it. */
export interface PropertyType {
  base: string;
  items?: PropertyType | null;
  values?: readonly { value: string; label: string }[];
  constraints: Constraints;
}

/** What narrows a type; what is null does not. */
export interface Constraints {
  pattern?: string | null;
  minLength?: number | null;
  maxLength?: number | null;
  minimum?: string | null;
  maximum?: string | null;
  minItems?: number | null;
  maxItems?: number | null;
  constant?: string | null;
  valueSet?: { values: readonly { value: string; label: string }[] } | null;
}

/** One line. */
export interface PropertyLine {
  name: string;
  came: boolean;
  value: unknown;
  /** The rule; null where the plan does not know the property, or is not read yet. */
  rule: Rule | null;
  violations: readonly Violation[];
}

/**
 * The lines of an event: what is wrong or missing first, then the plan's order, then what else came. A violation deeper inside
 * stands at the property that it is in.
 */
export function linesOf(entry: Pick<Entry, 'properties' | 'violations'>, rules: readonly Rule[]): PropertyLine[] {
  const came = Object.keys(entry.properties);
  const known = new Map(rules.map((rule) => [rule.name, rule]));
  const names = new Set([...rules.filter(({ name, presence }) => presence !== 'ABSENT' || name in entry.properties).map(({ name }) => name), ...came]);
  const broken = new Map<string, Violation[]>();
  for (const violation of entry.violations) {
    if (violation.property === null) continue;
    const name = outermost(violation.property, names);
    names.add(name);
    broken.set(name, [...(broken.get(name) ?? []), violation]);
  }
  const lines = [...names].map((name) => ({
    name,
    came: name in entry.properties,
    value: entry.properties[name],
    rule: known.get(name) ?? null,
    violations: broken.get(name) ?? [],
  }));
  return lines.sort((a, b) => weight(a) - weight(b));
}

function weight(line: PropertyLine): number {
  if (line.violations.some(({ severity }) => severity === 'ERROR')) return 0;
  if (line.violations.length > 0) return 1;
  return line.rule === null ? 3 : 2;
}

/** What is wrong with an event as a whole. */
export function wholeViolations(entry: Pick<Entry, 'violations'>): readonly Violation[] {
  return entry.violations.filter(({ property }) => property === null);
}

/** A use of a property by an event, as the API has it. */
export interface Use {
  presence: Rule['presence'];
  presenceOn: readonly { terminal: string; presence: Rule['presence'] }[];
  narrowing?: Constraints | null;
  narrowingOn: readonly { terminal: string; constraints: Constraints }[];
  note: string;
  property: { key: string; name: string; type: PropertyType };
}

/** The rule of a property on a terminal. */
export function ruleOf(use: Use, terminal: string | null): Rule {
  const on = use.narrowingOn.find((other) => other.terminal === terminal)?.constraints ?? null;
  return {
    name: use.property.key,
    label: use.property.name,
    presence: use.presenceOn.find((other) => other.terminal === terminal)?.presence ?? use.presence,
    type: use.property.type,
    narrowing: on === null ? (use.narrowing ?? null) : { ...use.narrowing, ...withoutNulls(on) },
    note: use.note,
  };
}

function withoutNulls(constraints: Constraints): Constraints {
  return Object.fromEntries(Object.entries(constraints).filter(([, value]) => value !== null)) as Constraints;
}

/** One constraint to be put into words. */
export type Limit = readonly [kind: 'range' | 'length' | 'items', least: string | null, most: string | null] | readonly [kind: 'pattern' | 'constant', value: string];

/** What a type and its narrowing ask for beside the base type. Of two bounds the narrowing's counts. */
export function limitsOf(type: PropertyType, narrowing: Constraints | null): Limit[] {
  const c = { ...type.constraints, ...withoutNulls(narrowing ?? {}) };
  const limits: Limit[] = [];
  const bounds = (kind: 'range' | 'length' | 'items', least: string | number | null | undefined, most: string | number | null | undefined) => {
    if (least != null || most != null) limits.push([kind, least == null ? null : String(least), most == null ? null : String(most)]);
  };
  bounds('range', c.minimum, c.maximum);
  bounds('length', c.minLength, c.maxLength);
  bounds('items', c.minItems, c.maxItems);
  if (c.pattern != null) limits.push(['pattern', c.pattern]);
  if (c.constant != null) limits.push(['constant', c.constant]);
  return limits;
}

/** The values that a type allows; none where it lists none. */
export function valuesOf(type: PropertyType, narrowing: Constraints | null): readonly { value: string; label: string }[] {
  const set = narrowing?.valueSet ?? type.constraints.valueSet;
  if (set != null) return set.values;
  return type.values !== undefined && type.values.length > 0 ? type.values : type.items == null ? [] : valuesOf(type.items, null);
}
