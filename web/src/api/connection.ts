// The WebSocket of the page's subscriptions, and how it fares.
import { createClient, type Client } from 'graphql-ws';
import { useSyncExternalStore } from 'react';
import { subscriptionURL } from './address';

/** How the WebSocket fares: `idle` before anything needed it. */
export type LiveState = 'idle' | 'connecting' | 'live' | 'lost';

let state: LiveState = 'idle';
let client: Client | null = null;
const listeners = new Set<() => void>();

function become(next: LiveState): void {
  if (next === state) return;
  state = next;
  for (const tell of listeners) tell();
}

/**
 * The one connection of this page. It opens at the first call, is kept open so that the page knows whether the server is
 * there, and opens again by itself, at growing distances, for as long as the page is.
 */
export function connection(): Client {
  client ??= createClient({
    url: subscriptionURL.href,
    lazy: false,
    keepAlive: 15_000,
    retryAttempts: Infinity,
    shouldRetry: () => true,
    onNonLazyError: () => become('lost'),
    on: {
      connecting: () => become(state === 'lost' ? 'lost' : 'connecting'),
      connected: () => become('live'),
      closed: () => become('lost'),
    },
  });
  return client;
}

/** How the connection fares, kept up to date. */
export function useLiveState(): LiveState {
  return useSyncExternalStore(
    (tell) => {
      listeners.add(tell);
      return () => listeners.delete(tell);
    },
    () => state,
  );
}
