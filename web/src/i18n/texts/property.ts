import type { Text } from '../say';

/** A property's page, and what its values may be. */
export const property = {
  sensitivity: ['敏感级别', 'Sensitivity'],
  scope: ['范围', 'Scope'],
  column: ['数仓字段', 'Column'],
  values: ['取值', 'Values'],
  value: ['值', 'Value'],
  label: ['含义', 'Meaning'],
  members: ['成员', 'Members'],
  uses: ['使用该属性的事件', 'Events that use it'],
  useCount: ['引用事件数', 'Events'],
  unused: ['没有事件使用该属性', 'No event uses it'],
  seen: ['实际上报', 'What was seen'],
  fillOf: ['{filled} / {events} 条有值', '{filled} of {events} events have a value'],
  range: ['数值范围', 'Range'],
  rangeOf: ['{minimum} 至 {maximum}', '{minimum} to {maximum}'],
  topValues: ['常见取值', 'Frequent values'],
  count: ['次数', 'Count'],
  share: ['占比', 'Share'],
  // The words of constraints.
  listOf: ['{items}列表', 'List of {items}'],
  pattern: ['格式 {pattern}', 'matches {pattern}'],
  length: ['长度 {range}', 'length {range}'],
  size: ['元素个数 {range}', '{range} elements'],
  magnitude: ['取值 {range}', 'value {range}'],
  constant: ['固定为 {value}', 'always {value}'],
  nullable: ['允许 null', 'null allowed'],
  nonEmpty: ['不可为空', 'not empty'],
  encodedJSON: ['JSON 文本', 'as JSON text'],
  encodedURL: ['URL 编码', 'percent-encoded'],
  fromSet: ['枚举字典：{name}', 'value set: {name}'],
} as const satisfies Record<string, Text>;
