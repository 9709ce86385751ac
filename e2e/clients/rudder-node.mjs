import Analytics from '@rudderstack/rudder-sdk-node';
import * as c from './common.mjs';
const evs = c.events('rudder');
const a = new Analytics(c.key, { dataPlaneUrl: c.url, flushAt: 3, flushInterval: 500, retryCount: 1, logLevel: 'error', errorHandler: e => c.err(e?.message ?? e) });
for (const e of evs) {
  a.track({
    userId: e.userId, anonymousId: e.anonymousId, event: e.name, properties: e.properties, originalTimestamp: e.time,
    messageId: e.id, context: c.appContext,
  });
}
await new Promise(resolve => a.flush(error => { if (error) c.err(error); resolve(); }));
c.done('@rudderstack/rudder-sdk-node', '3.0.13', evs.length);
