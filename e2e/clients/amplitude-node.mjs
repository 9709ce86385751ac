import { createInstance, Identify } from '@amplitude/analytics-node';
import * as c from './common.mjs';
const evs = c.events('amplitude');
const a = createInstance();
await a.init(c.key, { serverUrl: `${c.url}/2/httpapi`, flushQueueSize: 5, flushIntervalMillis: 200, logLevel: 0 }).promise;
const all = evs.map(e => a.track(e.name, e.properties, {
  user_id: e.userId, device_id: e.anonymousId, time: +e.time, insert_id: e.id, app_version: '3.2.1', os_name: 'Android', os_version: '14', language: 'zh-CN',
}));
const identify = new Identify();
for (const [name, value] of Object.entries(c.profile)) identify.set(name, value);
all.push(a.identify(identify, { user_id: c.user, device_id: evs[0].anonymousId }));
for (const { code, message } of await Promise.all(all.map(one => one.promise))) if (code !== 200) c.err(`${code} ${message}`);
c.done('@amplitude/analytics-node', '1.5.73', evs.length);
