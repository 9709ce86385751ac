import { PostHog } from 'posthog-node';
import * as c from './common.mjs';
const evs = c.events('posthog');
const a = new PostHog(c.key, { host: c.url, flushAt: 5, flushInterval: 200, fetchRetryCount: 5, fetchRetryDelay: 100 });
a.on('error', c.err);
a.identify({ distinctId: c.user, properties: c.profile });
for (const e of evs) a.capture({ distinctId: e.userId, event: e.name, properties: { ...e.properties, $app_version: '3.2.1', $os: 'Android' }, timestamp: e.time, uuid: e.id });
await a.shutdown(15000);
c.done('posthog-node', '5.70.0', evs.length);
