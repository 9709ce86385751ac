import { getRouteApi, Link } from '@tanstack/react-router';
import { useQuery } from 'urql';
import { AppDocument } from '../api/generated/apps';
import { FindPropertyDocument, PropertyDocument, type PropertyQuery } from '../api/generated/property';
import { NotFound } from '../app/states';
import { texts, useSpeech } from '../i18n';
import { Answer } from '../ui/Answer';
import { Badge } from '../ui/Badge';
import { Consumers, Incidents } from '../ui/dictionary';
import { Facts } from '../ui/Facts';
import { AppLink } from '../ui/links';
import { Moment } from '../ui/Moment';
import { Page } from '../ui/Page';
import { Section } from '../ui/Section';
import { typeWords } from './describe';
import { Revisions } from './Revisions';
import { Seen, type SeeingApp } from './Seen';
import { TypeView, ValuesTable } from './TypeView';
import { Uses } from './Uses';

type Property = Extract<NonNullable<PropertyQuery['node']>, { __typename: 'Property' }>;

const inApp = getRouteApi('/apps/$app/properties/$key');
const global = getRouteApi('/properties/$key');

/** A property as an app sees it: the app's own of that key, or else the global one. */
export function PropertyPage() {
  const { app, key } = inApp.useParams();
  const answer = useQuery({ query: AppDocument, variables: { app } });
  return (
    <Answer of={answer}>
      {({ app: found }) => (found === null ? <NotFound /> : <ByKey property={key} app={found} />)}
    </Answer>
  );
}

/** A global property, outside of any app. */
export function GlobalPropertyPage() {
  return <ByKey property={global.useParams().key} app={null} />;
}

function ByKey({ property: key, app }: { property: string; app: SeeingApp | null }) {
  const filter = app === null ? { keys: [key], global: true } : { keys: [key] };
  const found = useQuery({ query: FindPropertyDocument, variables: { app: app?.key, filter } });
  return (
    <Answer of={found}>
      {({ properties: { nodes } }) => {
        const property = nodes.find((one) => one.app !== null) ?? nodes[0];
        return property === undefined ? <NotFound /> : <ById id={property.id} app={app} />;
      }}
    </Answer>
  );
}

function ById({ id, app }: { id: string; app: SeeingApp | null }) {
  const answer = useQuery({ query: PropertyDocument, variables: { id } });
  return (
    <Answer of={answer}>
      {({ node }) => (node?.__typename === 'Property' ? <Found property={node} app={app} /> : <NotFound />)}
    </Answer>
  );
}

function Found({ property, app }: { property: Property; app: SeeingApp | null }) {
  const { t } = useSpeech();
  return (
    <Page title={property.name} path={usePath(property, app)} aside={<Marks of={property} />}>
      <div className="card">
        <About property={property} />
      </div>
      <ValuesTable type={property.type} />
      {app === null ? null : <Seen id={property.id} app={app} />}
      <Section title={t(texts.property.uses)}>
        <Uses id={property.id} />
      </Section>
      <Section title={t(texts.event.revisions)}>
        <Revisions id={property.id} />
      </Section>
    </Page>
  );
}

function usePath(property: Property, app: SeeingApp | null) {
  const { t } = useSpeech();
  const apps = <Link to="/">{t(texts.app.apps)}</Link>;
  if (app === null) return [apps, t(texts.search.global), property.key];
  const properties = (
    <Link to="/apps/$app/properties" params={{ app: app.key }}>
      {t(texts.plan.properties)}
    </Link>
  );
  return [apps, <AppLink app={app} />, properties, property.key];
}

function Marks({ of: { app, sensitivity } }: { of: Property }) {
  const { t } = useSpeech();
  return (
    <span className="badges">
      {app === null ? <Badge>{t(texts.search.global)}</Badge> : null}
      <Badge tone={sensitivity === 'NONE' ? 'plain' : 'warn'}>{t(texts.words.sensitivity[sensitivity])}</Badge>
    </span>
  );
}

function About({ property }: { property: Property }) {
  const speech = useSpeech();
  const { t } = speech;
  return (
    <Facts
      of={[
        [t(texts.plan.key), <code>{property.key}</code>],
        [t(texts.plan.description), property.description],
        [t(texts.plan.type), typeWords(property.type, speech)],
        [t(texts.event.values), <TypeView type={{ ...property.type, values: [] }} />],
        [t(texts.plan.example), property.example === '' ? null : <code>{property.example}</code>],
        [t(texts.event.synonyms), property.synonyms.join(' · ')],
        [t(texts.property.column), property.warehouseColumn === '' ? null : <code>{property.warehouseColumn}</code>],
        [t(texts.plan.updatedAt), <Moment at={property.updatedAt} />],
        [t(texts.event.consumers), property.consumers.length === 0 ? null : <Consumers of={property.consumers} />],
        [t(texts.event.incidents), property.incidents.length === 0 ? null : <Incidents of={property.incidents} />],
      ]}
    />
  );
}
