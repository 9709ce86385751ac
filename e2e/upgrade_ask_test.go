package e2e_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/store"
)

// question is a document in testdata/upgrade/documents, asked by somebody: a person's address, or the name of a token.
type question struct {
	Document  string
	By        string
	Variables vars `json:",omitempty"`
}

// questions are what it answers, but for the one about all ids in the answers.
func (f *fixture) questions() []question {
	var list []question
	ask := func(document string, v vars) { list = append(list, question{document, adminEmail, v}) }
	for _, document := range []string{"tokens", "apps", "batches", "users", "value_sets", "monitor"} {
		ask(document, nil)
	}
	ask("properties", nil)
	for _, app := range []string{"mall", "desk"} {
		v := vars{"app": app}
		for _, document := range []string{"events", "event_revisions", "statistics", "monitor", "properties"} {
			ask(document, v)
		}
		ask("filters", vars{"app": app, "batch": strings.ToUpper(app) + "-0002"})
	}
	for _, words := range []string{"订单", "支付", "会员 0002", "price", "element_click", "人民币", "商城"} {
		ask("search", vars{"query": words})
		ask("search", vars{"query": words, "app": "mall", "types": []string{"EVENT", "PROPERTY"}})
	}
	for _, e := range f.environments() {
		ask("captured", vars{"app": e[0], "environment": e[1]})
	}
	for _, filter := range []vars{
		{"verdicts": []string{"INVALID"}},
		{"verdicts": []string{"UNPLANNED"}, "terminals": []string{"web"}},
		{"violationCodes": []string{"pattern_mismatch"}},
		{"appVersions": []string{"8.6.0"}},
		{"text": "杭州"},
		{"eventKeys": []string{"order_paid"}},
		{"deviceIds": []string{"dev-ios"}},
		{"userIds": []string{"user-3"}},
	} {
		ask("captured_ids", vars{"app": "mall", "environment": "test", "filter": filter})
	}
	for _, who := range []string{adminEmail, editorEmail, reviewerEmail, developerEmail, "robot", "viewer"} {
		list = append(list, question{Document: "viewer", By: who})
	}
	return list
}

// environments are those that its devices report to, with their apps.
func (f *fixture) environments() (list [][2]string) {
	f.eachSource(func(_ string, s source) { list = append(list, [2]string{s.App, s.Environment}) })
	slices.SortFunc(list, func(a, b [2]string) int { return slices.Compare(a[:], b[:]) })
	return slices.Compact(list)
}

// person is somebody with the administrator's password, signed in.
func (s *server) person(t *testing.T, email string) *client {
	t.Helper()
	c := s.nobody(t)
	require.Empty(t, c.signIn(t, email).Errors, email)
	return c
}

func (c *client) signIn(t *testing.T, email string) answer {
	t.Helper()
	return c.ask(t, `mutation($email: String!, $password: String!) { signIn(input: {email: $email, password: $password}) { viewer { isToken } } }`,
		vars{"email": email, "password": adminPassword})
}

// inquirer asks a server the questions of a fixture.
type inquirer struct {
	server  *server
	tokens  map[string]string
	clients map[string]*client
}

func (f *fixture) inquirer(s *server) *inquirer {
	return &inquirer{server: s, tokens: f.Tokens, clients: map[string]*client{}}
}

// as is a client of somebody: a person's address, or the name of a token.
func (i *inquirer) as(t *testing.T, who string) *client {
	t.Helper()
	if i.clients[who] == nil {
		if strings.Contains(who, "@") {
			i.clients[who] = i.server.person(t, who)
		} else {
			i.clients[who] = i.server.nobody(t).with(i.tokens[who])
		}
	}
	return i.clients[who]
}

func (i *inquirer) ask(t *testing.T, q question) value {
	t.Helper()
	document, err := os.ReadFile(filepath.Join(upgradeData, "documents", q.Document+".graphql"))
	require.NoError(t, err)
	a := i.as(t, q.By).ask(t, string(document), q.Variables)
	require.Empty(t, a.Errors, "%+v", q)
	return a.Data
}

// awaitCaptured waits until everything that a fixture's devices have reported is in the database.
func (i *inquirer) awaitCaptured(t *testing.T, f *fixture) {
	t.Helper()
	eventually(t, "what is in the stream comes into the database", func() bool {
		a := i.as(t, adminEmail).ask(t, `query($text: String!) { capturedEvents(app: "mall", environment: "test", first: 200, filter: {text: $text}) {
			nodes { messageId } } }`, vars{"text": f.Late})
		return a.Data.text("capturedEvents", "nodes", 0, "messageId") == f.Late
	})
	eventually(t, "all of it", func() bool { return i.server.metric(t, "waymark_writer_lag_groups") == 0 })
}

