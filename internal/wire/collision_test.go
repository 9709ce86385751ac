package wire_test

import (
	"encoding/base64"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestEachRecordingIsAnsweredByItsFormat: formats share paths, and none takes what is another's.
func TestEachRecordingIsAnsweredByItsFormat(t *testing.T) {
	t.Parallel()
	words := map[string]string{ // of the names of the recordings
		"segment": "segment", "rudder": "rudderstack", "posthog": "posthog", "amplitude": "amplitude", "mixpanel": "mixpanel",
		"sensors": "sensors", "thinkingdata": "thinkingdata", "snowplow": "snowplow", "cloudevents": "cloudevents", "ga4": "ga4",
		"otlp": "otlp", "waymark": "waymark", "umami": "umami", "plausible": "plausible", "matomo": "matomo",
	}
	files, err := filepath.Glob("testdata/recordings/*.txt")
	require.NoError(t, err)
	router := newRouter(t)
	for _, file := range files {
		rec := readRecording(t, file)
		if rec.method == http.MethodOptions {
			continue
		}
		want := ""
		for word, format := range words {
			if strings.Contains(filepath.Base(file), word) {
				want = format
			}
		}
		require.NotEmpty(t, want, file)
		got := serve(t, router, rec)
		require.True(t, strings.HasPrefix(got.Route, want+" "), "%s was served by %s", file, got.Route)
		require.Contains(t, []string{"wk_acceptance_0001", ""}, got.Key, file)
		require.Empty(t, got.Err, file)
	}
}

// TestSharedPaths: what decides where the path does not.
func TestSharedPaths(t *testing.T) {
	t.Parallel()
	data := func(text string) string { return "data=" + base64.StdEncoding.EncodeToString([]byte(text)) }
	const (
		posthogOld = `[{"event":"e","distinct_id":"u","properties":{"token":"k"}}]`
		either     = `{"event":"e","properties":{"token":"k","distinct_id":"u"}}`
		people     = `[{"$token":"k","$distinct_id":"u","$set":{"a":1}}]`
		batch      = `{"api_key":"k","batch":[{"event":"e","distinct_id":"u"}]}`
		events     = `{"api_key":"k","events":[{"event_type":"e","user_id":"user_1"}]}`
	)
	for _, c := range []struct{ method, target, body, format, answer string }{
		{"POST", "/batch", events, "amplitude", `{"code":200,`},
		{"POST", "/batch/", events, "amplitude", `{"code":200,`},
		{"POST", "/batch", string(zipped(events)), "amplitude", `{"code":200,`},
		{"POST", "/batch/", batch, "posthog", `{"status":"Ok"}`},
		{"POST", "/batch", string(zipped(batch)), "posthog", `{"status":"Ok"}`},
		{"POST", "/batch", `{"api_key":"k","events":[{`, "amplitude", `{"code":400,`},
		{"POST", "/batch", `{"api_key":"k","batch":[{`, "posthog", "failed to parse request"},
		{"POST", "/batch", ``, "posthog", "failed to parse request"},
		{"GET", "/batch?" + data(batch), "", "posthog", `{"status":"Ok"}`},
		{"POST", "/track", either, "mixpanel", "1"},
		{"POST", "/track/?verbose=1", data(either), "mixpanel", `{"status":1,"error":null}`},
		{"GET", "/track/?" + data(either), "", "mixpanel", "1"},
		{"POST", "/track", posthogOld, "posthog", `{"status":"Ok"}`},
		{"POST", "/track/", data(posthogOld), "posthog", `{"status":"Ok"}`},
		{"GET", "/track?" + data(batch), "", "posthog", `{"status":"Ok"}`},
		{"POST", "/track", batch, "posthog", `{"status":"Ok"}`},
		{"POST", "/track", `{broken`, "mixpanel", "0"},
		{"POST", "/engage", people, "mixpanel", "1"},
		{"GET", "/engage/?" + data(people), "", "mixpanel", "1"},
		{"POST", "/engage", `{"api_key":"k","distinct_id":"u","$set":{"a":1}}`, "posthog", `{"status":"Ok"}`},
		{"POST", "/import", either + "\n" + either, "mixpanel", `{"code":200,"num_records_imported":2,`},
		{"POST", "/v1/import", `{"batch":[{"type":"track","event":"e","userId":"u"}]}`, "segment", `{"success":true}`},
		{"POST", "/identify", `{"api_key":"k","identification":{"user_id":"user_1","user_properties":{}}}`, "amplitude", `{"code":200,`},
		{"POST", "/v1/identify", `{"type":"identify","userId":"u"}`, "segment", `{"success":true}`},
		{"POST", "/i/v0/e", posthogOld, "posthog", `{"status":"Ok"}`},
		{"POST", "/i/v1/analytics/events", batch, "posthog", `{"results":{}}`},
	} {
		got := serve(t, newRouter(t), recording{method: c.method, target: c.target, header: http.Header{}, body: c.body})
		require.True(t, strings.HasPrefix(got.Route, c.format+" "), "%s %s was served by %s", c.target, c.body, got.Route)
		require.True(t, strings.HasPrefix(got.Answer.Body, c.answer), "%s %s is answered %s", c.target, c.body, got.Answer.Body)
	}
}
