import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { texts, useSpeech } from '../i18n';
import { widthOf, type Column, type ColumnName } from './columns';
import { EventRow, MarkRow, type RowActions } from './Row';
import { offsetOf, windowOf, type Opened } from './layout';
import type { Entry } from './entry';
import type { Stream, View } from './stream';

interface RowListProps {
  stream: Stream;
  view: View;
  columns: readonly Column[];
  text: string;
  /** How many pixels a row is high. */
  height: number;
  narrowBy: RowActions['narrowBy'];
  /** What stands in an opened row. */
  details: (entry: Entry) => ReactNode;
  /** What stands where there are no rows. */
  nothing: ReactNode;
}

/** How many pixels from the end still count as the end. */
const nearEnd = 24;

/** The rows of a stream, of which only those on the screen are built. It follows the newest until somebody scrolls or opens a row. */
export function RowList({ stream, view, columns, text, height, narrowBy, details, nothing }: RowListProps) {
  const { t } = useSpeech();
  const box = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [seen, setSeen] = useState(400);
  const { heights, toggle, measure } = useOpened(stream);
  const following = view.hold === null;
  const rows = view.rows;
  const opened = useMemo<Opened[]>(() => {
    const list = [...heights].map(([seq, extra]) => ({ row: rows.rowOf(seq), extra }));
    return list.filter(({ row }) => row >= 0).sort((a, b) => a.row - b.row);
  }, [heights, rows]);
  const total = offsetOf(rows.length, height, opened);
  const window = windowOf(following ? total - seen : top, seen, rows.length, height, opened);

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setSeen(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    if (following && box.current !== null) box.current.scrollTop = total;
  }, [following, total, seen]);

  const onScroll = () => {
    const element = box.current;
    if (element === null) return;
    const atEnd = element.scrollTop + element.clientHeight >= element.scrollHeight - nearEnd;
    setTop(element.scrollTop);
    if (!atEnd && following) stream.hold('reading');
    if (atEnd && view.hold === 'reading' && heights.size === 0) stream.resume();
  };
  const actions = useMemo<RowActions>(() => ({ open: toggle, narrowBy }), [toggle, narrowBy]);
  const keys = useRowKeys(stream, box, height);
  const columnStyle = { gridTemplateColumns: columns.map(widthOf).join(' ') };

  return (
    <div className="rows">
      <div className="row head" style={columnStyle} aria-hidden="true">
        {columns.map((column) => (
          <span key={column} className="cell">
            {column.startsWith(':') ? column.slice(1) : t(texts.capture.columns[column as ColumnName])}
          </span>
        ))}
      </div>
      <div
        ref={box}
        className="log"
        role="log"
        aria-live="off"
        aria-label={t(texts.capture.stream.log)}
        tabIndex={0}
        onScroll={onScroll}
        onKeyDown={keys}
      >
        {rows.length === 0 ? nothing : null}
        <div style={{ height: total }}>
          <div style={{ transform: `translateY(${window.above}px)` }}>
            {Array.from({ length: window.end - window.first }, (_, i) => {
              const row = rows.at(window.first + i);
              if (row === undefined) return null;
              if (row.kind === 'mark') return <MarkRow key={`m${window.first + i}`} mark={row.mark} style={{ height }} />;
              const isOpened = heights.has(row.entry.seq);
              return (
                <div key={row.entry.seq}>
                  <EventRow
                    entry={row.entry}
                    columns={columns}
                    opened={isOpened}
                    text={text}
                    actions={actions}
                    style={rowStyle(columnStyle.gridTemplateColumns, height)}
                  />
                  {isOpened ? (
                    <Measured seq={row.entry.seq} fresh={heights.get(row.entry.seq) === unmeasured} measure={measure}>
                      {details(row.entry)}
                    </Measured>
                  ) : null}
                </div>
              );
            })}
          </div>
        </div>
      </div>
    </div>
  );
}

const styles = new Map<string, { gridTemplateColumns: string; height: number }>();

