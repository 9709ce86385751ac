// The different things that a search can find, each with its name and its way there.
import type { SearchQuery } from '../api/generated/search';
import type { SearchType } from '../api/generated/schema';
import { AppLink, BatchLink, EventLink, NameAndKey, PropertyLink } from '../ui/links';

type Found = SearchQuery['search']['edges'][number]['node'];

const types: Record<Found['__typename'], SearchType> = {
  App: 'APP',
  Batch: 'BATCH',
  Event: 'EVENT',
  Property: 'PROPERTY',
  ValueSet: 'VALUE_SET',
  DataIncident: 'INCIDENT',
};

/** What sort of thing it is. */
export function typeOf(node: Found): SearchType {
  return types[node.__typename];
}

/** What people call the app that it belongs to; undefined for what is global. */
export function appOf(node: Found): string | undefined {
  switch (node.__typename) {
    case 'App':
      return node.name;
    case 'Batch':
    case 'Event':
      return node.app.name;
    default:
      return node.owner?.name;
  }
}

/** Its name, as a link where it has a page. */
export function FoundLink({ node }: { node: Found }) {
  switch (node.__typename) {
    case 'App':
      return <AppLink app={node} />;
    case 'Batch':
      return (
        <BatchLink app={node.app.key} number={node.number}>
          {node.title} <code className="soft">{node.number}</code>
        </BatchLink>
      );
    case 'Event':
      return <EventLink app={node.app.key} event={node} />;
    case 'Property':
      return <PropertyLink app={node.owner?.key ?? null} property={node} />;
    case 'ValueSet':
      return <NameAndKey of={node} />;
    case 'DataIncident':
      return node.event === null || node.owner === null ? (
        node.title
      ) : (
        <EventLink app={node.owner.key} event={{ key: node.event.key, name: node.title }} />
      );
  }
}
