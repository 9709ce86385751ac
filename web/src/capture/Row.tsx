import { memo, type CSSProperties } from 'react';
import { texts, useSpeech } from '../i18n';
import { Icon } from '../ui/Icon';
import { cellText, type Column } from './columns';
import type { Entry } from './entry';
import type { Mark } from './rows';
import { highlight } from './values';
import { clockText, VerdictBadge } from './words';

/** What somebody can do with a row. */
export interface RowActions {
  open: (seq: number) => void;
  /** Narrows the stream to what has the same in this column. */
  narrowBy: (column: Column, entry: Entry) => void;
}

interface EventRowProps {
  entry: Entry;
  columns: readonly Column[];
  opened: boolean;
  text: string;
  actions: RowActions;
  style: CSSProperties;
}

/** One event in a line. A click on a cell narrows by it; the event's name opens the row, by keyboard too. */
export const EventRow = memo(function EventRow({ entry, columns, opened, text, actions, style }: EventRowProps) {
  const { t } = useSpeech();
  return (
    <div className={`row ${entry.verdict.toLowerCase()}${opened ? ' opened' : ''}`} style={style} data-seq={entry.seq}>
      {columns.map((column) => (
        <span key={column} className={`cell ${column.startsWith(':') ? 'property' : column}`}>
          {column === 'event' ? (
            <button type="button" className="opener" aria-expanded={opened} onClick={() => actions.open(entry.seq)}>
              <Icon name="next" />
              <Highlighted text={cellText(entry, 'event')} wanted={text} />
              {entry.repeats === null ? null : <span className="badge warn">{t(texts.capture.stream.repeat)}</span>}
            </button>
          ) : (
            <Cell entry={entry} column={column} text={text} actions={actions} />
          )}
        </span>
      ))}
    </div>
  );
});

/** The columns that one can narrow by with a click. The same can be done by keyboard in the opened row. */
const clickable: readonly Column[] = ['device', 'verdict', 'terminal', 'step'];

function Cell({ entry, column, text, actions }: { entry: Entry; column: Column; text: string; actions: RowActions }) {
  const content = <CellContent entry={entry} column={column} text={text} />;
  if (!column.startsWith(':') && !clickable.includes(column)) return content;
  return (
    <button type="button" className="value" tabIndex={-1} onClick={() => actions.narrowBy(column, entry)}>
      {content}
    </button>
  );
}

function CellContent({ entry, column, text }: { entry: Entry; column: Column; text: string }) {
  switch (column) {
    case 'time':
      return clockText(entry.receivedAt);
    case 'eventTime':
      return entry.eventTime === null ? null : clockText(entry.eventTime);
    case 'verdict':
      return <VerdictBadge verdict={entry.verdict} />;
    case 'device':
      return entry.device === 0 ? null : <DeviceNumber number={entry.device} />;
    default:
      return <Highlighted text={cellText(entry, column)} wanted={text} />;
  }
}

/** The number of a device in its colour. */
export function DeviceNumber({ number }: { number: number }) {
  return <span className={`device-number hue-${number % 6}`}>{number}</span>;
}

/** A text with what is searched for marked in it. */
export function Highlighted({ text, wanted }: { text: string; wanted: string }) {
  if (wanted.trim() === '') return text;
  return highlight(text, wanted).map((piece, index) =>
    // The pieces of one text never change their places.
    piece.found ? <mark key={index}>{piece.text}</mark> : piece.text,
  );
}

/** A line between events: a step begins, or the connection was gone. */
export function MarkRow({ mark, style }: { mark: Mark; style: CSSProperties }) {
  const { t } = useSpeech();
  if (mark.kind === 'step') {
    return (
      <div className="row mark" style={style}>
        <Icon name="flag" />
        {t(texts.capture.stream.step, { number: mark.number })} {mark.text}
      </div>
    );
  }
  return (
    <div className="row mark gap" style={style}>
      <Icon name="warning" />
      <GapWords gap={mark} />
    </div>
  );
}

/** What an outage cost. */
export function GapWords({ gap }: { gap: { from: number; to: number; caughtUp: number; lost: number } }) {
  const { t, number } = useSpeech();
  const values = { from: clockText(gap.from).slice(0, 8), to: clockText(gap.to).slice(0, 8), count: gap.caughtUp };
  return (
    <span>
      {t(texts.capture.stream.gap, values)}
      {gap.lost === 0 ? null : t(texts.capture.stream.gapLost, { count: number(gap.lost) })}
    </span>
  );
}
