import type { Text } from '../say';

/** Searching. */
export const search = {
  title: ['搜索“{query}”', 'Search for “{query}”'],
  prompt: ['搜索', 'Search'],
  promptHint: [
    '在上方输入要找的内容：名称、标识、批次号或说明，中文两个字即可，也可以用拼音。',
    'Type above what you look for: a name, a key, a batch number, words of a description, or pinyin.',
  ],
  results: ['搜索结果', 'Results'],
  what: ['名称', 'Name'],
  type: ['类型', 'Type'],
  where: ['所属应用', 'App'],
  match: ['匹配内容', 'Match'],
  global: ['全局', 'Global'],
  nothing: ['没有找到“{query}”', 'Nothing holds “{query}”'],
  found: ['找到 {count} 条', '{count} found'],
  foundMore: ['至少 {count} 条', 'at least {count}'],
} as const satisfies Record<string, Text>;
