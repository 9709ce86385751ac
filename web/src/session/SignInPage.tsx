import { useEffect } from 'react';
import { root } from '../api/address';
import { Loading } from '../ui/Notice';
import { returnURL } from './entering';

/** Leads whoever is signed in to where they wanted: other pages of this server send people here to sign in. */
export function SignInPage() {
  useEffect(() => {
    window.location.replace(returnURL(window.location.search, root));
  }, []);
  return <Loading />;
}
