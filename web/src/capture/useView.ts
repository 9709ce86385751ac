// How somebody looks at a stream: the filter, which is in the address, and the columns and order, which the browser remembers.
import { useCallback, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { columnNames, columnsFrom, ofSessions, type Column } from './columns';
import { fromQuery, toQuery, type Filter } from './filter';
import type { Order } from './rows';
import type { Stream, View } from './stream';

const remembered = { columns: 'waymark.capture.columns', order: 'waymark.capture.order' };

/** How one looks at a stream, and how to look otherwise. */
export interface Looking {
  view: View;
  filter: Filter;
  narrow: (filter: Filter) => void;
  order: Order;
  setOrder: (order: Order) => void;
  columns: readonly Column[];
  setColumns: (columns: readonly Column[]) => void;
  /** All columns that could be chosen. */
  offered: readonly Column[];
}

/** The look at a stream; `query` is the filter as the address has it, and `write` puts another one there. */
export function useLooking(stream: Stream, query: string, write: (query: string) => void): Looking {
  const view = useSyncExternalStore(stream.subscribe, stream.current);
  const filter = useMemo(() => fromQuery(query), [query]);
  const [order, setOrder] = useRemembered<Order>(remembered.order, (stored) => (stored === 'device' ? 'device' : 'arrival'), (value) => value);
  const [columns, setColumns] = useRemembered<readonly Column[]>(remembered.columns, columnsFrom, JSON.stringify);
  useEffect(() => stream.arrange(filter, order), [stream, filter, order]);
  const narrow = useCallback((next: Filter) => write(toQuery(next)), [write]);
  return { view, filter, narrow, order, setOrder, columns, setColumns, offered: columnNames };
}

/** The same look where there is no session, and nothing for the columns that only a session fills. */
export function outside(looking: Looking): Looking {
  const fits = (column: Column) => !ofSessions.includes(column);
  return { ...looking, columns: looking.columns.filter(fits), offered: looking.offered.filter(fits) };
}

function useRemembered<T>(name: string, read: (stored: string | null) => T, write: (value: T) => string): [T, (value: T) => void] {
  const [value, setValue] = useState(() => read(localStorage.getItem(name)));
  const set = (next: T) => {
    localStorage.setItem(name, write(next));
    setValue(next);
  };
  return [value, set];
}

/** Whether the window is as narrow as a phone held upright. */
export function useNarrow(): boolean {
  return useSyncExternalStore(
    (tell) => {
      const query = matchMedia(phone);
      query.addEventListener('change', tell);
      return () => query.removeEventListener('change', tell);
    },
    () => matchMedia(phone).matches,
  );
}

const phone = '(width < 48rem)';
