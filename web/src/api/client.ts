// The one way the console talks to the server: GraphQL over HTTP, subscriptions over one WebSocket, signed in by the cookie.
import {
  cacheExchange,
  Client,
  createRequest,
  fetchExchange,
  mapExchange,
  subscriptionExchange,
  type ExecutionResult,
} from '@urql/core';
import { graphqlURL } from './address';
import { connection } from './connection';
import { isSignedOut } from './fault';
import { ViewerDocument } from './generated/session';

/** Tells `ended` when an answer says that nobody is signed in any more. */
export const session = new EventTarget();

// The question who is signed in tells its asker itself.
const viewerKey = createRequest(ViewerDocument, {}).key;

/**
 * The client. Answers are kept by operation: what is on the screen comes at once from what was read before, and is read again
 * behind it. A mutation makes everything stale that shows an object of the types that it returns.
 */
export const client = new Client({
  url: graphqlURL.href,
  requestPolicy: 'cache-and-network',
  preferGetMethod: false,
  fetchOptions: { credentials: 'same-origin' },
  exchanges: [
    mapExchange({
      onError(error, operation) {
        if (operation.key !== viewerKey && isSignedOut(error)) session.dispatchEvent(new Event('ended'));
      },
    }),
    cacheExchange,
    fetchExchange,
    subscriptionExchange({
      forwardSubscription: ({ query, variables }) => ({
        subscribe: (sink) => ({
          unsubscribe: connection().subscribe(
            { query: query ?? '', variables },
            { ...sink, next: (result) => sink.next(result as ExecutionResult) },
          ),
        }),
      }),
    }),
  ],
});
