import { useEffect, useId, useState } from 'react';
import { texts, useSpeech, type Speech } from '../i18n';
import { Icon } from '../ui/Icon';
import { moved, usual, type Column, type ColumnName } from './columns';
import { everything, narrows, toggled, type Filter } from './filter';
import type { Looking } from './useView';
import type { Stream } from './stream';
import type { Verdict } from './entry';

interface ToolbarProps {
  stream: Stream;
  looking: Looking;
  /** The names of the devices, by number; for the chips. */
  deviceName: (number: number) => string;
}

/** What one does with the stream as a whole. */
export function Toolbar({ stream, looking, deviceName }: ToolbarProps) {
  const { t } = useSpeech();
  const { view, filter, narrow } = looking;
  const paused = view.hold === 'paused';
  return (
    <div className="toolbar">
      <div className="tools" role="toolbar" aria-label={t(texts.capture.stream.tools)}>
        <button type="button" aria-pressed={paused} onClick={() => (paused ? stream.resume() : stream.hold('paused'))}>
          <Icon name={paused ? 'play' : 'pause'} />
          {t(paused ? texts.capture.stream.resume : texts.capture.stream.pause)}
        </button>
        <button type="button" onClick={() => stream.clear()} title={t(texts.capture.stream.clearHint)}>
          {t(texts.capture.stream.clear)}
        </button>
        <SearchBox filter={filter} narrow={narrow} />
        <VerdictFilter filter={filter} narrow={narrow} />
        <OrderChoice looking={looking} />
        <ColumnChoice looking={looking} />
      </div>
      <Chips filter={filter} narrow={narrow} deviceName={deviceName} />
    </div>
  );
}

interface Narrowing {
  filter: Filter;
  narrow: (filter: Filter) => void;
}

/** The text that is searched for. It takes effect a moment after the last key. */
function SearchBox({ filter, narrow }: Narrowing) {
  const { t } = useSpeech();
  const [text, setText] = useState(filter.text);
  const [before, setBefore] = useState(filter.text);
  if (before !== filter.text) {
    setBefore(filter.text);
    setText(filter.text);
  }
  useEffect(() => {
    if (text === filter.text) return;
    const timer = setTimeout(() => narrow({ ...filter, text }), 200);
    return () => clearTimeout(timer);
  }, [text, filter, narrow]);
  return (
    <input
      type="search"
      aria-label={t(texts.capture.filter.text)}
      placeholder={t(texts.capture.filter.textHint)}
      value={text}
      maxLength={200}
      onChange={(event) => setText(event.target.value)}
    />
  );
}

const verdicts: readonly Verdict[] = ['VALID', 'INVALID', 'UNPLANNED'];

function VerdictFilter({ filter, narrow }: Narrowing) {
  const { t } = useSpeech();
  return (
    <span className="group" role="group" aria-label={t(texts.capture.columns.verdict)}>
      {verdicts.map((verdict) => (
        <button
          key={verdict}
          type="button"
          aria-pressed={filter.verdicts.includes(verdict)}
          onClick={() => narrow({ ...filter, verdicts: toggled(filter.verdicts, verdict) })}
        >
          {t(texts.words.verdict[verdict])}
        </button>
      ))}
    </span>
  );
}

function OrderChoice({ looking: { order, setOrder } }: { looking: Looking }) {
  const { t } = useSpeech();
  return (
    <select
      aria-label={t(texts.capture.stream.order)}
      value={order}
      onChange={(event) => setOrder(event.target.value === 'device' ? 'device' : 'arrival')}
    >
      <option value="arrival">{t(texts.capture.stream.byArrival)}</option>
      <option value="device">{t(texts.capture.stream.byDevice)}</option>
    </select>
  );
}

