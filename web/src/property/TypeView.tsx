import { texts, useSpeech } from '../i18n';
import { Table, type Column } from '../ui/Table';
import { allowedValues, constraintWords, typeWords, type AllowedValue, type Constraints, type ValueType } from './describe';

// More values than these stand behind a summary.
const fewValues = 6;

/** What the values of a type may be: its constraints, allowed values and members, as deep as it was read. */
export function TypeView({ type, narrowing = null }: { type: ValueType; narrowing?: Constraints | null }) {
  const speech = useSpeech();
  const { t } = speech;
  const phrases = [...constraintWords(type.constraints, speech), ...(narrowing === null ? [] : constraintWords(narrowing, speech))];
  const values = narrowing?.valueSet?.values ?? allowedValues(type);
  return (
    <div className="type">
      {phrases.map((phrase) => (
        <div key={phrase}>{phrase}</div>
      ))}
      {values.length === 0 ? null : values.length <= fewValues ? (
        <Values values={values} />
      ) : (
        <details>
          <summary>
            {t(texts.property.values)} ({values.length})
          </summary>
          <Values values={values} />
        </details>
      )}
      <Members type={type} />
    </div>
  );
}

function Values({ values }: { values: AllowedValue[] }) {
  return (
    <ul className="values">
      {values.map(({ value, label }) => (
        <li key={value}>
          <code>{value}</code> {label}
        </li>
      ))}
    </ul>
  );
}

/** The members of an object, or of the objects in a list. */
function Members({ type }: { type: ValueType }) {
  const speech = useSpeech();
  const { t } = speech;
  const members = type.fields?.length ? type.fields : (type.items?.fields ?? []);
  if (members.length === 0) return null;
  return (
    <details>
      <summary>
        {t(texts.property.members)} ({members.length})
      </summary>
      <ul className="values">
        {members.map((member) => (
          <li key={member.name}>
            <code>{member.name}</code> {member.label} · {typeWords(member.type, speech)} ·{' '}
            {t(texts.words.presence[member.required ? 'REQUIRED' : 'OPTIONAL'])}
            <TypeView type={member.type} />
          </li>
        ))}
      </ul>
    </details>
  );
}

/** The allowed values of a type as a table, for the page of a property; nothing where it lists none. */
export function ValuesTable({ type }: { type: ValueType }) {
  const { t } = useSpeech();
  const values = allowedValues(type);
  if (values.length === 0) return null;
  const columns: Column<AllowedValue>[] = [
    { title: t(texts.property.value), cell: ({ value }) => <code>{value}</code> },
    { title: t(texts.property.label), cell: ({ label }) => label },
  ];
  return <Table caption={t(texts.property.values)} columns={columns} rows={values} keyOf={({ value }) => value} />;
}
