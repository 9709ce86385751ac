import { Fragment, type ReactNode } from 'react';

/** One fact: what it is about, and what is so; where that is empty it is left out. */
export type Fact = readonly [term: string, detail: ReactNode];

/** A list of facts, term beside detail. */
export function Facts({ of }: { of: readonly Fact[] }) {
  const known = of.filter(([, detail]) => detail !== null && detail !== undefined && detail !== '' && detail !== false);
  return (
    <dl className="facts">
      {known.map(([term, detail]) => (
        <Fragment key={term}>
          <dt>{term}</dt>
          <dd>{detail}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
