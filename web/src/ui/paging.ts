// Keyset paging as an address says it: `after` or `before` a cursor, or neither for the first page.

/** Where a page stands, as the address has it. */
export interface Place {
  after?: string | undefined;
  before?: string | undefined;
}

/** The place of the first page. */
export const firstPlace: Place = { after: undefined, before: undefined };

/** What the API tells about a page. */
export interface PageInfo {
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  startCursor: string | null;
  endCursor: string | null;
}

/** The arguments of a connection for the page at a place, with so many rows. */
export function pageArguments(place: Place, size: number) {
  if (place.before !== undefined) return { last: size, before: place.before };
  return { first: size, after: place.after };
}

/** The place of the page behind, as far as there is one. */
export function nextPlace(page: PageInfo): Place | null {
  if (!page.hasNextPage || page.endCursor === null) return null;
  return { after: page.endCursor, before: undefined };
}

/** The place of the page before, as far as there is one. */
export function previousPlace(page: PageInfo): Place | null {
  if (!page.hasPreviousPage || page.startCursor === null) return null;
  return { before: page.startCursor, after: undefined };
}
