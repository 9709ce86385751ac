// The addresses of the console. Each page is loaded when somebody goes there.
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
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

// An app opens with its batches.
const appStart = createRoute({
  getParentRoute: () => app,
  path: '/',
  beforeLoad: ({ params }) => {
    throw redirect({ to: '/apps/$app/batches', params, replace: true });
  },
});

const batches = createRoute({
  getParentRoute: () => app,
  path: '/batches',
  validateSearch: taking('after', 'before', 'text', 'state'),
  component: lazyRouteComponent(() => import('../batch/BatchesTab')),
});

const events = createRoute({
  getParentRoute: () => app,
  path: '/events',
  validateSearch: taking('after', 'before', 'text', 'level', 'kind'),
  component: lazyRouteComponent(() => import('../event/EventsTab')),
});

const properties = createRoute({
  getParentRoute: () => app,
  path: '/properties',
  validateSearch: taking('after', 'before', 'text', 'type', 'sensitivity'),
  component: lazyRouteComponent(() => import('../property/PropertiesTab')),
});

const environments = createRoute({
  getParentRoute: () => app,
  path: '/environments',
  component: lazyRouteComponent(() => import('../apps/EnvironmentsTab')),
});

const capture = createRoute({
  getParentRoute: () => app,
  path: '/capture',
  component: lazyRouteComponent(() => import('../capture/Page')),
});

const batch = createRoute({
  getParentRoute: () => root,
  path: '/apps/$app/batches/$number',
  component: lazyRouteComponent(() => import('../batch/BatchPage')),
});

const event = createRoute({
  getParentRoute: () => root,
  path: '/apps/$app/events/$key',
  validateSearch: taking('environment'),
  component: lazyRouteComponent(() => import('../event/EventPage')),
});

const property = createRoute({
  getParentRoute: () => root,
  path: '/apps/$app/properties/$key',
  validateSearch: taking('environment'),
  component: lazyRouteComponent(() => import('../property/PropertyPage'), 'PropertyPage'),
});

const globalProperty = createRoute({
  getParentRoute: () => root,
  path: '/properties/$key',
  component: lazyRouteComponent(() => import('../property/PropertyPage'), 'GlobalPropertyPage'),
});

const captureSession = createRoute({
  getParentRoute: () => root,
  path: '/apps/$app/capture/$code',
  validateSearch: taking('filter'),
  component: lazyRouteComponent(() => import('../capture/SessionPage')),
});

const live = createRoute({
  getParentRoute: () => root,
  path: '/apps/$app/live/$environment',
  validateSearch: taking('filter'),
  component: lazyRouteComponent(() => import('../capture/EnvironmentPage')),
});

const evidence = createRoute({
  getParentRoute: () => root,
  path: '/apps/$app/evidence/$id',
  component: lazyRouteComponent(() => import('../capture/EvidencePage')),
});

const signOff = createRoute({
  getParentRoute: () => root,
  path: '/apps/$app/sign-offs/$id',
  component: lazyRouteComponent(() => import('../capture/SignOffPage')),
});

const routeTree = root.addChildren([
  apps,
  search,
  signIn,
  app.addChildren([appStart, batches, events, properties, environments, capture]),
  batch,
  event,
  property,
  globalProperty,
  captureSession,
  live,
  evidence,
  signOff,
]);

/** Finds the page for an address. */
export const router = createRouter({
  routeTree,
  basepath: consoleURL.pathname,
  parseSearch: readSearch,
  stringifySearch: writeSearch,
  defaultPreload: 'intent',
  // Another event is another page: nothing of the one before stands there until it is read.
  defaultRemountDeps: ({ params }) => params,
  defaultErrorComponent: Broken,
  defaultNotFoundComponent: NotFound,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