// counters are a database's figures per hour, as text, while no server is on it.
func (s *server) counters(t *testing.T, environments []string) []string {
	t.Helper()
	db, err := store.Open(t.Context(), s.options())
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	counted, err := db.CaptureCounters(t.Context(), environments, time.Unix(0, 0), time.Now().Add(24*time.Hour))
	require.NoError(t, err)
	var lines []string
	for key, n := range counted {
		lines = append(lines, fmt.Sprintf("%s, hour %d, terminal %q, event %q %q, version %q, verdict %d, code %q: %d", key.EnvironmentID,
			key.Hour, key.Terminal, key.EventID, key.Name, key.AppVersion, key.Verdict, key.Code, n))
	}
	slices.Sort(lines)
	return lines
}

// ids are those of all objects in a piece of JSON.
func (v value) ids(found map[string]bool) {
	switch v := v.v.(type) {
	case map[string]any:
		if id, ok := v["id"].(string); ok {
			found[id] = true
		}
		for _, member := range v {
			value{member}.ids(found)
		}
	case []any:
		for _, item := range v {
			value{item}.ids(found)
		}
	}
}

// aboutIDs asks for the nodes with the ids in the answers, as many at a time as the API gives.
func aboutIDs(answers []answered) (list []question) {
	found := map[string]bool{}
	for _, a := range answers {
		a.Data.ids(found)
	}
	for ids := range slices.Chunk(slices.Sorted(maps.Keys(found)), 200) {
		list = append(list, question{"nodes", adminEmail, vars{"ids": ids}})
	}
	return list
}

// growing are lists that may have got more items, in any place: those that count something else in each.
var growing = map[string]bool{"monitor.batches": true}

// unordered are members whose items stand in no particular order.
var unordered = map[string]bool{"roles": true}

// missing says where a new answer does not say what the old one said, one line each. Objects may have more members.
func missing(at string, old, now any) []string {
	switch old := old.(type) {
	case map[string]any:
		now, ok := now.(map[string]any)
		if !ok {
			break
		}
		var lines []string
		for _, name := range slices.Sorted(maps.Keys(old)) {
			was, is := old[name], now[name]
			if unordered[name] {
				was, is = sorted(was), sorted(is)
			}
			lines = append(lines, missing(strings.TrimPrefix(at+"."+name, "."), was, is)...)
		}
		return lines
	case []any:
		now, ok := now.([]any)
		if !ok {
			break
		}
		if growing[at] {
			now = slices.DeleteFunc(slices.Clone(now), func(n any) bool {
				return !slices.ContainsFunc(old, func(o any) bool { return len(missing(at, o, n)) == 0 })
			})
		}
		if len(now) != len(old) {
			return []string{fmt.Sprintf("%s: had %d items, has %d", at, len(old), len(now))}
		}
		var lines []string
		for i := range old {
			lines = append(lines, missing(at+"["+strconv.Itoa(i)+"]", old[i], now[i])...)
		}
		return lines
	}
	if reflect.DeepEqual(old, now) {
		return nil
	}
	was, _ := json.Marshal(old)
	is, _ := json.Marshal(now)
	return []string{fmt.Sprintf("%s: was %.200s, is %.200s", at, was, is)}
}

// sorted is a list with its items ordered by their JSON; anything else is itself.
func sorted(v any) any {
	list, ok := v.([]any)
	if !ok {
		return v
	}
	text := func(v any) string {
		t, _ := json.Marshal(v)
		return string(t)
	}
	return slices.SortedFunc(slices.Values(list), func(a, b any) int { return strings.Compare(text(a), text(b)) })
}

func TestMissing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ old, now, missing string }{
		{`{"a": [1, {"b": null}]}`, `{"a": [1, {"b": null, "new": 2}], "new": true}`, ``},
		{`{"a": {"b": 1}}`, `{"a": {"b": 2}}`, `a.b: was 1, is 2`},
		{`{"a": {"b": 1}}`, `{"a": null}`, `a: was {"b":1}, is null`},
		{`{"a": [1]}`, `{"a": {}}`, `a: was [1], is {}`},
		{`{"a": [1, 2]}`, `{"a": [2, 1]}`, `a[0]: was 1, is 2; a[1]: was 2, is 1`},
		{`{"a": [1, 2]}`, `{"a": [1, 2, 3]}`, `a: had 2 items, has 3`},
		{`{"roles": [{"role": "A"}, {"role": "B"}]}`, `{"roles": [{"role": "B"}, {"role": "A"}]}`, ``},
		{`{"roles": ["A", "B"]}`, `{"roles": ["B", "C"]}`, `roles[0]: was "A", is "B"; roles[1]: was "B", is "C"`},
		{`{"monitor": {"batches": [{"n": 1}]}}`, `{"monitor": {"batches": [{"n": 0}, {"n": 1}]}}`, ``},
		{`{"monitor": {"batches": [{"n": 1}]}}`, `{"monitor": {"batches": [{"n": 0}]}}`, `monitor.batches: had 1 items, has 0`},
	} {
		var old, now any
		require.NoError(t, json.Unmarshal([]byte(c.old), &old))
		require.NoError(t, json.Unmarshal([]byte(c.now), &now))
		require.Equal(t, c.missing, strings.Join(missing("", old, now), "; "), "%s %s", c.old, c.now)
	}
}
