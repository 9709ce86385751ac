import TD from 'thinkingdata-node';
import * as c from './common.mjs';
const evs = c.events('thinkingdata');
const a = TD.initWithBatchMode(c.key, c.url, { batchSize: 5 });
const zone = -evs[0].time.getTimezoneOffset() / 60; // The SDK writes local times and does not say of which zone.
let answered = 0;
const callback = (error) => { answered++; if (error) c.err(error); }; // Of each fifth record, for the five.
for (const e of evs) a.track({
  accountId: e.userId, distinctId: e.anonymousId, event: e.name, time: e.time, uuid: e.id,
  properties: { ...e.properties, '#zone_offset': zone, '#app_version': '3.2.1', '#os': 'Android' }, callback,
});
a.userSet({ accountId: c.user, distinctId: evs[0].anonymousId, properties: c.profile, callback });
a.flush(callback);
while (answered < Math.ceil((evs.length + 1) / 5) && c.errors.length === 0) await new Promise(resolve => setTimeout(resolve, 20));
c.done('thinkingdata-node', '1.5.0', evs.length);
