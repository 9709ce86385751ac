import { describe, expect, it } from 'vitest';
import { formatAgo, formatShare, say } from './say';

const now = new Date('2026-11-24T12:00:00Z');

describe('say', () => {
  it('fills places in and groups numbers', () => {
    const text = ['共 {count} 条，{who}', '{count} {count|event|events} of {who}'] as const;
    expect(say(text, 'zh', { count: 12345, who: '安' })).toBe('共 12,345 条，安');
    expect(say(text, 'en', { count: 12345, who: 'Ann' })).toBe('12,345 events of Ann');
    expect(say(text, 'en', { count: 1, who: 'Ann' })).toBe('1 event of Ann');
    expect(say(text, 'en', { count: 0, who: '{who}' })).toBe('0 events of {who}');
  });
});

describe('formatAgo', () => {
  it('uses the largest unit that is full', () => {
    expect(formatAgo('2026-11-24T11:59:58Z', now, 'en')).toBe('2 seconds ago');
    expect(formatAgo('2026-11-24T11:00:30Z', now, 'en')).toBe('59 minutes ago');
    expect(formatAgo('2026-11-23T12:00:00Z', now, 'zh')).toBe('昨天');
    expect(formatAgo('2026-11-25T13:00:00Z', now, 'en')).toBe('tomorrow');
    expect(formatAgo('2024-11-01T00:00:00Z', now, 'en')).toBe('2 years ago');
  });
});

describe('formatShare', () => {
  it('calls nothing all that is not', () => {
    expect(formatShare(1, 'en')).toBe('100%');
    expect(formatShare(0.99999, 'en')).toBe('99.9%');
    expect(formatShare(0.5, 'zh')).toBe('50%');
    expect(formatShare(0, 'en')).toBe('0%');
  });
});
