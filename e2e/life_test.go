package e2e_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestTheLifeOfARequirement plays a requirement from its first words to its end: six people and a bot, on an app with
// three terminals that works by the template STANDARD, from review to production, through a merge, a change after
// approval, a rollback and a hotfix, until the event goes offline. Then it asks what there was, when, and by whom.
func TestTheLifeOfARequirement(t *testing.T) {
	t.Parallel()
	t.Run("SQLite", func(t *testing.T) { t.Parallel(); liveThrough(t, start(t)) })
	t.Run("PostgreSQL", func(t *testing.T) { t.Parallel(); liveThrough(t, start(t, migrated(t))) })
}

func liveThrough(t *testing.T, s *server) {
	t.Helper()
	l := &life{t: t, server: s, admin: s.admin(t), keys: map[string]string{}, moments: map[string]time.Time{}}
	l.begin()
	// life_review_test.go
	l.words()
	l.design()
	l.review()
	l.parallel()
	// life_release_test.go
	l.test()
	l.changeAfterApproval()
	l.accept()
	l.compare()
	l.online()
	l.goBack()
	l.hotfix()
	l.askWhatHolds()
	l.offline()
	// life_ask_test.go
	l.askBlame()
	l.askApprovedAt()
	l.askPlanAt()
	l.askCompare()
	l.askAudit()
}

// life is the app, and who works on it.
type life struct {
	t      *testing.T
	server *server
	admin  *client
	// pm raises requirements and signs off, ann and ben design, ben and rita review, dev builds, tess tests; bot moves what
	// dev may move.
	pm, ann, ben, rita, dev, tess, bot *client
	keys                               map[string]string // write keys by environment
	production                         string            // the environment's id
	event                              string            // the id of order_paid
	sent                               int               // how many events devices have reported
	// moments are when the approvals of order_paid were there.
	moments map[string]time.Time
	// held is what production went by after each release, as it was told then.
	held []holding
}

// begin makes the app, which is strict with itself, and the accounts of who works on it.
func (l *life) begin() {
	l.t.Helper()
	made := l.admin.must(l.t, `mutation { createApp(input: {key: "shop", name: "商城", terminals: [
	  {key: "ios", name: "iOS", kind: IOS, systems: ["iOS"]}, {key: "android", name: "Android", kind: ANDROID, systems: ["Android"]},
	  {key: "web", name: "Web", kind: WEB, systems: ["Windows"]}]}) { app { id environments { id key writeKeys { key } } } } }`, nil)
	for _, e := range made.list("createApp", "app", "environments") {
		l.keys[e.text("key")], l.production = e.text("writeKeys", 0, "key"), e.text("id") // production is the last
	}
	l.admin.must(l.t, `mutation($id: ID!) { updateApp(input: {id: $id, template: STANDARD, naming: {events: {casing: SNAKE_CASE}},
	  completeness: {trigger: true, levels: [P0]}, grants: [{grant: SIGN_OFF, roles: [TESTER, REQUESTER]}]}) { app { template } } }`,
		vars{"id": made.text("createApp", "app", "id")})
	l.pm, l.ann = l.person("pm", "REQUESTER"), l.person("ann", "EDITOR")
	l.ben, l.rita = l.person("ben", "EDITOR", "REVIEWER"), l.person("rita", "REVIEWER")
	l.dev, l.tess = l.person("dev", "DEVELOPER"), l.person("tess", "TESTER")
	token := l.dev.must(l.t, `mutation { createAPIToken(input: {name: "ci", roles: [{app: "shop", role: DEVELOPER}]}) { secret } }`, nil)
	l.bot = l.dev.with(token.text("createAPIToken", "secret"))
}

// person makes an account with roles in the shop and signs it in.
func (l *life) person(name string, roles ...string) *client {
	l.t.Helper()
	mail := name + "@shop.test"
	grants := make([]vars, len(roles))
	for i, r := range roles {
		grants[i] = vars{"app": "shop", "role": r}
	}
	l.admin.must(l.t, `mutation($m: String!, $n: String!, $r: [RoleGrantInput!]!) { createUser(input: {email: $m, name: $n, password: "long enough 1",
	  roles: $r}) { user { id } } }`, vars{"m": mail, "n": name, "r": grants})
	c := l.server.nobody(l.t)
	c.must(l.t, `mutation($m: String!) { signIn(input: {email: $m, password: "long enough 1"}) { viewer { isToken } } }`, vars{"m": mail})
	return c
}

// batch raises a requirement, with more input, and returns its number.
func (l *life) batch(c *client, title, more string) string {
	l.t.Helper()
	return c.must(l.t, `mutation($t: String!) { createBatch(input: {app: "shop", title: $t, `+more+`}) { batch { number } } }`,
		vars{"t": title}).text("createBatch", "batch", "number")
}

// targets is the input that means a batch for a version on all terminals.
func targets(version string) string {
	return fmt.Sprintf(`targetVersions: [{terminal: "ios", version: %[1]q}, {terminal: "android", version: %[1]q}, {terminal: "web", version: %[1]q}]`, version)
}

