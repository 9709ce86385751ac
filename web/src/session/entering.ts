// What the address says about coming in: tokens of links, refusals of the single sign-on, and where to go then.

/** Which form: sign-in, or a sign-up with the token of a link: the first administrator's, or an invitation's. */
export type EntranceForm = { kind: 'signIn' } | { kind: 'setUp' | 'invitation'; token: string };

/** A sign-up form where the address carries the token of a link, else the sign-in form. */
export function formOfAddress(search: string): EntranceForm {
  const asked = new URLSearchParams(search);
  const setUp = asked.get('setup') ?? '';
  if (setUp !== '') return { kind: 'setUp', token: setUp };
  const invitation = asked.get('invitation') ?? '';
  return invitation === '' ? { kind: 'signIn' } : { kind: 'invitation', token: invitation };
}

/** What the single sign-on was refused for, as the address says after it came back; empty for nothing. */
export function refusedElsewhere(search: string): string {
  return new URLSearchParams(search).get('sign_in_error') ?? '';
}

const tokens = ['setup', 'invitation', 'sign_in_error'];

/** An address without the tokens, which have to stay in no bookmark and no history. */
export function withoutTokens(address: string): string {
  const clean = new URL(address);
  for (const token of tokens) clean.searchParams.delete(token);
  return clean.href;
}

/** Takes the tokens out of the window's address. */
export function forgetTokens(): void {
  window.history.replaceState(window.history.state, '', withoutTokens(window.location.href));
}

/** Where the browser goes to sign in elsewhere and come back to the page at an address, whatever prefix root has. */
export function singleSignOnURL(path: string, root: URL, address: string): string {
  const back = new URL(withoutTokens(address));
  const to = new URL(path.replace(/^\//, ''), root);
  to.searchParams.set('return', `/${back.pathname.slice(root.pathname.length)}${back.search}`);
  return to.href;
}

/**
 * Where the sign-in page leads when somebody is signed in: the path that the address names, as far as it is one of this server,
 * else the console's beginning.
 */
export function returnURL(search: string, root: URL): string {
  const wanted = new URLSearchParams(search).get('return') ?? '';
  const to = new URL(wanted.replace(/^\/+/, ''), root);
  return to.origin === root.origin && to.pathname.startsWith(root.pathname) ? to.href : root.href;
}
