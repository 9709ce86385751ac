import type { Text } from '../say';

/** A batch's page. */
export const batch = {
  documents: ['需求文档', 'Documents'],
  noDocuments: ['没有附上文档', 'It comes without documents'],
  items: ['需求项与交付进度', 'Items and how far they are'],
  itemCount: ['需求项', 'Items'],
  noItems: ['尚未设计任何需求项', 'Nothing is designed yet'],
  change: ['变更', 'Change'],
  notOpen: ['评审通过后开始交付', 'Delivery begins when it is approved'],
  notConcerned: ['不涉及', 'Not concerned'],
  from: ['自 {version} 起', 'from {version}'],
  build: ['构建 {build}', 'build {build}'],
  next: ['下一步', 'What is next'],
  noNext: ['没有可进行的流转', 'No move leads on from here'],
  allowed: ['可执行', 'Open to you'],
  barred: ['暂不可执行', 'Barred'],
  move: ['流转', 'Move'],
  history: ['流转记录', 'History'],
  noHistory: ['尚无流转记录', 'It has not moved yet'],
  when: ['时间', 'When'],
  who: ['操作人', 'Who'],
  about: ['对象', 'About'],
  whole: ['整个批次', 'The batch'],
  byBot: ['{name}（机器人）', '{name} (bot)'],
  bot: ['机器人', 'a bot'],
} as const satisfies Record<string, Text>;
