// The properties of an opened event: what came, what the plan asks for, and what is wrong, line by line.
import type { Constraints, ValueType } from '../property/describe';
import type { Entry, Violation } from './entry';
import { outermost } from './values';

/** What the plan says of a property. */
export interface Rule {
  name: string;
  label: string;
  /** The presence on the event's terminal. */
  presence: 'REQUIRED' | 'OPTIONAL' | 'ABSENT';
  type: ValueType;
  /** What the event adds to the constraints of the type, the narrowest last. */
  narrowings: readonly Constraints[];
  note: string;
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
  narrowing: Constraints | null;
  narrowingOn: readonly { terminal: string; constraints: Constraints }[];
  note: string;
  property: { key: string; name: string; type: ValueType };
}

/** The rule of a property on a terminal. */
export function ruleOf(use: Use, terminal: string | null): Rule {
  const on = use.narrowingOn.find((other) => other.terminal === terminal)?.constraints;
  return {
    name: use.property.key,
    label: use.property.name,
    presence: use.presenceOn.find((other) => other.terminal === terminal)?.presence ?? use.presence,
    type: use.property.type,
    narrowings: [use.narrowing, on].filter((narrowing) => narrowing != null),
    note: use.note,
  };
}

/** Properties that all events of some terminals carry; of all terminals where it names none. */
export interface Common {
  terminals: readonly string[];
  uses: readonly Use[];
}

/** The rules of an event on a terminal: its own, and the common ones that it carries. Of one name its own counts. */
export function allRules(own: readonly Use[], common: readonly Common[], excluded: readonly string[], terminal: string | null): Rule[] {
  const holds = ({ terminals }: Common) => terminals.length === 0 || (terminal !== null && terminals.includes(terminal));
  const named = new Set([...excluded, ...own.map((use) => use.property.key)]);
  const carried = common.filter(holds).flatMap(({ uses }) => uses.filter((use) => !named.has(use.property.key)));
  return [...own, ...carried].map((use) => ruleOf(use, terminal));
}
