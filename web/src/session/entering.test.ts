import { describe, expect, it } from 'vitest';
import { formOfAddress, refusedElsewhere, returnURL, singleSignOnURL, withoutTokens } from './entering';

const root = new URL('https://example.com/waymark/');

describe('coming in', () => {
  it('takes the form that the link is for', () => {
    expect(formOfAddress('')).toEqual({ kind: 'signIn' });
    expect(formOfAddress('?setup=a%2Fb')).toEqual({ kind: 'setUp', token: 'a/b' });
    expect(formOfAddress('?invitation=c')).toEqual({ kind: 'invitation', token: 'c' });
    expect(refusedElsewhere('?sign_in_error=not_invited')).toBe('not_invited');
  });

  it('leaves no token in the address', () => {
    expect(withoutTokens('https://example.com/?setup=a&q=b&sign_in_error=c')).toBe('https://example.com/?q=b');
  });

  it('comes back from the single sign-on to the page that was asked for', () => {
    const address = 'https://example.com/waymark/apps/shop?text=a&sign_in_error=x';
    const to = new URL(singleSignOnURL('/auth/oidc', root, address));
    expect(to.origin + to.pathname).toBe('https://example.com/waymark/auth/oidc');
    expect(to.searchParams.get('return')).toBe('/apps/shop?text=a');
  });

  it('leads to this server only', () => {
    expect(returnURL('?return=/graphiql/', root)).toBe('https://example.com/waymark/graphiql/');
    for (const elsewhere of ['//evil.example', 'https://evil.example/', '\\\\evil.example', '../../other', 'javascript:alert(1)']) {
      expect(returnURL(`?return=${encodeURIComponent(elsewhere)}`, root)).toMatch(/^https:\/\/example\.com\/waymark\//);
    }
    expect(returnURL('', root)).toBe('https://example.com/waymark/');
  });
});
