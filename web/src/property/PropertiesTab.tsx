import { getRouteApi } from '@tanstack/react-router';
import { useQuery } from 'urql';
import { oneOf } from '../app/address';
import { PropertiesDocument, type PropertiesQuery } from '../api/generated/property';
import type { BaseType, Sensitivity } from '../api/generated/schema';
import { texts, useSpeech } from '../i18n';
import { Answer } from '../ui/Answer';
import { Badge } from '../ui/Badge';
import { Choice } from '../ui/Field';
import { Filters } from '../ui/Filters';
import { PropertyLink } from '../ui/links';
import { Pager } from '../ui/Pager';
import { pageArguments } from '../ui/paging';
import { Table, type Column } from '../ui/Table';
import { typeWords } from './describe';
import { TypeView } from './TypeView';

const route = getRouteApi('/apps/$app/properties');
type Property = PropertiesQuery['properties']['nodes'][number];
const types = Object.keys(texts.words.baseType) as BaseType[];
const sensitivities = Object.keys(texts.words.sensitivity) as Sensitivity[];

/** An app's shared properties with the global ones, by key. */
export default function PropertiesTab() {
  const { t } = useSpeech();
  const { app } = route.useParams();
  const place = route.useSearch();
  const navigate = route.useNavigate();
  const type = oneOf(texts.words.baseType, place.type);
  const sensitivity = oneOf(texts.words.sensitivity, place.sensitivity);
  const narrowing = { text: place.text, type, sensitivity };
  const filter = {
    text: place.text,
    baseTypes: type === undefined ? [] : [type],
    sensitivities: sensitivity === undefined ? [] : [sensitivity],
  };
  const answer = useQuery({ query: PropertiesDocument, variables: { app, ...pageArguments(place, 25), filter } });
  return (
    <>
      <Filters
        text={place.text}
        narrowed={Object.values(narrowing).some((value) => value !== undefined)}
        onText={(text) => void navigate({ search: { ...narrowing, text } })}
        onClear={() => void navigate({ search: {} })}
      >
        <Choice
          label={t(texts.plan.type)}
          all={t(texts.list.all)}
          value={type ?? ''}
          options={types.map((option) => [option, t(texts.words.baseType[option])])}
          onChoose={(chosen) => void navigate({ search: { ...narrowing, type: chosen } })}
        />
        <Choice
          label={t(texts.property.sensitivity)}
          all={t(texts.list.all)}
          value={sensitivity ?? ''}
          options={sensitivities.map((option) => [option, t(texts.words.sensitivity[option])])}
          onChoose={(chosen) => void navigate({ search: { ...narrowing, sensitivity: chosen } })}
        />
      </Filters>
      <Answer of={answer}>
        {({ properties }) => (
          <>
            <Properties app={app} rows={properties.nodes} />
            <Pager
              page={properties.pageInfo}
              total={properties.totalCount}
              onTurn={(to) => void navigate({ search: { ...narrowing, ...to } })}
            />
          </>
        )}
      </Answer>
    </>
  );
}

function Properties({ app, rows }: { app: string; rows: Property[] }) {
  const speech = useSpeech();
  const { t } = speech;
  const columns: Column<Property>[] = [
    { title: t(texts.plan.property), cell: (property) => <PropertyLink app={app} property={property} /> },
    { title: t(texts.plan.type), cell: ({ type }) => typeWords(type, speech) },
    { title: t(texts.event.values), cell: ({ type }) => <TypeView type={type} /> },
    { title: t(texts.property.sensitivity), cell: ({ sensitivity }) => <SensitivityBadge of={sensitivity} /> },
    { title: t(texts.property.scope), cell: (property) => (property.app === null ? t(texts.search.global) : t(texts.plan.app)) },
    { title: t(texts.property.useCount), numeric: true, cell: ({ uses }) => uses.totalCount },
    { title: t(texts.plan.description), cell: ({ description }) => description },
  ];
  return <Table caption={t(texts.plan.properties)} columns={columns} rows={rows} keyOf={({ id }) => id} />;
}

function SensitivityBadge({ of: sensitivity }: { of: Sensitivity }) {
  const { t } = useSpeech();
  return sensitivity === 'NONE' ? null : <Badge tone="warn">{t(texts.words.sensitivity[sensitivity])}</Badge>;
}
