import type { Text } from '../say';

/** Browsing the plan. */
export const plan = {
  app: ['应用', 'App'],
  terminals: ['终端', 'Terminals'],
  description: ['说明', 'Description'],
} as const satisfies Record<string, Text>;