/** Which columns, and in which order. */
function ColumnChoice({ looking: { columns, setColumns, offered: all } }: { looking: Looking }) {
  const { t } = useSpeech();
  const id = useId();
  const properties = columns.filter((column) => column.startsWith(':'));
  const offered: readonly Column[] = [...columns, ...all.filter((name) => !columns.includes(name))];
  const toggle = (column: Column) => {
    const next = toggled(columns, column);
    if (next.length > 0) setColumns(next);
  };
  const add = (data: FormData) => {
    const name = String(data.get('property') ?? '').trim();
    if (name !== '' && !properties.includes(`:${name}`)) setColumns([...columns, `:${name}`]);
  };
  return (
    <details className="popup">
      <summary>{t(texts.capture.columns.title)}</summary>
      <div className="card">
        <ul>
          {offered.map((column) => (
            <li key={column}>
              <label>
                <input type="checkbox" checked={columns.includes(column)} onChange={() => toggle(column)} />
                {column.startsWith(':') ? <code>{column.slice(1)}</code> : t(texts.capture.columns[column as ColumnName])}
              </label>
              {columns.includes(column) ? <Movers column={column} columns={columns} setColumns={setColumns} /> : null}
            </li>
          ))}
        </ul>
        <form action={add} className="inline">
          <label htmlFor={id}>{t(texts.capture.columns.property)}</label>
          <input id={id} name="property" maxLength={200} />
          <button type="submit">{t(texts.capture.columns.add)}</button>
        </form>
        <button type="button" className="plain" onClick={() => setColumns(usual)}>
          {t(texts.capture.columns.usual)}
        </button>
      </div>
    </details>
  );
}

function Movers({ column, columns, setColumns }: { column: Column; columns: readonly Column[]; setColumns: (columns: readonly Column[]) => void }) {
  const { t } = useSpeech();
  return (
    <span>
      <button type="button" className="plain" aria-label={t(texts.capture.columns.left)} onClick={() => setColumns(moved(columns, column, -1))}>
        <Icon name="previous" />
      </button>
      <button type="button" className="plain" aria-label={t(texts.capture.columns.right)} onClick={() => setColumns(moved(columns, column, 1))}>
        <Icon name="next" />
      </button>
    </span>
  );
}

/** Each condition of the filter as a button that takes it away. */
function Chips({ filter, narrow, deviceName }: Narrowing & { deviceName: (number: number) => string }) {
  const speech = useSpeech();
  const { t } = speech;
  if (!narrows({ ...filter, text: '', verdicts: [] })) return null;
  return (
    <ul className="chips" aria-label={t(texts.list.filter)}>
      {chipsOf(filter, speech, deviceName).map(([words, without]) => (
        <li key={words}>
          <button type="button" onClick={() => narrow(without)} aria-label={t(texts.capture.filter.without, { what: words })}>
            {words}
            <Icon name="cross" />
          </button>
        </li>
      ))}
      <li>
        <button type="button" className="plain" onClick={() => narrow(everything)}>
          {t(texts.list.clear)}
        </button>
      </li>
    </ul>
  );
}

function chipsOf(filter: Filter, { t }: Speech, deviceName: (number: number) => string): [words: string, without: Filter][] {
  return [
    ...filter.devices.map((d): [string, Filter] => [deviceName(d), { ...filter, devices: toggled(filter.devices, d) }]),
    ...filter.events.map((e): [string, Filter] => [e, { ...filter, events: toggled(filter.events, e) }]),
    ...filter.terminals.map((k): [string, Filter] => [k, { ...filter, terminals: toggled(filter.terminals, k) }]),
    ...filter.deviceIds.map((d): [string, Filter] => [d, { ...filter, deviceIds: toggled(filter.deviceIds, d) }]),
    ...(filter.step === null ? [] : [[t(texts.capture.stream.step, { number: filter.step }), { ...filter, step: null }] as [string, Filter]]),
    ...filter.values.map((v): [string, Filter] => [`${v.property} = ${v.value}`, { ...filter, values: filter.values.filter((other) => other !== v) }]),
  ];
}
