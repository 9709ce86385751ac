package e2e_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/stretchr/testify/require"
)

// TestDemo is a newcomer's first five minutes: `serve --demo`, in an empty directory and with nothing else, prints where
// it is and what to try, and all of that works as printed.
func TestDemo(t *testing.T) {
	t.Parallel()
	s := startAlone(t, "--demo")
	eventually(t, "everything is printed", func() bool { return strings.Contains(s.printed(), "Stop with Ctrl-C") })
	require.DirExists(t, filepath.Join(s.home, "waymark-demo"), "the demo has a directory of its own")
	require.Contains(t, s.printed(), "Sign in as admin@demo.local with the password waymark-demo.")
	token := regexp.MustCompile(`(?m)^demo token: (wm_\w+)$`).FindStringSubmatch(s.printed())
	require.Len(t, token, 2, s.printed())
	bot := s.nobody(t).with(token[1])

	person := s.nobody(t)
	who := person.must(t, `mutation { signIn(input: {email: "admin@demo.local", password: "waymark-demo"}) { viewer { isToken roles { role } } } }`, nil)
	require.Equal(t, "ADMIN", who.text("signIn", "viewer", "roles", 0, "role"))
	for _, admin := range []*client{person, bot} {
		admin.must(t, `mutation { createApp(input: {key: "mine", name: "我的"}) { app { id } } }`, nil)
		id := admin.must(t, `{ app(key: "mine") { id } }`, nil).text("app", "id")
		admin.must(t, `mutation($id: ID!) { deleteApp(input: {id: $id}) { deletedId } }`, vars{"id": id})
	}

	requireDemoPlan(t, bot)
	requireDemoDictionary(t, bot)
	for _, environment := range []string{"test", "production"} {
		answer := post(t, s.URL+"/v1/track", "demo-"+environment, `{"event":"login_success","userId":"u1","messageId":"mine-`+environment+`"}`)
		require.Equal(t, http.StatusOK, answer.status, answer.body)
		eventually(t, "it has come", func() bool { return bot.demoEvent(t, environment, "mine-"+environment).v != nil })
		requireDevices(t, bot, environment)
	}
	requireSnippets(t, s, bot)
	requireDemoCanBeApproved(t, bot)
}

// requireDemoCanBeApproved takes the demo's batches through their review, one after the other: none waits for a later one.
func requireDemoCanBeApproved(t *testing.T, c *client) {
	t.Helper()
	for i := range 4 {
		for _, to := range []string{"IN_REVIEW", "APPROVED"} {
			c.must(t, `mutation($b: String!, $to: String!) { transitionBatch(input: {batch: $b, to: $to}) { batch { state } } }`,
				vars{"b": fmt.Sprintf("DEMO-SHOP-%04d", i+1), "to": to})
		}
	}
}

// requireDemoPlan looks at the plan of the demo's shop: four terminals, batches, events, properties, Chinese names.
func requireDemoPlan(t *testing.T, c *client) {
	t.Helper()
	app := c.must(t, `{ app(key: "demo-shop") { name terminals { key kind } environments { key writeKeys { key } } batches { totalCount nodes { number title } } } }`, nil).at("app")
	require.Len(t, app.list("terminals"), 4)
	require.GreaterOrEqual(t, app.number("batches", "totalCount"), 3.0)
	for _, e := range app.list("environments") {
		var keys []string
		for _, k := range e.list("writeKeys") {
			keys = append(keys, k.text("key"))
		}
		require.Contains(t, keys, "demo-"+e.text("key"))
	}
	plan := c.must(t, `{ events(app: "demo-shop", first: 200) { totalCount nodes { name properties(first: 1) { totalCount } } }
		properties(app: "demo-shop", first: 200) { totalCount nodes { name } } }`, nil)
	require.GreaterOrEqual(t, plan.number("events", "totalCount"), 20.0)
	require.GreaterOrEqual(t, plan.number("properties", "totalCount"), 40.0)
	chinese := 0
	for _, named := range append(plan.list("events", "nodes"), plan.list("properties", "nodes")...) {
		if strings.ContainsFunc(named.text("name"), func(r rune) bool { return unicode.Is(unicode.Han, r) }) {
			chinese++
		}
	}
	require.GreaterOrEqual(t, chinese, 60-10, "names are Chinese, but for a few that are not words")
	require.NotEmpty(t, c.must(t, `{ search(app: "demo-shop", query: "支付") { nodes { __typename } } }`, nil).list("search", "nodes"))
}

// requireDemoDictionary looks the demo up as an analyst does: by what people call things, and for what is known of the data.
func requireDemoDictionary(t *testing.T, c *client) {
	t.Helper()
	for words, key := range map[string]string{"下单": "submit_order", "成交": "pay_success", "订单号": "order_id", "SKU": "goods_id"} {
		found := c.must(t, `query($q: String!) { search(app: "demo-shop", query: $q, types: [EVENT, PROPERTY], first: 3) { nodes {
			... on Event { key } ... on Property { key } } } }`, vars{"q": words}).list("search", "nodes")
		require.True(t, slices.ContainsFunc(found, func(v value) bool { return v.text("key") == key }), "%s: %v", words, found)
	}
	data := c.must(t, `{ event(app: "demo-shop", key: "pay_success") {
		synonyms warehouseTable consumers { kind name contact } incidents { title treatment terminals startedAt endedAt }
		properties(first: 100) { nodes { warehouseColumn property { key } } } } }`, nil).at("event")
	require.NotEmpty(t, data.text("warehouseTable"))
	require.NotEmpty(t, data.list("synonyms"))
	require.GreaterOrEqual(t, len(data.list("consumers")), 3)
	require.Len(t, data.list("incidents"), 2, "its own, and that of the app")
	columns := map[string]string{}
	for _, p := range data.list("properties", "nodes") {
		columns[p.text("property", "key")] = p.text("warehouseColumn")
	}
	require.Equal(t, "pay_amt", columns["order_amount"], "the event says another column than the property")
	require.Equal(t, "pay_channel_code", columns["payment_method"])
}

