import { describe, expect, it } from 'vitest';
import { nextPlace, pageArguments, previousPlace } from './paging';

const middle = { hasNextPage: true, hasPreviousPage: true, startCursor: 'a', endCursor: 'z' };

describe('keyset paging', () => {
  it('asks forwards unless it came backwards', () => {
    expect(pageArguments({}, 50)).toEqual({ first: 50, after: undefined });
    expect(pageArguments({ after: 'z' }, 50)).toEqual({ first: 50, after: 'z' });
    expect(pageArguments({ before: 'a' }, 50)).toEqual({ last: 50, before: 'a' });
  });

  it('goes on behind the last row and back before the first, never with both cursors', () => {
    expect(nextPlace(middle)).toEqual({ after: 'z', before: undefined });
    expect(previousPlace(middle)).toEqual({ before: 'a', after: undefined });
  });

  it('goes nowhere from the ends and from an empty page', () => {
    expect(nextPlace({ ...middle, hasNextPage: false })).toBeNull();
    expect(previousPlace({ ...middle, hasPreviousPage: false })).toBeNull();
    expect(nextPlace({ ...middle, endCursor: null })).toBeNull();
    expect(previousPlace({ ...middle, startCursor: null })).toBeNull();
  });
});
