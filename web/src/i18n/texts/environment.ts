import type { Text } from '../say';

/** An app's environments. */
export const environment = {
  retention: ['样本保留', 'Samples are kept'],
  retentionOf: ['{days} 天，最多 {samples} 条', '{days} {days|day|days}, {samples} at most'],
  plan: ['生效方案', 'Goes by'],
  drafts: ['草稿（尚未发布）', 'the drafts (no release yet)'],
  writeKeys: ['上报 Key', 'Write keys'],
  revoked: ['已停用', 'Revoked'],
  anyTerminal: ['按 SDK 与系统识别', 'Recognised by SDK and system'],
  releases: ['最近发布', 'Recent releases'],
  noReleases: ['尚无发布记录', 'No release yet'],
} as const satisfies Record<string, Text>;
