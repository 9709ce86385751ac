// What values may be, in words.
import type { BaseType, ValueEncoding } from '../api/generated/schema';
import { texts, type Speech } from '../i18n';

/** One allowed value with what it means. */
export interface AllowedValue {
  value: string;
  label: string;
}

/** What narrows a type; what is null does not. */
export interface Constraints {
  pattern: string | null;
  minLength: number | null;
  maxLength: number | null;
  minimum: string | null;
  maximum: string | null;
  minItems: number | null;
  maxItems: number | null;
  constant: string | null;
  nullable: boolean | null;
  nonEmpty: boolean | null;
  encoding: ValueEncoding;
  valueSet: { key: string; name: string; values: AllowedValue[] } | null;
}

/** A type as deep as it was read. */
export interface ValueType {
  base: BaseType;
  values: AllowedValue[];
  constraints: Constraints;
  items?: ValueType | null;
  fields?: Member[];
}

/** A member of an object. */
export interface Member {
  name: string;
  label: string;
  required: boolean;
  type: ValueType;
}

type Words = Pick<Speech, 't'>;

/** A type in a word or two, e.g. `List of Object`. */
export function typeWords(type: ValueType, { t }: Words): string {
  if (type.base !== 'LIST' || type.items === null || type.items === undefined) return t(texts.words.baseType[type.base]);
  return t(texts.property.listOf, { items: typeWords(type.items, { t }) });
}

/** A range with open ends, e.g. `1–20`, `≥ 1`; null where neither end is given. */
export function rangeWords(least: string | number | null, most: string | number | null): string | null {
  if (least === null) return most === null ? null : `≤ ${most}`;
  if (most === null) return `≥ ${least}`;
  return least === most ? `= ${least}` : `${least}–${most}`;
}

/** What constraints say, one phrase each. */
export function constraintWords(constraints: Constraints, { t }: Words): string[] {
  const length = rangeWords(constraints.minLength, constraints.maxLength);
  const size = rangeWords(constraints.minItems, constraints.maxItems);
  const magnitude = rangeWords(constraints.minimum, constraints.maximum);
  const said = [
    constraints.valueSet === null ? null : t(texts.property.fromSet, { name: constraints.valueSet.name }),
    constraints.constant === null ? null : t(texts.property.constant, { value: constraints.constant }),
    constraints.pattern === null ? null : t(texts.property.pattern, { pattern: constraints.pattern }),
    length === null ? null : t(texts.property.length, { range: length }),
    size === null ? null : t(texts.property.size, { range: size }),
    magnitude === null ? null : t(texts.property.magnitude, { range: magnitude }),
    constraints.nullable === true ? t(texts.property.nullable) : null,
    constraints.nonEmpty === true ? t(texts.property.nonEmpty) : null,
    constraints.encoding === 'JSON' ? t(texts.property.encodedJSON) : null,
    constraints.encoding === 'URL' ? t(texts.property.encodedURL) : null,
  ];
  return said.filter((phrase) => phrase !== null);
}

/** The values that a type allows, where it lists them: its own, or those of its value set. */
export function allowedValues(type: ValueType): AllowedValue[] {
  return type.constraints.valueSet?.values ?? type.values;
}
