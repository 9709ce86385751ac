import Analytics from '@rudderstack/rudder-sdk-node';
import * as c from './common.mjs';
const evs = c.events('rudder');
const a = new Analytics(c.key, { dataPlaneUrl: c.url, flushAt: 3, flushInterval: 500, retryCount: 3, logLevel: 'error', errorHandler: e => c.err(e?.message ?? e) });
const sent = evs.map(e => new Promise(resolve => a.track({
  userId: e.userId, anonymousId: e.anonymousId, event: e.name, properties: e.properties, originalTimestamp: e.time,
  messageId: e.id, context: c.appContext,
}, error => { if (error) c.err(error); resolve(); })));
sent.push(new Promise(resolve => a.identify({
  userId: c.user, traits: c.profile, messageId: c.uuid(`rudder/${c.run}/identify`), originalTimestamp: evs[0]?.time,
}, error => { if (error) c.err(error); resolve(); })));
await Promise.all(sent);
c.done('@rudderstack/rudder-sdk-node', '3.0.13', evs.length);