/** The same object for the same look, so that rows that stay the same are not drawn again. */
function rowStyle(gridTemplateColumns: string, height: number) {
  const key = `${gridTemplateColumns}/${height}`;
  let style = styles.get(key);
  if (style === undefined) styles.set(key, (style = { gridTemplateColumns, height }));
  return style;
}

/** How many pixels details take until they are measured; measures are whole numbers. */
const unmeasured = 240.5;

/** The rows that are opened, each with how many pixels its details take. Who opens one reads: the stream stands still. */
function useOpened(stream: Stream) {
  const [heights, setHeights] = useState<ReadonlyMap<number, number>>(new Map());
  const toggle = useCallback(
    (seq: number) => {
      stream.hold('reading');
      setHeights((before) => {
        const next = new Map(before);
        if (!next.delete(seq)) next.set(seq, unmeasured);
        return next;
      });
    },
    [stream],
  );
  const measure = useCallback((seq: number, extra: number) => {
    setHeights((before) => (before.get(seq) === extra || !before.has(seq) ? before : new Map(before).set(seq, extra)));
  }, []);
  // Who goes back to the newest has read enough.
  useEffect(
    () =>
      stream.subscribe(() => {
        if (stream.current().hold === null) setHeights((before) => (before.size === 0 ? before : new Map()));
      }),
    [stream],
  );
  return { heights, toggle, measure };
}

interface MeasuredProps {
  seq: number;
  /** Whether it was opened just now. */
  fresh: boolean;
  measure: (seq: number, extra: number) => void;
  children: ReactNode;
}

function Measured({ seq, fresh, measure, children }: MeasuredProps) {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const tell = () => measure(seq, element.offsetHeight);
    const observer = new ResizeObserver(tell);
    observer.observe(element);
    tell();
    if (fresh) reveal(element);
    return () => observer.disconnect();
    // What is fresh at first is not later, and must not be revealed once more.
  }, [seq, measure]);
  return (
    <div ref={ref} className="details">
      {children}
    </div>
  );
}

/** Scrolls the list so far that details are on the screen, but not their row off it. */
function reveal(element: HTMLElement): void {
  const box = element.closest('.log');
  if (box === null) return;
  const [inner, outer] = [element.getBoundingClientRect(), box.getBoundingClientRect()];
  box.scrollTop += Math.max(0, Math.min(inner.bottom - outer.bottom, inner.top - 48 - outer.top));
}

/** Up and Down go from row to row, Home and End to the ends; from the list itself, Up begins at its last row. */
function useRowKeys(stream: Stream, box: React.RefObject<HTMLDivElement | null>, height: number) {
  return (event: KeyboardEvent<HTMLDivElement>) => {
    const element = box.current;
    const target = event.target as HTMLElement;
    if (element === null || (target !== element && !target.classList.contains('opener'))) return;
    const step = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0;
    if (event.key === 'End') {
      stream.resume();
      element.focus();
    } else if (event.key === 'Home') {
      stream.hold('reading');
      element.scrollTop = 0;
    } else if (step !== 0) {
      stream.hold('reading');
      focusNext(element, target, step, height);
    } else return;
    event.preventDefault();
  };
}

function focusNext(box: HTMLDivElement, from: HTMLElement, step: -1 | 1, height: number): void {
  const openers = [...box.querySelectorAll<HTMLElement>('.opener')];
  const bounds = box.getBoundingClientRect();
  const visible = openers.filter((opener) => opener.getBoundingClientRect().bottom <= bounds.bottom + 1);
  const next = from === box ? (step < 0 ? visible.at(-1) : visible[0]) : openers[openers.indexOf(from) + step];
  next?.focus({ preventScroll: true });
  const at = next?.getBoundingClientRect();
  if (at !== undefined && at.top < bounds.top) box.scrollTop -= Math.max(height, bounds.top - at.top);
  if (at !== undefined && at.bottom > bounds.bottom) box.scrollTop += Math.max(height, at.bottom - bounds.bottom);
}
