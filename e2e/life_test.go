package e2e_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestTheLifeOfARequirement plays a requirement from its first words to its end: six people and a bot, on an app with
// three terminals, from review to production, through a merge, a rollback and a hotfix, until the event goes offline.
func TestTheLifeOfARequirement(t *testing.T) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) { t.Parallel(); liveThrough(t, start(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { t.Parallel(); liveThrough(t, start(t, migrated(t))) })
}

// life is the app, and who works on it.
type life struct {
	t      *testing.T
	server *server
	admin  *client
	// pm raises requirements, ann and ben design, rita reviews, dev builds, tess tests; bot moves what dev may move.
	pm, ann, ben, rita, dev, tess, bot *client
	keys                               map[string]string // write keys by environment
	sent                               int
}

func liveThrough(t *testing.T, s *server) {
	t.Helper()
	l := &life{t: t, server: s, admin: s.admin(t), keys: map[string]string{}}
	l.begin()
	event := l.design()
	l.review()
	l.parallel(event)
	l.test()
	l.accept()
	l.online(event)
	l.goBack(event)
	l.hotfix(event)
	l.offline(event)
	l.ask(event)
}

// person makes an account with one role in the shop and signs it in.
func (l *life) person(name, role string) *client {
	l.t.Helper()
	mail := name + "@shop.test"
	l.admin.must(l.t, `mutation($m: String!, $n: String!, $r: Role!) { createUser(input: {email: $m, name: $n, password: "long enough 1",
	  roles: [{app: "shop", role: $r}]}) { user { id } } }`, vars{"m": mail, "n": name, "r": role})
	c := l.server.nobody(l.t)
	c.must(l.t, `mutation($m: String!) { signIn(input: {email: $m, password: "long enough 1"}) { viewer { isToken } } }`, vars{"m": mail})
	return c
}

func (l *life) begin() {
	l.t.Helper()
	made := l.admin.must(l.t, `mutation { createApp(input: {key: "shop", name: "商城", terminals: [
	  {key: "ios", name: "iOS", kind: IOS, systems: ["iOS"]}, {key: "android", name: "Android", kind: ANDROID, systems: ["Android"]},
	  {key: "web", name: "Web", kind: WEB, systems: ["Windows"]}]}) { app { id environments { key writeKeys { key } } } } }`, nil)
	for _, e := range made.list("createApp", "app", "environments") {
		l.keys[e.text("key")] = e.text("writeKeys", 0, "key")
	}
	l.pm, l.ann, l.ben = l.person("pm", "REQUESTER"), l.person("ann", "EDITOR"), l.person("ben", "EDITOR")
	l.rita, l.dev, l.tess = l.person("rita", "REVIEWER"), l.person("dev", "DEVELOPER"), l.person("tess", "TESTER")
	token := l.dev.must(l.t, `mutation { createAPIToken(input: {name: "ci", roles: [{app: "shop", role: DEVELOPER}]}) { secret } }`, nil)
	l.bot = l.dev.with(token.text("createAPIToken", "secret"))
}

// batch raises a requirement and returns its number.
func (l *life) batch(c *client, title, more string) string {
	l.t.Helper()
	return c.must(l.t, `mutation($t: String!) { createBatch(input: {app: "shop", title: $t, `+more+`}) { batch { number } } }`,
		vars{"t": title}).text("createBatch", "batch", "number")
}

const moveBatch = `mutation($b: String!, $to: String!, $note: String!, $on: [String!]!, $from: String) {
	transitionBatch(input: {batch: $b, to: $to, note: $note, terminals: $on, fromVersion: $from}) {
	  batch { state review progress { terminal state count } reviewDueAt } moves { from to terminal byToken } warnings { rule } } }`

// move moves a batch and returns the answer; from is the app version, "" for that of the batch.
func (l *life) move(c *client, number, to, note, from string, on ...string) answer {
	l.t.Helper()
	v := vars{"b": number, "to": to, "note": note, "on": append([]string{}, on...)}
	if from != "" {
		v["from"] = from
	}
	return c.ask(l.t, moveBatch, v)
}

// moved is move for what has to succeed; it returns the batch.
func (l *life) moved(c *client, number, to, note, from string, on ...string) value {
	l.t.Helper()
	a := l.move(c, number, to, note, from, on...)
	require.Empty(l.t, a.Errors, "%s to %s", number, to)
	return a.Data.at("transitionBatch", "batch")
}

// refused is move for what has to be refused by a rule.
func (l *life) refused(rule string, c *client, number, to string) {
	l.t.Helper()
	a := l.move(c, number, to, "", "")
	require.Equal(l.t, rule, a.reason(), "%s to %s: %v", number, to, a.Errors)
	require.NotEmpty(l.t, a.Errors[0].Extensions.Params["bars"], "it says what bars it, and what would lift it")
}

// design raises the requirement in words and designs it. It returns the event's id.
func (l *life) design() (event string) {
	l.t.Helper()
	number := l.batch(l.pm, "下单支付埋点", `description: "支付成功要能看到金额", documents: [{title: "PRD", url: "https://docs.shop.test/42"}],
	  targetVersions: [{terminal: "ios", version: "8.6.0"}, {terminal: "android", version: "8.6.0"}, {terminal: "web", version: "8.6.0"}]`)
	require.Equal(l.t, "SHOP-0001", number)
	l.refused("empty_batch", l.ann, number, "IN_REVIEW")
	for _, p := range []string{"price", "coupon"} {
		l.ann.must(l.t, `mutation($k: String!) { createProperty(input: {app: "shop", batch: "SHOP-0001", key: $k, name: $k, type: {base: NUMBER}}) {
		  property { id } } }`, vars{"k": p})
	}
	return l.ann.must(l.t, `mutation { createEvent(input: {batch: "SHOP-0001", name: "支付成功", wireName: "order_paid", level: P0,
	  properties: [{key: "price"}]}) { event { id } } }`, nil).text("createEvent", "event", "id")
}

func (l *life) review() {
	l.t.Helper()
	l.refused("role_missing", l.pm, "SHOP-0001", "IN_REVIEW")
	l.moved(l.ann, "SHOP-0001", "IN_REVIEW", "", "")
	options := l.rita.must(l.t, `{ batch(number: "SHOP-0001") { transitions { move to allowed bars { rule lift } } } }`, nil)
	var open []string
	for _, o := range options.list("batch", "transitions") {
		if o.at("allowed").v == true {
			open = append(open, o.text("to"))
		}
	}
	require.ElementsMatch(l.t, []string{"CHANGES_REQUESTED", "APPROVED", "CANCELLED"}, open)
	l.moved(l.rita, "SHOP-0001", "CHANGES_REQUESTED", "什么时候触发？", "")
	l.ann.must(l.t, `mutation { updateEvent(input: {id: "`+l.event()+`", trigger: "支付网关确认后"}) { event { id } } }`, nil)
	l.moved(l.ann, "SHOP-0001", "IN_REVIEW", "", "")
	l.refused("role_missing", l.dev, "SHOP-0001", "APPROVED")
	require.Equal(l.t, "IN_DEVELOPMENT", l.moved(l.rita, "SHOP-0001", "APPROVED", "", "").text("state"))
}

func (l *life) event() string {
	l.t.Helper()
	return l.admin.must(l.t, `{ event(app: "shop", key: "order_paid") { id } }`, nil).text("event", "id")
}

// parallel has two batches change the event at once: their changes merge, and what both changed is a conflict.
func (l *life) parallel(event string) {
	l.t.Helper()
	second, third := l.batch(l.ben, "优惠券", ""), l.batch(l.ann, "文案", "")
	change := `mutation($id: ID!, $b: String!, $name: String, $p: [EventPropertyInput!]) {
	  updateEvent(input: {id: $id, batch: $b, name: $name, properties: $p}) { event { id name } } }`
	got := l.ben.must(l.t, change, vars{"id": event, "b": second, "name": "订单支付成功", "p": []any{vars{"key": "price"}, vars{"key": "coupon"}}})
	require.Equal(l.t, "支付成功", got.text("updateEvent", "event", "name"), "a draft does not touch what is approved")
	l.ann.must(l.t, change, vars{"id": event, "b": third, "name": "支付完成"})
	for _, number := range []string{second, third} {
		l.moved(l.ann, number, "IN_REVIEW", "", "")
	}
	l.moved(l.rita, second, "APPROVED", "", "")
	l.refused("open_conflict", l.rita, third, "APPROVED")
	l.moved(l.ann, third, "DRAFT", "", "")
	item := l.ann.must(l.t, `query($b: String!) { batch(number: $b) { items { nodes { id conflicts { path ours theirs } changes { path to } } } } }`,
		vars{"b": third}).at("batch", "items", "nodes", 0)
	require.Equal(l.t, []string{"name", "支付完成", "订单支付成功"},
		[]string{item.text("conflicts", 0, "path"), item.text("conflicts", 0, "ours"), item.text("conflicts", 0, "theirs")})
	l.ann.must(l.t, `mutation($i: ID!) { resolveConflicts(input: {id: $i, choices: [{path: "name", side: OURS}]}) { batchItem { id } } }`,
		vars{"i": item.text("id")})
	l.moved(l.ann, third, "IN_REVIEW", "", "")
	l.moved(l.rita, third, "APPROVED", "", "")
	now := l.ann.must(l.t, `{ event(app: "shop", key: "order_paid") { name properties { totalCount } revision { state merged { id } } } }`, nil)
	require.Equal(l.t, []any{"支付完成", 2.0}, []any{now.text("event", "name"), now.number("event", "properties", "totalCount")}, "no side is lost")
}

// report sends one payment from a device and returns what was captured of it.
func (l *life) report(environment, system, version, properties string) value {
	l.t.Helper()
	l.sent++
	id := fmt.Sprintf("m-%d", l.sent)
	body := fmt.Sprintf(`{"event":"order_paid","userId":"u1","messageId":%q,"properties":%s,"context":{"os":{"name":%q},"app":{"version":%q}}}`,
		id, properties, system, version)
	require.Equal(l.t, 200, post(l.t, l.server.URL+"/v1/track", l.keys[environment], body).status)
	var found value
	eventually(l.t, "the event is captured", func() bool {
		nodes := l.tess.must(l.t, `query($e: String!) { capturedEvents(app: "shop", environment: $e, first: 50) { nodes {
		  messageId verdict releaseNumber definitionHash violations { code property expected } } } }`, vars{"e": environment}).list("capturedEvents", "nodes")
		i := slices.IndexFunc(nodes, func(v value) bool { return v.text("messageId") == id })
		if i >= 0 {
			found = nodes[i]
		}
		return i >= 0
	})
	return found
}

// judged reports until the plan has reached the node: what judges has to come within a second of the release.
func (l *life) judged(verdict, code, environment, system, version, properties string) value {
	l.t.Helper()
	var got value
	eventually(l.t, verdict+" "+code, func() bool {
		got = l.report(environment, system, version, properties)
		return got.text("verdict") == verdict && got.text("violations", 0, "code") == code
	})
	return got
}

const paid, withCoupon = `{"price": 5}`, `{"price": 5, "coupon": 1}`

// test has the bot hand the work over, and devices report it: old and new versions are judged by their own definitions.
func (l *life) test() {
	l.t.Helper()
	out := l.move(l.bot, "SHOP-0001", "IN_TESTING", "", "")
	require.Empty(l.t, out.Errors)
	require.Equal(l.t, true, out.Data.at("transitionBatch", "moves", 0, "byToken").v)
	l.judged("VALID", "", "test", "iOS", "8.6.0", paid)
	l.judged("UNPLANNED", "version_unplanned", "test", "iOS", "8.5.0", paid)
	l.moved(l.bot, "SHOP-0002", "IN_TESTING", "", "8.7.0")
	got := l.judged("INVALID", "property_missing", "test", "iOS", "8.7.1", paid)
	require.Equal(l.t, "coupon", got.text("violations", 0, "property"))
	require.NotEmpty(l.t, got.text("definitionHash"))
	require.InDelta(l.t, 2, got.number("releaseNumber"), 0)
	l.judged("VALID", "", "test", "iOS", "8.7.1", withCoupon)
	l.judged("VALID", "", "test", "Android", "8.6.9", paid)
}

// accept has words change after approval, which takes effect at once, and the tester accept.
func (l *life) accept() {
	l.t.Helper()
	l.ann.must(l.t, `mutation($id: ID!) { updateEvent(input: {id: $id, batch: "SHOP-0003", description: "以网关为准"}) { event { id } } }`, vars{"id": l.event()})
	require.Equal(l.t, "以网关为准", l.ann.must(l.t, `{ event(app: "shop", key: "order_paid") { description } }`, nil).text("event", "description"))
	l.refused("role_missing", l.dev, "SHOP-0001", "ACCEPTED")
	require.Equal(l.t, "ACCEPTED", l.moved(l.tess, "SHOP-0001", "ACCEPTED", "", "").text("state"))
	l.moved(l.tess, "SHOP-0002", "ACCEPTED", "", "")
}

const compareWithTest = `{ compare(app: "shop", before: {environment: "production"}, after: {environment: "test"}) {
	added changed removed before { release } changes { nodes { key kind breaking } } } }`

// online puts iOS online before Android.
func (l *life) online(event string) {
	l.t.Helper()
	differs := l.dev.must(l.t, compareWithTest, nil)
	require.InDelta(l.t, 1, differs.number("compare", "changed"), 0, "production goes by the definitions as they are, from the first version on")
	preview := l.dev.must(l.t, `mutation { publish(input: {app: "shop", environment: "production", batch: "SHOP-0002", dryRun: true}) {
	  refusals { reason } changes { key } } }`, nil)
	require.Equal(l.t, "ancestor_unpublished", preview.text("publish", "refusals", 0, "reason"), "the first batch is not in production")
	l.refused("ancestor_unpublished", l.dev, "SHOP-0002", "ONLINE")
	state := l.moved(l.dev, "SHOP-0001", "ONLINE", "", "", "ios")
	require.Equal(l.t, "ACCEPTED", state.text("state"), "it is partly online")
	l.judged("VALID", "", "production", "iOS", "8.6.0", paid)
	l.judged("UNPLANNED", "terminal_unplanned", "production", "Android", "8.6.0", paid)
	require.Equal(l.t, "ONLINE", l.moved(l.bot, "SHOP-0001", "ONLINE", "", "").text("state"))
	l.judged("VALID", "", "production", "Android", "8.6.0", paid)
	require.Equal(l.t, "breaking_unexplained", l.move(l.dev, "SHOP-0002", "ONLINE", "", "8.6.0").reason())
	require.Equal(l.t, "ONLINE", l.moved(l.dev, "SHOP-0002", "ONLINE", "新版本才有优惠券", "8.7.0").text("state"))
	l.judged("INVALID", "property_missing", "production", "iOS", "8.7.0", paid)
	l.judged("VALID", "", "production", "iOS", "8.6.5", paid)
	slots := l.dev.must(l.t, `query($id: ID!) { node(id: $id) { ... on Event { inForce(environment: "production") { terminal fromVersion } } } }`, vars{"id": event})
	require.Len(l.t, slots.list("node", "inForce"), 6)
}

// goBack brings the release before back, as a release of its own.
func (l *life) goBack(event string) {
	l.t.Helper()
	back := l.dev.must(l.t, `mutation { rollback(input: {app: "shop", environment: "production", release: 2, reason: "优惠券上报有误"}) { release { number kind } } }`, nil)
	require.Equal(l.t, []any{4.0, "ROLLBACK"}, []any{back.number("rollback", "release", "number"), back.text("rollback", "release", "kind")})
	l.judged("VALID", "", "production", "iOS", "8.7.0", paid)
	same := l.dev.must(l.t, `{ compare(app: "shop", before: {environment: "production", release: 2}, after: {environment: "production"}) { added changed removed } }`, nil)
	require.Equal(l.t, []float64{0, 0, 0}, []float64{same.number("compare", "added"), same.number("compare", "changed"), same.number("compare", "removed")})
	l.dev.must(l.t, `mutation { rollback(input: {app: "shop", environment: "production", release: 3, reason: "修好了"}) { release { number } } }`, nil)
	l.judged("INVALID", "property_missing", "production", "iOS", "8.7.0", paid)
}

// hotfix goes out at once, from what production has; its review is owed.
func (l *life) hotfix(event string) {
	l.t.Helper()
	number := l.batch(l.ann, "热修：优惠券可选", "type: HOTFIX")
	l.ann.must(l.t, `mutation($id: ID!, $b: String!) { updateEvent(input: {id: $id, batch: $b, properties: [{key: "price"}, {key: "coupon", presence: OPTIONAL}]}) {
	  event { id } } }`, vars{"id": event, "b": number})
	l.refused("input_missing", l.ann, number, "APPROVED")
	state := l.moved(l.ann, number, "APPROVED", "线上大量报错", "")
	require.NotEmpty(l.t, state.text("reviewDueAt"))
	l.moved(l.dev, number, "ONLINE", "线上大量报错", "8.7.0")
	l.judged("VALID", "", "production", "iOS", "8.7.0", paid)
	require.Equal(l.t, "支付完成", l.ann.must(l.t, `{ event(app: "shop", key: "order_paid") { name } }`, nil).text("event", "name"), "and what is not in production yet is kept")
	l.moved(l.rita, number, "APPROVED", "补评审", "")
	require.Nil(l.t, l.rita.must(l.t, `query($b: String!) { batch(number: $b) { reviewDueAt } }`, vars{"b": number}).at("batch", "reviewDueAt").v)
}

// offline takes the event out of production; what still reports it is told so, and counted on.
func (l *life) offline(event string) {
	l.t.Helper()
	number := l.batch(l.ann, "下线", "type: OFFLINE")
	l.ann.must(l.t, `mutation($id: ID!, $b: String!) { addBatchItem(input: {batch: $b, eventId: $id}) { batchItem { action } } }`, vars{"id": event, "b": number})
	l.moved(l.ann, number, "IN_REVIEW", "", "")
	l.moved(l.rita, number, "APPROVED", "", "")
	l.moved(l.dev, number, "ONLINE", "业务下线", "")
	got := l.judged("UNPLANNED", "event_offline", "production", "Android", "8.7.0", paid)
	require.Contains(l.t, got.text("violations", 0, "expected"), "offline since release")
}

// ask asks what there was, when, and by whom.
func (l *life) ask(event string) {
	l.t.Helper()
	at := time.Now().UTC().Format(time.RFC3339Nano)
	past := l.pm.must(l.t, `query($id: ID!, $at: Time!) {
	  app(key: "shop") { environments { key lastRelease releases { nodes { number kind reason batches { number } createdBy { name } } }
	    old: planAt(release: 1) { totalCount } now: planAt(time: $at) { totalCount } } }
	  node(id: $id) { ... on Event { inForce(environment: "production") { offline } } } }`, vars{"id": event, "at": at})
	for _, e := range past.list("app", "environments") {
		if e.text("key") == "production" {
			require.InDelta(l.t, 7, e.number("lastRelease"), 0)
			require.Len(l.t, e.list("releases", "nodes"), 7, "numbers without gaps")
			require.InDelta(l.t, 1, e.number("old", "totalCount"), 0, "iOS alone")
		}
	}
	entries := l.admin.must(l.t, `{ auditEntries(app: "shop", first: 200) { nodes { action actorKind objectType } } }`, nil).list("auditEntries", "nodes")
	require.NotEmpty(l.t, entries)
	var tokens int
	for _, e := range entries {
		if e.text("action") == "transitionBatch" && e.text("actorKind") == "TOKEN" {
			tokens++
		}
	}
	require.NotZero(l.t, tokens, "the bot's moves are told from its owner's")
}
