// --mode track|debug|dryRun: how the server is to take the events.
import { createRequire } from 'node:module';
import * as c from './common.mjs';
process.removeAllListeners('warning'); // The SDK calls Node's deprecated Buffer().
process.on('warning', () => {});
const SensorsAnalytics = createRequire(import.meta.url)('sa-sdk-node');
const evs = c.events('sensors');
const a = new SensorsAnalytics();
const submitter = a.submitTo({ url: `${c.url}/sa?project=default&token=${c.key}`, mode: c.get('mode', 'track'), timeout: 5000 }, { count: 5, timeSpan: 200 });
let answered = 0;
submitter.subscribe(() => { answered++; }, c.err, () => {});
a.registerSuperProperties({ $app_version: '3.2.1' });
for (const e of evs) a.track(e.userId, e.name, { ...c.flat(e.properties), $os: 'Android', $is_login_id: true, $time: e.time });
a.profileSet(c.user, { ...c.profile, $is_login_id: true });
a.trackSignup(c.user, evs[0].anonymousId, { run_id: c.run });
a.itemSet('goods', `A-1 ${c.run}`, { product_name: '三体 📚', price: 23.5 });
while (answered < Math.ceil((evs.length + 3) / 5) && c.errors.length === 0) await new Promise(resolve => setTimeout(resolve, 20));
c.done('sa-sdk-node', '1.2.6', evs.length);
