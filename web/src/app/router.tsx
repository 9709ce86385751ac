// The addresses of the console. Each page is loaded when somebody goes there.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from '@tanstack/react-router';
import { root as consoleURL } from '../api/address';
import { SignInPage } from '../session/SignInPage';
import { readSearch, taking, writeSearch } from './address';
import { Frame } from './Frame';
import { Broken, NotFound } from './states';

const root = createRootRoute({ component: Frame, notFoundComponent: NotFound, errorComponent: Broken });

const apps = createRoute({
  getParentRoute: () => root,
  path: '/',
  validateSearch: taking('after', 'before', 'text'),
  component: lazyRouteComponent(() => import('../apps/AppsPage')),
});

const search = createRoute({
  getParentRoute: () => root,
  path: '/search',
  validateSearch: taking('q', 'type', 'after'),
  component: lazyRouteComponent(() => import('../search/SearchPage')),
});

const signIn = createRoute({ getParentRoute: () => root, path: '/sign-in', component: SignInPage });

const app = createRoute({
  getParentRoute: () => root,
  path: '/apps/$app',
  component: lazyRouteComponent(() => import('../apps/AppPage')),
});

const capture = createRoute({
  getParentRoute: () => app,
  path: '/capture',
  component: lazyRouteComponent(() => import('../capture/Page')),
});

const routeTree = root.addChildren([apps, search, signIn, app.addChildren([capture])]);

/** Finds the page for an address. */
export const router = createRouter({
  routeTree,
  basepath: consoleURL.pathname,
  parseSearch: readSearch,
  stringifySearch: writeSearch,
  defaultPreload: 'intent',
  defaultErrorComponent: Broken,
  defaultNotFoundComponent: NotFound,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
