// The first half goes out one by one (GET), the other in a batch (POST), and one of them is an import.
import Mixpanel from 'mixpanel';
import * as c from './common.mjs';
const evs = c.events('mixpanel');
const { hostname, port } = new URL(c.url);
const a = Mixpanel.init(c.key, { host: hostname, port, protocol: 'http', verbose: true, key: c.key });
const list = evs.map(e => ({ event: e.name, properties: {
  ...e.properties, distinct_id: e.userId, $user_id: e.userId, $device_id: e.anonymousId, $insert_id: e.id, time: e.time, $os: 'Android', $app_version_string: '3.2.1',
} }));
const sent = (send) => new Promise(resolve => send(errors => { for (const e of [errors ?? []].flat()) if (e) c.err(e); resolve(); }));
const half = Math.ceil(list.length / 2);
await Promise.all([
  ...list.slice(0, half).map(({ event, properties }, i) => sent(done => i === 0 ? a.import(event, properties.time, properties, done) : a.track(event, properties, done))),
  sent(done => a.track_batch(list.slice(half), { max_batch_size: 5 }, done)),
  sent(done => a.people.set(c.user, c.profile, done)),
]);
c.done('mixpanel', '0.24.0', evs.length);
