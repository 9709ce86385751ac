// The saved example operations. They use the keys of the demo shop (`waymark serve --demo`), so that they run as they
// are there; elsewhere only the variables need changing.
import createEvent from './examples/createEvent.graphql?raw';
import liveCapture from './examples/liveCapture.graphql?raw';
import planTree from './examples/planTree.graphql?raw';
import search from './examples/search.graphql?raw';
import { texts } from './texts';

export interface Example {
  title: string;
  hint: string;
  query: string;
  variables: Record<string, unknown>;
}

const shipped: Example[] = [
  { title: texts.exampleTree, hint: texts.exampleTreeHint, query: planTree, variables: { app: 'demo-shop' } },
  { title: texts.exampleSearch, hint: texts.exampleSearchHint, query: search, variables: { query: '支付' } },
  {
    title: texts.exampleLive,
    hint: texts.exampleLiveHint,
    query: liveCapture,
    variables: { app: 'demo-shop', environment: 'test' },
  },
  {
    title: texts.exampleCreate,
    hint: texts.exampleCreateHint,
    query: createEvent,
    variables: {
      input: {
        app: 'demo-shop',
        batch: 'DEMO-SHOP-0001',
        key: 'coupon_claimed',
        name: 'coupon_claimed',
        title: '领取优惠券',
      },
    },
  },
];

export const examples = shipped.map((example) => ({ ...example, query: example.query.trim() }));
