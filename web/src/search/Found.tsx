// The different things that a search can find, each with its name and its way there.
import { Link } from '@tanstack/react-router';
import type { SearchQuery } from '../api/generated/search';
import type { SearchType } from '../api/generated/schema';

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
      return (
        <Link to="/apps/$app" params={{ app: node.key }}>
          {node.name} <code>{node.key}</code>
        </Link>
      );
    case 'Batch':
      return (
        <>
          {node.title} <code>{node.number}</code>
        </>
      );
    case 'Event':
    case 'Property':
    case 'ValueSet':
      return (
        <>
          {node.name} <code>{node.key}</code>
        </>
      );
    case 'DataIncident':
      return node.title;
  }
}