// edit changes the event under a batch and returns it.
func (l *life) edit(c *client, number string, change vars) value {
	l.t.Helper()
	input := vars{"id": l.event, "batch": number}
	maps.Copy(input, change)
	return c.must(l.t, `mutation($in: UpdateEventInput!) { updateEvent(input: $in) { event { id name } } }`, vars{"in": input}).at("updateEvent", "event")
}

// carries is a property that the event carries.
func carries(key, presence string) vars { return vars{"key": key, "presence": presence} }

// item is what a batch has to do with the event.
func (l *life) item(number, fields string) value {
	l.t.Helper()
	items := l.ann.must(l.t, `query($b: String!) { batch(number: $b) { items { nodes { event { key } `+fields+` } } } }`, vars{"b": number}).
		list("batch", "items", "nodes")
	i := slices.IndexFunc(items, func(v value) bool { return v.text("event", "key") == "order_paid" })
	require.GreaterOrEqual(l.t, i, 0)
	return items[i]
}

// transition is what is said to a move beside the batch and the state.
type transition struct {
	note, build, from, only string // only is the key of a terminal
	base                    int    // the release that was compared with
}

const moveBatch = `mutation($in: TransitionBatchInput!) { transitionBatch(input: $in) {
	batch { state review progress { terminal state count } reviewDueAt } moves { from to terminal note build byToken createdBy { name } }
	warnings { rule } } }`

// move moves a batch and returns the answer.
func (l *life) move(c *client, number, to string, with transition) answer {
	l.t.Helper()
	in := vars{"batch": number, "to": to, "note": with.note, "build": with.build}
	if with.from != "" {
		in["fromVersion"] = with.from
	}
	if with.only != "" {
		in["terminals"] = []string{with.only}
	}
	if with.base != 0 {
		in["baseRelease"] = with.base
	}
	return c.ask(l.t, moveBatch, vars{"in": in})
}

// moved is move for what has to succeed; it returns the payload.
func (l *life) moved(c *client, number, to string, with transition) value {
	l.t.Helper()
	a := l.move(c, number, to, with)
	require.Empty(l.t, a.Errors, "%s to %s", number, to)
	return a.Data.at("transitionBatch")
}

// refused is move for what a rule has to refuse.
func (l *life) refused(rule string, c *client, number, to string, with transition) {
	l.t.Helper()
	a := l.move(c, number, to, with)
	require.Equal(l.t, rule, a.reason(), "%s to %s: %v", number, to, a.Errors)
	bars, _ := a.Errors[0].Extensions.Params["bars"].([]any)
	require.NotEmpty(l.t, value{bars}.text(0, "lift"), "it says what bars it, and what would lift it")
}

// approved has rita approve what others have designed, and keeps the moment.
func (l *life) approved(number, moment string) value {
	l.t.Helper()
	got := l.moved(l.rita, number, "APPROVED", transition{})
	l.remember(moment)
	return got.at("batch")
}

// remember keeps the present moment under a name.
func (l *life) remember(moment string) { l.moments[moment] = time.Now().UTC() }

// report sends one payment from a device and returns what was captured of it, with what it leads to.
func (l *life) report(environment, system, version, properties string) value {
	l.t.Helper()
	l.sent++
	id := fmt.Sprintf("m-%d", l.sent)
	body := fmt.Sprintf(`{"event":"order_paid","userId":"u1","messageId":%q,"properties":%s,"context":{"os":{"name":%q},"app":{"version":%q}}}`,
		id, properties, system, version)
	require.Equal(l.t, 200, post(l.t, l.server.URL+"/v1/track", l.keys[environment], body).status)
	var found value
	eventually(l.t, "the event is captured", func() bool {
		nodes := l.tess.must(l.t, `query($e: String!) { capturedEvents(app: "shop", environment: $e, first: 20) { nodes {
		  messageId verdict releaseNumber definitionHash violations { code property expected } release { number batches { number } }
		  judgedBy { fromVersion approval { batch { number documents { url } createdBy { name } } createdBy { name }
		    revision { number updatedBy { name } } } } } } }`, vars{"e": environment}).list("capturedEvents", "nodes")
		i := slices.IndexFunc(nodes, func(v value) bool { return v.text("messageId") == id })
		if i >= 0 {
			found = nodes[i]
		}
		return i >= 0
	})
	return found
}

// judged reports until the newest plan has reached the node, and returns what was captured then: the verdict with the code
// of the first violation, by the definition that a batch brought from a version on ("SHOP-0001 8.6.0", "" for none).
func (l *life) judged(want, by, environment, system, version, properties string) value {
	l.t.Helper()
	var got value
	defer func() {
		if l.t.Failed() {
			l.t.Logf("the last that was captured: %v", got.v)
		}
	}()
	eventually(l.t, want+" by "+by, func() bool {
		got = l.report(environment, system, version, properties)
		is := got.text("verdict")
		if code := got.text("violations", 0, "code"); code != "" {
			is += " " + code
		}
		judge := got.at("judgedBy")
		at := ""
		if judge.v != nil {
			at = judge.text("approval", "batch", "number") + " " + judge.text("fromVersion")
		}
		return is == want && at == by
	})
	return got
}
