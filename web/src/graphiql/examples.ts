// The saved example operations. They use the keys of the demo shop (`waymark serve --demo`) and run there as they are;
// elsewhere only the keys need changing. A Go test holds them to the schema.
import createEvent from './examples/createEvent.graphql?raw';
import createEventVariables from './examples/createEvent.json?raw';
import liveCapture from './examples/liveCapture.graphql?raw';
import planTree from './examples/planTree.graphql?raw';
import search from './examples/search.graphql?raw';
import { texts } from './texts';

export interface Example {
  title: string;
  hint: string;
  query: string;
  variables: string;
}

function example(title: string, hint: string, query: string, variables = ''): Example {
  return { title, hint, query: query.trim(), variables: variables.trim() };
}

// GraphiQL shows the variables of a default tab only after a change of tabs, so the first example has none.
export const examples: Example[] = [
  example(texts.exampleTree, texts.exampleTreeHint, planTree),
  example(texts.exampleSearch, texts.exampleSearchHint, search),
  example(texts.exampleLive, texts.exampleLiveHint, liveCapture),
  example(texts.exampleCreate, texts.exampleCreateHint, createEvent, createEventVariables),
];
