// Where the server is. Every address is made from the console's own, so that all works below a path prefix of a reverse proxy.

/** The folder of the console, as the page's <base> says. */
export const root = new URL('./', document.baseURI);

/** The API. */
export const graphqlURL = new URL('graphql', root);

/** The API for subscriptions. */
export const subscriptionURL = new URL(graphqlURL);
subscriptionURL.protocol = graphqlURL.protocol === 'https:' ? 'wss:' : 'ws:';

/** The address of a path that the API names, such as a file's: it begins with a slash and knows nothing of a prefix. */
export function serverURL(path: string): string {
  return path.startsWith('/') ? new URL(path.slice(1), root).href : path;
}
