import { describe, expect, it } from 'vitest';
import { say, type Fillings, type Text } from '../i18n/say';
import { allowedValues, constraintWords, rangeWords, typeWords, type Constraints, type ValueType } from './describe';

const english = { t: <T extends Text>(text: T, ...fillings: Fillings<T>) => say(text, 'en', fillings[0]) };
const free: Constraints = {
  pattern: null,
  minLength: null,
  maxLength: null,
  minimum: null,
  maximum: null,
  minItems: null,
  maxItems: null,
  constant: null,
  nullable: null,
  nonEmpty: null,
  encoding: 'NONE',
  valueSet: null,
};
const text: ValueType = { base: 'STRING', values: [], constraints: free };

describe('types in words', () => {
  it('names what lists hold', () => {
    expect(typeWords(text, english)).toBe('Text');
    expect(typeWords({ ...text, base: 'LIST', items: { ...text, base: 'LIST', items: text } }, english)).toBe('List of List of Text');
    expect(typeWords({ ...text, base: 'LIST' }, english)).toBe('List');
  });

  it('says ranges with open ends', () => {
    expect(rangeWords(null, null)).toBeNull();
    expect(rangeWords(0, null)).toBe('≥ 0');
    expect(rangeWords(null, '9.5')).toBe('≤ 9.5');
    expect(rangeWords(1, 20)).toBe('1–20');
    expect(rangeWords(6, 6)).toBe('= 6');
  });

  it('says what narrows, and nothing of what does not', () => {
    expect(constraintWords(free, english)).toEqual([]);
    expect(constraintWords({ ...free, pattern: '\\d{12}', minimum: '0', nullable: true, nonEmpty: false, encoding: 'URL' }, english)).toEqual(
      ['matches \\d{12}', 'value ≥ 0', 'null allowed', 'percent-encoded'],
    );
  });

  it('takes the values of the value set before its own', () => {
    const own = [{ value: '1', label: 'one' }];
    const shared = { key: 'set', name: 'Set', values: [{ value: '2', label: 'two' }] };
    expect(allowedValues({ ...text, values: own })).toEqual(own);
    expect(allowedValues({ ...text, values: own, constraints: { ...free, valueSet: shared } })).toEqual(shared.values);
  });
});
