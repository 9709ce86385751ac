package e2e_test

import (
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestUpgrade starts from what binaries of the past left behind, killed in the middle of their work: the binary of today
// brings the database up to date, still says all that the old one said, and goes on from there. How the fixtures are made
// is in testdata/upgrade/README.md.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	folders, err := filepath.Glob(filepath.Join(upgradeData, "*", "sqlite.json.gz"))
	require.NoError(t, err)
	require.NotEmpty(t, folders)
	for _, file := range folders {
		for _, database := range []string{"sqlite", "postgres"} {
			folder := filepath.Base(filepath.Dir(file))
			t.Run(folder+" "+database, func(t *testing.T) { t.Parallel(); upgrade(t, readFixture(t, folder, database)) })
		}
	}
}

func upgrade(t *testing.T, f *fixture) {
	t.Helper()
	s := f.revive(t)
	s.migrate(t)
	s.start(t)
	i := f.inquirer(s)
	i.awaitCaptured(t, f)
	requireAnswers(t, f, i)
	requireReported(t, f, i)
	requireCredentials(t, f, s)
	requireCollecting(t, f, i)
	requirePlanning(t, i)
	for _, name := range []string{"waymark_writer_gaps_total", "waymark_writer_lost_groups_total", "waymark_writer_damaged_total"} {
		require.Zero(t, s.metric(t, name), name)
	}
	environments := environmentIDs(t, i.as(t, adminEmail))
	s.stop(t)
	requireCounters(t, f.Counters, s.counters(t, environments))
}

// requireAnswers: what the old binary said is still said.
func requireAnswers(t *testing.T, f *fixture, i *inquirer) {
	t.Helper()
	var lines []string
	for _, a := range f.Answers {
		for _, line := range missing("", a.Data.v, i.ask(t, a.question).v) {
			lines = append(lines, a.Document+" "+line)
		}
	}
	if len(lines) > 0 {
		require.FailNow(t, "the upgrade has lost or changed something", "%d differences\n%s", len(lines),
			strings.Join(lines[:min(len(lines), 50)], "\n"))
	}
}

// requireReported: every record that the old binary has answered with success is there, once.
func requireReported(t *testing.T, f *fixture, i *inquirer) {
	t.Helper()
	for _, e := range f.environments() {
		captured := i.ask(t, question{"captured_ids", adminEmail, vars{"app": e[0], "environment": e[1]}})
		var ids []string
		for _, c := range captured.list("capturedEvents", "nodes") {
			ids = append(ids, c.text("messageId"))
		}
		require.ElementsMatch(t, f.Reported[e[0]+" "+e[1]], ids, e)
	}
}

// requireCredentials: who was refused still is; the questions have shown that the others are not.
func requireCredentials(t *testing.T, f *fixture, s *server) {
	t.Helper()
	require.Equal(t, "wrong_credentials", s.nobody(t).signIn(t, leaverEmail).reason())
	require.Equal(t, "UNAUTHENTICATED", s.nobody(t).with(f.Tokens["gone"]).ask(t, `{ apps { totalCount } }`, nil).code())
	refused := post(t, s.URL+"/v1/batch", writeKey("mall gone"), `{"batch": []}`)
	require.Equal(t, http.StatusUnauthorized, refused.status, refused.body)
}

// requireCollecting: every old write key takes records, the old drafts judge them as they did, and counters go on from
// where they were.
func requireCollecting(t *testing.T, f *fixture, i *inquirer) {
	t.Helper()
	admin := i.as(t, adminEmail)
	before := statistics(t, admin)
	f.eachSource(func(name string, _ source) { f.send(t, i.server, name, newVersion) })
	for _, e := range f.environments() {
		old := judged(t, admin, e, midVersion)
		require.NotEmpty(t, old)
		eventually(t, "all records are in the database", func() bool { return len(judged(t, admin, e, newVersion)) >= len(old) })
		now := judged(t, admin, e, newVersion)
		mask(old)
		require.Equal(t, old, now, e)
		for _, c := range now {
			of := c["eventKey"]
			if of == nil {
				continue
			}
			n := before[[3]any{e[0], e[1], of}]
			require.NotZero(t, n[0])
			n[0]++
			if c["verdict"] == "INVALID" {
				n[1]++
			}
			before[[3]any{e[0], e[1], of}] = n
		}
	}
	require.Equal(t, before, statistics(t, admin))
}

