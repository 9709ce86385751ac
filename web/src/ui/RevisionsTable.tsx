import type { RevisionState } from '../api/generated/schema';
import { texts, useSpeech } from '../i18n';
import { Badge } from './Badge';
import { BatchLink } from './links';
import { Moment } from './Moment';
import { Table, type Column } from './Table';

/** One version of a definition. */
export interface RevisionRow {
  id: string;
  number: number;
  state: RevisionState;
  createdAt: string;
  approvedAt: string | null;
  createdBy: { name: string } | null;
  approvedBy: { name: string } | null;
  /** The batch that it was made under, with the key of its app. */
  batch: { number: string; title: string; app: string } | null;
  base: number | null;
}

/** The versions of a definition, newest first: who made each under which batch, who approved it, what it comes from. */
export function RevisionsTable({ rows }: { rows: readonly RevisionRow[] }) {
  const { t } = useSpeech();
  const columns: Column<RevisionRow>[] = [
    { title: t(texts.event.revision), cell: ({ number }) => t(texts.event.revisionOf, { number }) },
    {
      title: t(texts.plan.state),
      cell: ({ state }) => <Badge tone={state === 'APPROVED' ? 'good' : 'plain'}>{t(texts.words.revisionState[state])}</Badge>,
    },
    { title: t(texts.plan.batch), cell: ({ batch }) => <Under batch={batch} /> },
    { title: t(texts.event.basedOn), cell: ({ base }) => (base === null ? null : t(texts.event.revisionOf, { number: base })) },
    { title: t(texts.batch.who), cell: ({ createdBy }) => createdBy?.name },
    { title: t(texts.plan.createdAt), cell: ({ createdAt }) => <Moment at={createdAt} exact /> },
    { title: t(texts.plan.approvedBy), cell: ({ approvedBy }) => approvedBy?.name },
    { title: t(texts.plan.approvedAt), cell: ({ approvedAt }) => <Moment at={approvedAt} exact /> },
  ];
  return <Table caption={t(texts.event.revisions)} columns={columns} rows={rows} keyOf={({ id }) => id} />;
}

function Under({ batch }: { batch: RevisionRow['batch'] }) {
  if (batch === null) return null;
  return (
    <BatchLink app={batch.app} number={batch.number}>
      {batch.number} · {batch.title}
    </BatchLink>
  );
}
