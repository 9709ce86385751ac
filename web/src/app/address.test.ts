import { describe, expect, it } from 'vitest';
import { oneOf, readSearch, taking, writeSearch } from './address';
import { followingTheme } from './theme';

describe('what addresses carry', () => {
  it('is read as it was written', () => {
    const carried = { q: '支付 & more', type: 'EVENT', after: 'a+b/c=' };
    expect(readSearch(writeSearch(carried))).toEqual(carried);
  });

  it('leaves out what is empty or no text', () => {
    expect(writeSearch({ q: '', after: undefined, n: 7 })).toBe('');
    expect(taking('q', 'type')({ q: '', type: 'EVENT', other: 'x' })).toEqual({ type: 'EVENT' });
  });

  it('takes no word that is none of the known ones', () => {
    const states = { DRAFT: 1, ONLINE: 1 };
    expect(oneOf(states, 'DRAFT')).toBe('DRAFT');
    expect(oneOf(states, 'toString')).toBeUndefined();
    expect(oneOf(states, undefined)).toBeUndefined();
  });
});

describe('the theme', () => {
  it('goes round', () => {
    expect(followingTheme('system')).toBe('light');
    expect(followingTheme('light')).toBe('dark');
    expect(followingTheme('dark')).toBe('system');
  });
});
