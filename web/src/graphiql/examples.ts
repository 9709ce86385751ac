// The saved example operations, each a document and its variables. They use the keys of the demo shop
// (`waymark serve --demo`) and run there as they are; elsewhere only the variables need changing. A Go test holds them to
// the schema.
import createEvent from './examples/createEvent.graphql?raw';
import createEventVariables from './examples/createEvent.json?raw';
import liveCapture from './examples/liveCapture.graphql?raw';
import liveCaptureVariables from './examples/liveCapture.json?raw';
import planTree from './examples/planTree.graphql?raw';
import planTreeVariables from './examples/planTree.json?raw';
import search from './examples/search.graphql?raw';
import searchVariables from './examples/search.json?raw';
import { texts } from './texts';

export interface Example {
  title: string;
  hint: string;
  query: string;
  variables: string;
}

function example(title: string, hint: string, query: string, variables: string): Example {
  return { title, hint, query: query.trim(), variables: variables.trim() };
}

export const examples: Example[] = [
  example(texts.exampleTree, texts.exampleTreeHint, planTree, planTreeVariables),
  example(texts.exampleSearch, texts.exampleSearchHint, search, searchVariables),
  example(texts.exampleLive, texts.exampleLiveHint, liveCapture, liveCaptureVariables),
  example(texts.exampleCreate, texts.exampleCreateHint, createEvent, createEventVariables),
];
