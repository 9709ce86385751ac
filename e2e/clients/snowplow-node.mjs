// --method post|get: how the events go out.
import { newTracker, buildSelfDescribingEvent } from '@snowplow/node-tracker';
import * as c from './common.mjs';
const evs = c.events('snowplow');
let sent = 0;
const a = newTracker({ namespace: 'shop', appId: c.key }, {
  endpoint: c.url, eventMethod: c.get('method', 'post'), bufferSize: 5,
  onRequestSuccess: (batch) => { sent += batch.length; },
  onRequestFailure: ({ willRetry, message }) => { if (!willRetry) c.err(message ?? 'dropped'); },
});
const context = [{ schema: 'iglu:com.snowplowanalytics.mobile/application/jsonschema/1-0-0', data: { version: '3.2.1', build: '321' } }, {
  schema: 'iglu:com.snowplowanalytics.snowplow/mobile_context/jsonschema/1-0-3', data: { osType: 'Android', osVersion: '14', deviceManufacturer: 'Xiaomi', deviceModel: '2312DRA50C' },
}];
for (const e of evs) {
  a.setUserId(e.userId);
  a.setDomainUserId(e.anonymousId);
  a.track(buildSelfDescribingEvent({ event: { schema: `iglu:com.acme/${e.name}/jsonschema/1-0-0`, data: e.properties } }), context, { type: 'ttm', value: +e.time });
}
while (sent < evs.length && c.errors.length === 0) {
  await a.flush();
  await new Promise(resolve => setTimeout(resolve, 20));
}
c.done('@snowplow/node-tracker', '4.8.0', evs.length);
