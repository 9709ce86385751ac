package wire_test

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"flag"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
	"github.com/waymarkhq/waymark/internal/wire/formats"
)

var update = flag.Bool("update", false, "write the golden files anew")

var receivedAt = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

func newRouter(t require.TestingT) *wire.Router {
	router, err := wire.NewRouter(formats.All()...)
	require.NoError(t, err)
	return router
}

// recording is one request of a real SDK: request line, headers, an empty line, the body (base64 where it is binary), and
// then, behind a line of its own, what a person may read instead.
type recording struct {
	method, target string
	header         http.Header
	body           string
}

func readRecording(t require.TestingT, file string) recording {
	data, err := os.ReadFile(file)
	require.NoError(t, err)
	text, _, ok := strings.Cut(string(data), "\n=== decoded")
	require.True(t, ok)
	head, body, ok := strings.Cut(text, "\n\n")
	require.True(t, ok)
	lines := bufio.NewScanner(strings.NewReader(head))
	require.True(t, lines.Scan())
	first := strings.Fields(lines.Text())
	r := recording{method: first[0], target: first[1], header: http.Header{}, body: strings.TrimSuffix(body, "\n")}
	for lines.Scan() {
		name, value, ok := strings.Cut(lines.Text(), ": ")
		require.True(t, ok, lines.Text())
		r.header.Add(name, value)
	}
	if rest, binary := strings.CutPrefix(r.body, "<<binary "); binary {
		_, encoded, _ := strings.Cut(rest, "\n")
		decoded, err := base64.StdEncoding.DecodeString(strings.TrimSpace(encoded))
		require.NoError(t, err)
		r.body = string(decoded)
	}
	return r
}

// served is what a request came to.
type served struct {
	Route, Key string
	Deaf       bool `json:",omitempty"`
	DryRun     bool `json:",omitempty"`
	Err        string
	Events     []event          `json:",omitempty"`
	Rejected   []wire.Rejection `json:",omitempty"`
	Answer     wire.Answer
}

// event is a captured event with its properties in sight.
type event struct {
	capture.Captured
	PropertiesText string
}

// serve does what a collector does, up to the checking.
func serve(t require.TestingT, router *wire.Router, rec recording) served {
	target, err := url.ParseRequestURI(rec.target)
	require.NoError(t, err)
	match, ok := router.Match(rec.method, target.Path)
	require.True(t, ok, "%s is not served", target.Path)
	req := &wire.Request{
		Method: rec.method, Path: target.Path, Query: target.RawQuery, Param: match.Param, Header: rec.header,
		RemoteIP: "203.0.113.7", ReceivedAt: receivedAt,
	}
	var d wire.Decoded
	outcome := wire.Outcome{Kind: wire.Accepted, Decoded: &d}
	bodyErr := req.ReadBody(strings.NewReader(rec.body), int64(len(rec.body)), wire.DefaultLimits(), nil)
	route := match.Pick(req)
	require.NotNil(t, route)
	got := served{Route: route.Format + " " + route.Method + " " + route.Path, Deaf: route.Deaf}
	if route.WriteKey != nil {
		got.Key = route.WriteKey(req)
	}
	if route.DryRun != nil {
		got.DryRun = route.DryRun(req)
	}
	if bodyErr == nil && route.Task == wire.Collect {
		bodyErr = route.Decode(req, &d)
	}
	if bodyErr != nil {
		got.Err, outcome = bodyErr.Error(), wire.Refusal(bodyErr)
	}
	for _, c := range d.Events {
		checkEvent(t, &c)
		e := event{Captured: c, PropertiesText: c.PropertiesJSON()}
		e.Properties = nil
		got.Events = append(got.Events, e)
	}
	got.Rejected = d.Rejected
	got.Answer = route.Answer(req, outcome)
	return got
}

// checkEvent holds what is true of every decoded event.
func checkEvent(t require.TestingT, c *capture.Captured) {
	require.True(t, json.Valid([]byte(c.Raw)), c.Raw)
	require.NotZero(t, c.Type)
	require.NotEmpty(t, c.Format)
	require.True(t, c.Name != "" || c.Type == capture.Track)
	tape, err := capture.Parse(nil, c.Raw)
	require.NoError(t, err)
	require.Equal(t, capture.ObjectKind, tape[0].Kind)
	if text := c.PropertiesJSON(); text != "" {
		tape, err = capture.Parse(nil, text)
		require.NoError(t, err)
		require.Equal(t, capture.ObjectKind, tape[0].Kind)
		require.Len(t, c.Properties, len(tape)-1)
	} else {
		require.Empty(t, c.Properties)
	}
}

// withoutZeros leaves out what is empty, so that a golden file shows what was found.
func withoutZeros(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for name, m := range v {
			switch m = withoutZeros(m); m {
			case nil, "", 0.0, false, "0001-01-01T00:00:00Z":
				delete(v, name)
			default:
				v[name] = m
			}
		}
		if len(v) == 0 {
			return nil
		}
	case []any:
		for i := range v {
			v[i] = withoutZeros(v[i])
		}
	}
	return v
}

func golden(t *testing.T, name string, got any) {
	t.Helper()
	data, err := json.Marshal(got)
	require.NoError(t, err)
	var tree any
	require.NoError(t, json.Unmarshal(data, &tree))
	data, err = json.MarshalIndent(withoutZeros(tree), "", " ")
	require.NoError(t, err)
	file := filepath.Join("testdata", "golden", name+".json")
	if *update {
		require.NoError(t, os.WriteFile(file, append(data, '\n'), 0o644))
	}
	want, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, string(want), string(data)+"\n")
}

func TestRecordings(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/recordings/*.txt")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rec := readRecording(t, file)
			if rec.method == http.MethodOptions {
				answer := http.Header{}
				require.True(t, wire.CORS(answer, rec.method, rec.header))
				golden(t, name, answer)
				return
			}
			golden(t, name, serve(t, newRouter(t), rec))
		})
	}
}
