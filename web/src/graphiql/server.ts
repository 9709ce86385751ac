// The one way this page talks to the server: GraphQL over HTTP on the same origin, signed in by the session cookie.
import signOutOperation from './operations/signOut.graphql?raw';
import viewerOperation from './operations/viewer.graphql?raw';
import { texts } from './texts';

/** `/graphql` beside this page, also below a path prefix of a reverse proxy. */
export const graphqlURL = new URL('../graphql', window.location.href);
graphqlURL.search = '';
graphqlURL.hash = '';

/** The same address for subscriptions. */
export const subscriptionURL = new URL(graphqlURL);
subscriptionURL.protocol = graphqlURL.protocol === 'https:' ? 'wss:' : 'ws:';

/** Where people sign in and are led back here from. */
export const signInURL = new URL('../sign-in?return=/graphiql/', window.location.href).href;

/** Who is signed in. */
export interface Viewer {
  user: { name: string; email: string | null };
}

/** One error of a GraphQL response; `extensions` as every Waymark error carries them. */
export interface GraphQLFault {
  message: string;
  extensions?: {
    code?: string;
    reason?: string;
    fields?: { path: string; reason: string; message: string }[];
  };
}

/** A request that the server refused (`faults` says why) or never answered (`faults` is empty). */
export class RequestError extends Error {
  constructor(
    message: string,
    readonly faults: GraphQLFault[],
  ) {
    super(message);
    this.name = 'RequestError';
  }

  get code(): string | undefined {
    return this.faults[0]?.extensions?.code;
  }

  get reason(): string | undefined {
    return this.faults[0]?.extensions?.reason;
  }
}

async function request<Data>(query: string, variables: Record<string, unknown> = {}): Promise<Data> {
  let response: Response;
  try {
    response = await fetch(graphqlURL, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'Content-Type': 'application/json', Accept: 'application/graphql-response+json, application/json' },
      body: JSON.stringify({ query, variables }),
    });
  } catch {
    throw new RequestError(texts.unreachable, []);
  }
  let answer: { data?: Data | null; errors?: GraphQLFault[] };
  try {
    answer = (await response.json()) as typeof answer;
  } catch {
    throw new RequestError(`${texts.unexpected} (HTTP ${response.status})`, []);
  }
  const first = answer.errors?.[0];
  if (first !== undefined) throw new RequestError(first.message, answer.errors ?? []);
  if (answer.data === undefined || answer.data === null) throw new RequestError(texts.unexpected, []);
  return answer.data;
}

/** The person whose session this browser carries; null for nobody, also when the session has ended. */
export async function fetchViewer(): Promise<Viewer | null> {
  try {
    return (await request<{ viewer: Viewer | null }>(viewerOperation)).viewer;
  } catch (error) {
    if (error instanceof RequestError && error.code === 'UNAUTHENTICATED') return null;
    throw error;
  }
}

/** Ends the session of this browser. */
export async function signOut(): Promise<void> {
  await request(signOutOperation, { input: {} });
}
