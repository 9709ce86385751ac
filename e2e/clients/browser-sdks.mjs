// The browser SDKs that browser.mjs knows: the files that a page loads, the page, what the SDK asks the server first, where
// it sends its records, whether that takes a preflight, and whether it is sent as the page ends.
import { join } from 'node:path';
import * as c from './common.mjs';

const modules = join(import.meta.dirname, '..', 'node_modules');
const segment = {
  files: join(modules, '@segment/analytics-next/dist/umd'),
  page: (delivery) => `<script src="/sdk/index.js"></script><script>
    const analytics = AnalyticsNext.AnalyticsBrowser.load({ writeKey: KEY, cdnURL: SERVER }, { integrations: { 'Segment.io': {
      apiHost: SERVER.replace('http://', '') + '/v1', protocol: 'http'${delivery} } } });
    window.report = async (events) => {
      await analytics.ready();
      await analytics.identify(USER, PROFILE);
      for (const e of events) await analytics.track(e.name, e.properties, { timestamp: e.time });
    };</script>`,
  configuration: `/v1/projects/${c.key}/settings`,
};
const rudder = {
  files: join(modules, '@rudderstack/analytics-js/dist/npm/modern/bundled/esm'),
  page: (options) => `<script type="module">
    import { RudderAnalytics } from '/sdk/index.mjs';
    const analytics = new RudderAnalytics();
    const ready = new Promise((resolve) => analytics.ready(resolve));
    analytics.load(KEY, SERVER, { configUrl: SERVER, logLevel: 'ERROR'${options} });
    window.report = async (events) => {
      await ready;
      analytics.identify(USER, PROFILE);
      for (const e of events) analytics.track(e.name, e.properties, { originalTimestamp: e.time });
    };</script>`,
  configuration: '/sourceConfig/',
};
const posthog = {
  files: join(modules, 'posthog-js/dist'),
  page: (options, how) => `<script type="module">
    import posthog from '/sdk/module.js';
    posthog.init(KEY, { api_host: SERVER, opt_out_useragent_filter: true${options} }); // It is silent in browsers that are driven.
    window.report = async (events) => {
      posthog.identify(USER, PROFILE);
      for (const e of events) posthog.capture(e.name, e.properties${how});
    };</script>`,
  configuration: `/array/${c.key}/config`,
  absent: /\/config\.js|\/surveys\.js/, // It looks for these of its vendor's, and does without.
  sends: '/e/',
};
const sensors = {
  files: join(modules, 'sa-sdk-javascript/dist/web'),
  page: (options) => `<script src="/sdk/sensorsdata.js"></script><script>
    const sensors = window.sensorsDataAnalytic201505;
    sensors.init({ server_url: SERVER + '/sa?project=default&token=' + KEY, show_log: false${options} });
    window.report = async (events) => {
      sensors.login(USER);
      sensors.setProfile(PROFILE);
      for (const e of events) sensors.track(e.name, { ...e.flat, $time: new Date(e.time) });
    };</script>`,
  sends: '/sa.gif',
};
const snowplow = {
  files: join(modules, '@snowplow/browser-tracker/dist'),
  page: (options) => `<script src="/sdk/index.umd.min.js"></script><script>
    const { newTracker, setUserId, flushBuffer, trackSelfDescribingEvent } = window.snowplowBrowserTracking;
    newTracker('shop', SERVER, { appId: KEY${options} });
    window.report = async (events) => {
      setUserId(USER);
      for (const e of events) {
        trackSelfDescribingEvent({ event: { schema: 'iglu:com.acme/' + e.name + '/jsonschema/1-0-0', data: e.properties }, timestamp: { type: 'ttm', value: +new Date(e.time) } });
      }
      setInterval(flushBuffer, 500); // It sends again with the next event only.
    };</script>`,
  sends: '/com.snowplowanalytics.snowplow/tp2',
  records: 0, // It has no profiles.
};

export const sdks = {
  segment: { ...segment, options: '', sends: '/v1/t', single: true, preflight: true },
  'segment-unload': {
    ...segment, options: `, deliveryStrategy: { strategy: 'batching', config: { size: 100, timeout: 600000 } }`,
    sends: '/v1/b', unload: true,
  },
  rudder: { ...rudder, options: '', sends: '/v1/track', single: true, preflight: true },
  'rudder-beacon': {
    ...rudder, options: `, useBeacon: true, beaconQueueOptions: { flushQueueInterval: 600000 }`,
    sends: '/beacon/v1/batch', unload: true,
  },
  posthog: { ...posthog, options: '', how: '' },
  // What has a time of its own does not wait for others.
  'posthog-json': { ...posthog, options: ', disable_compression: true', how: ', { timestamp: new Date(e.time) }', single: true, preflight: true },
  // It sends who the user is at once, packed by a worker: a page that ends before that is through loses it.
  'posthog-unload': { ...posthog, options: '', how: '', unload: true, atOnce: 1 },
  sensors: { ...sensors, options: '', single: true },
  'sensors-ajax': { ...sensors, options: `, send_type: 'ajax'`, single: true },
  'sensors-beacon': { ...sensors, options: `, send_type: 'beacon'`, unload: true },
  'sensors-batch': { ...sensors, options: `, batch_send: { send_interval: 1000 }` },
  snowplow: { ...snowplow, options: '', preflight: true },
  'snowplow-get': { ...snowplow, options: `, eventMethod: 'get'`, single: true, sends: '/i' },
  'snowplow-unload': { ...snowplow, options: `, bufferSize: 50, keepalive: true`, unload: true },
};