// judged is how the records of an app version in an environment were judged, by the records' ids without the version.
func judged(t *testing.T, c *client, environment [2]string, version string) map[string]map[string]any {
	t.Helper()
	list := c.must(t, `query($app: String!, $environment: String!, $version: String!) {
		capturedEvents(app: $app, environment: $environment, first: 200, filter: {appVersions: [$version]}) { nodes {
			messageId name type eventKey terminal verdict violations { code severity property expected actual } notes } } }`,
		vars{"app": environment[0], "environment": environment[1], "version": version}).list("capturedEvents", "nodes")
	found := map[string]map[string]any{}
	for _, e := range list {
		id := strings.Replace(e.text("messageId"), version, "", 1)
		require.NotContains(t, found, id)
		found[id] = e.members()
		delete(found[id], "messageId")
	}
	return found
}

// mask hides what violations quote of personal properties, as programs do that came after the old one.
func mask(judged map[string]map[string]any) {
	for _, e := range judged {
		violations, _ := e["violations"].([]any)
		for _, v := range violations {
			if v, _ := v.(map[string]any); v["property"] == "phone" {
				v["actual"] = "(masked)"
			}
		}
	}
}

// statistics are how many of each event were seen, and how many of them were invalid, by app, environment and event.
func statistics(t *testing.T, c *client) map[[3]any][2]float64 {
	t.Helper()
	counted := map[[3]any][2]float64{}
	for _, e := range c.must(t, `{ events(first: 100) { nodes { key app { key } statistics { environment { key } count invalidCount } } } }`, nil).
		list("events", "nodes") {
		for _, s := range e.list("statistics") {
			counted[[3]any{e.text("app", "key"), s.text("environment", "key"), e.text("key")}] = [2]float64{s.number("count"), s.number("invalidCount")}
		}
	}
	return counted
}

// requirePlanning: what the old binary has begun can be gone on with.
func requirePlanning(t *testing.T, i *inquirer) {
	t.Helper()
	robot := i.as(t, "robot")
	made := robot.must(t, `mutation { createBatch(input: {app: "mall", title: "升级之后"}) { batch { number } } }`, nil)
	require.Equal(t, "MALL-0006", made.text("createBatch", "batch", "number"), "no number is used twice")

	const newest = `id hash revision { id number batch { number } base { id } }`
	old := robot.must(t, `{ event(app: "mall", key: "searched") { `+newest+` } }`, nil).at("event")
	change := func(old value, batch any) value {
		return robot.must(t, `mutation($id: ID!, $batch: String, $hash: String) { updateEvent(input: {id: $id, batch: $batch, expectedHash: $hash,
			module: "升级之后"}) { event { `+newest+` } } }`, vars{"id": old.text("id"), "batch": batch, "hash": old.text("hash")}).at("updateEvent", "event")
	}
	edited := change(old, nil)
	require.NotEqual(t, old.text("hash"), edited.text("hash"))
	require.Equal(t, old.at("revision"), edited.at("revision"), "the newest draft is edited in place")
	next := change(edited, "MALL-0004")
	require.Equal(t, old.number("revision", "number")+1, next.number("revision", "number"))
	require.Equal(t, old.text("revision", "id"), next.text("revision", "base", "id"))
	require.Equal(t, "MALL-0004", next.text("revision", "batch", "number"))
}

// environmentIDs are those of all environments.
func environmentIDs(t *testing.T, c *client) (ids []string) {
	t.Helper()
	for _, app := range c.must(t, `{ apps(first: 50) { nodes { environments { id } } } }`, nil).list("apps", "nodes") {
		for _, e := range app.list("environments") {
			ids = append(ids, e.text("id"))
		}
	}
	return ids
}

// requireCounters: the figures per hour of what came before the upgrade are as they were; the others are of what came after.
func requireCounters(t *testing.T, old, now []string) {
	t.Helper()
	require.Subset(t, now, old)
	for _, line := range now {
		require.True(t, slices.Contains(old, line) || strings.Contains(line, quoted(newVersion)), line)
	}
}