// requireDevices waits until the simulated devices of all four terminals have reported to an environment, and something
// was wrong with some of it.
func requireDevices(t *testing.T, c *client, environment string) {
	t.Helper()
	eventually(t, "devices of all terminals report to "+environment+", some of them wrongly", func() bool {
		events := c.must(t, `query($e: String!) { capturedEvents(app: "demo-shop", environment: $e, first: 200) { nodes {
			terminal verdict violations { code severity property expected actual } } } }`, vars{"e": environment}).list("capturedEvents", "nodes")
		terminals, verdicts := map[string]bool{}, map[string]int{}
		for _, e := range events {
			terminals[e.text("terminal")] = true
			verdicts[e.text("verdict")]++
			for _, v := range e.list("violations") {
				require.NotEmpty(t, v.text("code"))
				require.NotEmpty(t, v.text("severity"))
			}
		}
		return terminals["ios"] && terminals["android"] && terminals["web"] && terminals["mini"] &&
			verdicts["INVALID"] > 0 && verdicts["VALID"] > verdicts["INVALID"]+verdicts["UNPLANNED"]
	})
}

// demoEvent is the captured event with a message id; null where there is none yet.
func (c *client) demoEvent(t *testing.T, environment, messageID string) value {
	t.Helper()
	page := c.must(t, `query($e: String!, $text: String!) { capturedEvents(app: "demo-shop", environment: $e, first: 1, filter: {text: $text}) {
		nodes { name verdict messageId library userId violations { code severity property expected actual } } } }`, vars{"e": environment, "text": messageID})
	return page.at("capturedEvents", "nodes", 0)
}

// requireSnippets runs what the demo prints, as it stands there.
func requireSnippets(t *testing.T, s *server, bot *client) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	watching, err := os.Create(filepath.Join(t.TempDir(), "seen"))
	require.NoError(t, err)
	defer func() { require.NoError(t, watching.Close()) }()
	watcher := exec.CommandContext(ctx, "bash", "-c", "exec "+strings.TrimSpace(snippet(t, s, "curl -N")))
	watcher.Stdout = watching
	require.NoError(t, watcher.Start())
	defer func() {
		_ = watcher.Process.Kill()
		_ = watcher.Wait() // Killed.
	}()
	awaitViewers(t, s, 1)

	output, err := exec.CommandContext(ctx, "bash", "-c", snippet(t, s, "curl -u")).Output()
	require.NoError(t, err)
	require.JSONEq(t, `{"success":true}`, string(output))
	requireFree(t, bot, "hello-1")
	eventually(t, "the other snippet shows it", func() bool {
		seen, err := os.ReadFile(watching.Name())
		require.NoError(t, err)
		return strings.Contains(string(seen), `{"name":"pay_success","verdict":"INVALID","violations":[{"code":"type_mismatch","property":"order_amount"}`)
	})

	script := exec.CommandContext(ctx, "node", "--input-type=commonjs", "-e", snippet(t, s, "const {"))
	output, err = script.CombinedOutput()
	require.NoError(t, err, "%s", output)
	requireFree(t, bot, "@segment/analytics-node")
}

// requireFree waits for the event that the snippets send, found by a text in it: a price that is none.
func requireFree(t *testing.T, bot *client, text string) {
	t.Helper()
	var e value
	eventually(t, "the snippet's event has come", func() bool {
		e = bot.demoEvent(t, "test", text)
		return e.v != nil
	})
	require.Equal(t, "pay_success", e.text("name"))
	require.Equal(t, "u1", e.text("userId"))
	require.Equal(t, "INVALID", e.text("verdict"))
	for _, v := range e.list("violations") {
		if v.text("property") == "order_amount" {
			require.Equal(t, []string{"type_mismatch", "ERROR", "number", `"free"`},
				[]string{v.text("code"), v.text("severity"), v.text("expected"), v.text("actual")})
			return
		}
	}
	require.FailNow(t, "the violation is missing", "%v", e)
}

// snippet is what the server has printed from a line that begins with a text up to the next empty line.
func snippet(t *testing.T, s *server, begins string) string {
	t.Helper()
	_, text, found := strings.Cut(s.printed(), "\n  "+begins)
	require.True(t, found, s.printed())
	text, _, _ = strings.Cut(text, "\n\n")
	return begins + text
}

// TestDemoStaysOnThisMachine: its passwords are known to everybody.
func TestDemoStaysOnThisMachine(t *testing.T) {
	t.Parallel()
	for _, words := range [][]string{
		{"--addr", "0.0.0.0:0"}, {"--addr", ":0"}, {"--addr", "[::]:0"}, {"--addr", "192.0.2.1:0"}, {"--addr", "127.0.0.1:0", "--collect-addr", "0.0.0.0:0"},
	} {
		dir := filepath.Join(t.TempDir(), "data")
		output, err := waymark(t, nil, append([]string{"serve", "--demo", "--data-dir", dir}, words...)...)
		require.Error(t, err, words)
		require.Contains(t, output, words[len(words)-2], "it names the flag")
		require.Contains(t, output, "127.0.0.1")
		require.NoDirExists(t, dir, "nothing was made")
	}
	output, err := waymark(t, []string{"WAYMARK_ADDR=0.0.0.0:0"}, "serve", "--demo", "--data-dir", t.TempDir())
	require.Error(t, err)
	require.Contains(t, output, "WAYMARK_ADDR")
}
