import type { Text } from '../say';

/** The capture page. */
export const capture = {
  title: ['可视化抓包', 'Live capture'],
} as const satisfies Record<string, Text>;
