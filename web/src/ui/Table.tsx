import type { ReactNode } from 'react';
import { texts, useSpeech } from '../i18n';
import { Empty } from './Notice';

/** A column of a table. */
export interface Column<Row> {
  title: string;
  cell: (row: Row) => ReactNode;
  /** Numbers stand to the right. */
  numeric?: boolean;
}

interface TableProps<Row> {
  /** What the rows are, for whoever does not see the heading above. */
  caption: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** What to say where there are no rows; that nothing matches unless told. */
  empty?: ReactNode;
}

/** A table; the first column names its row. On a narrow screen it scrolls sideways, with the arrow keys too. */
export function Table<Row>({ caption, columns, rows, keyOf, empty }: TableProps<Row>) {
  const { t } = useSpeech();
  if (rows.length === 0) return empty ?? <Empty title={t(texts.list.none)} />;
  return (
    <div className="scroll" role="region" aria-label={caption} tabIndex={0}>
      <table>
        <caption className="unseen">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.title} scope="col" className={column.numeric === true ? 'numeric' : undefined}>
                {column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)}>{cells(columns, row)}</tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function cells<Row>(columns: readonly Column<Row>[], row: Row): ReactNode {
  return columns.map((column, index) => {
    const content = column.cell(row);
    if (index === 0) {
      return (
        <th key={column.title} scope="row">
          {content}
        </th>
      );
    }
    return (
      <td key={column.title} className={column.numeric === true ? 'numeric' : undefined}>
        {content}
      </td>
    );
  });
}
