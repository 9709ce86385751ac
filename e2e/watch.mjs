// Runs one subscription through npm's graphql-ws or graphql-sse and prints each result as a line of JSON. Ends when the
// subscription does, or with SIGTERM.
//
//   node watch.mjs --transport ws|sse --url http://127.0.0.1:8080 --token wm_… --query 'subscription { … }'
import { parseArgs } from 'node:util';
import { createClient as createSocket } from 'graphql-ws';
import { createClient as createStream } from 'graphql-sse';
import WebSocket from 'ws';

const { values: options } = parseArgs({
  options: {
    transport: { type: 'string' },
    url: { type: 'string' },
    token: { type: 'string' },
    query: { type: 'string' },
  },
});
const authorization = `Bearer ${options.token}`;
const client =
  options.transport === 'ws'
    ? createSocket({
        url: `${options.url.replace(/^http/, 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        connectionParams: { authorization },
        retryAttempts: 0,
      })
    : createStream({ url: `${options.url}/graphql`, headers: { authorization }, retryAttempts: 0 });

process.on('SIGTERM', () => client.dispose());
client.subscribe(
  { query: options.query },
  {
    next: (result) => console.log(JSON.stringify(result)),
    error: (error) => {
      console.log(JSON.stringify({ failed: `${error?.code ?? ''} ${error?.reason ?? ''} ${error?.message ?? ''}`, error }));
      process.exitCode = 1;
    },
    complete: () => {},
  },
);
