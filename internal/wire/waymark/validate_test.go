package waymark_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

func TestNothingThatIsValidatedIsKept(t *testing.T) {
	t.Parallel()
	route, r := call(t, "/v1/validate", `{}`)
	require.True(t, route.DryRun(r))
	route, _ = call(t, "/v1/events", `{}`)
	require.Nil(t, route.DryRun)
}

func TestPayloadsOfOtherFormatsAreValidated(t *testing.T) {
	t.Parallel()
	const message = `{"writeKey":"k","type":"track","event":"a","userId":"u","properties":{"n":1}}`
	for _, c := range []struct{ query, body, format, key string }{
		{"", `{"event":"a","writeKey":"k"}`, "waymark", "k"},
		{"?format=waymark", `[{"event":"a"}]`, "waymark", ""},
		{"?format=waymark&key=q", `[{"event":"a"}]`, "waymark", "q"},
		{"?format=segment", `{"batch":[` + message + `]}`, "segment", "k"},
		{"?format=segment&key=q", `{"batch":[` + message + `]}`, "segment", "q"},
		{"?format=segment&writeKey=q", `{"batch":[` + message + `]}`, "segment", "q"},
		{"?format=segment&path=/v1/identify", `{"writeKey":"k","userId":"u","traits":{}}`, "segment", "k"},
		{"?format=segment&path=/v1/identify/", `{"writeKey":"k","userId":"u","traits":{}}`, "segment", "k"},
		{"?format=rudderstack", `{"batch":[` + message + `]}`, "rudderstack", "k"},
		{"?format=rudderstack", `[{"type":"track","event":"a","originalTimestamp":null}]`, "rudderstack", ""},
	} {
		route, r := call(t, "/v1/validate"+c.query, c.body)
		require.Equal(t, c.key, route.WriteKey(r), c.query)
		var d wire.Decoded
		require.NoError(t, route.Decode(r, &d), c.query)
		require.Len(t, d.Events, 1)
		require.Equal(t, c.format, d.Events[0].Format)
		if strings.Contains(c.query, "identify") {
			require.Equal(t, capture.Identify, d.Events[0].Type)
		}
	}
	for query, reason := range map[string]string{
		"?format=urchin":                       `there is no format "urchin" to validate; there are`,
		"?format=segment&path=/elsewhere":      `no events are posted to "/elsewhere" in the format segment`,
		"?format=segment&path=/v1/m":           `no events are posted to "/v1/m" in the format segment`,
		"?format=segment&path=/v1/pixel/track": `no events are posted to "/v1/pixel/track" in the format segment`,
		"?format=segment&path=":                `no events are posted to "" in the format segment`,
		"?format=segment":                      `the body has no batch`,
	} {
		route, r := call(t, "/v1/validate"+query, `{}`)
		require.Empty(t, route.WriteKey(r))
		err := route.Decode(r, &wire.Decoded{})
		require.ErrorContains(t, err, reason)
		require.Equal(t, http.StatusBadRequest, route.Answer(r, wire.Refusal(err)).Status)
	}
}

func TestWhoKnowsNoOtherFormatStillFindsTheKey(t *testing.T) {
	t.Parallel()
	route, r := call(t, "/v1/validate?format=segment", `{broken`, "Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte("k:")))
	require.Equal(t, "k", route.WriteKey(r))
	route, r = call(t, "/v1/validate?format=urchin", `{}`, "X-Write-Key", "k")
	require.Equal(t, "k", route.WriteKey(r))
}

func TestVerdictsComeInTheOrderOfThePayload(t *testing.T) {
	t.Parallel()
	route, r := call(t, "/v1/validate", `[7,{"event":"<a>","x":1},{},{"event":"b"},"x",{"event":"c"},null]`)
	var d wire.Decoded
	require.NoError(t, route.Decode(r, &d))
	d.Events[0].Verdict, d.Events[0].EventKey = capture.Valid, "a"
	d.Events[1].Verdict, d.Events[1].EventKey = capture.Invalid, "b"
	d.Events[1].Violations = []capture.Violation{{Code: "type_mismatch", Severity: capture.Error, Property: "n", Expected: "number", Actual: `"五"`}}
	d.Events[2].Verdict = capture.Unplanned
	a := route.Answer(r, wire.Outcome{Kind: wire.Accepted, Decoded: &d})
	require.Equal(t, wire.JSON(200, a.Body), a)
	const unreadable = `"event":null,"verdict":"INVALID","violations":[{"code":"record_unreadable","severity":"ERROR","property":"","expected":`
	require.Contains(t, a.Body, "<a>")
	require.JSONEq(t, `{"valid":1,"invalid":5,"unplanned":1,"events":[`+
		`{"index":0,"name":"",`+unreadable+`"an event must be an object, not a number","actual":"7"}],"notes":[]},`+
		`{"index":1,"name":"<a>","event":"a","verdict":"VALID","violations":[],"notes":["x is no member of an event and was not read"]},`+
		`{"index":2,"name":"",`+unreadable+`"event, the name, is missing or empty","actual":"{}"}],"notes":[]},`+
		`{"index":3,"name":"b","event":"b","verdict":"INVALID","violations":[{"code":"type_mismatch","severity":"ERROR","property":"n","expected":"number","actual":"\"五\""}],"notes":[]},`+
		`{"index":4,"name":"",`+unreadable+`"an event must be an object, not a string","actual":"\"x\""}],"notes":[]},`+
		`{"index":5,"name":"c","event":null,"verdict":"UNPLANNED","violations":[],"notes":[]},`+
		`{"index":6,"name":"",`+unreadable+`"an event must be an object, not null","actual":"null"}],"notes":[]}]}`, a.Body)
	require.JSONEq(t, `{"valid":0,"invalid":0,"unplanned":0,"events":[]}`,
		route.Answer(r, wire.Outcome{Kind: wire.Accepted, Decoded: &wire.Decoded{}}).Body)
	require.Equal(t, http.StatusUnauthorized, route.Answer(r, wire.Outcome{Kind: wire.UnknownKey}).Status)
}

func TestAnAnswerIsBounded(t *testing.T) {
	t.Parallel()
	body := func(n int) string { return "[" + strings.Repeat(`{"event":"a"},`, n-1) + "7]" }
	route, r := call(t, "/v1/validate", body(1000))
	var d wire.Decoded
	require.NoError(t, route.Decode(r, &d))
	require.Len(t, d.Events, 999)
	var answer struct{ Events []json.RawMessage }
	require.NoError(t, json.Unmarshal([]byte(route.Answer(r, wire.Outcome{Kind: wire.Accepted, Decoded: &d}).Body), &answer))
	require.Len(t, answer.Events, 1000)
	route, r = call(t, "/v1/validate", body(1001))
	d.Reset()
	err := route.Decode(r, &d)
	require.EqualError(t, err, "1001 events; at most 1000 are validated at once")
	require.Equal(t, http.StatusRequestEntityTooLarge, route.Answer(r, wire.Refusal(err)).Status)
	require.Empty(t, d.Events)
}

// FuzzValidate puts bodies through the decoders of all formats by the paths that they are named by.
func FuzzValidate(f *testing.F) {
	f.Add("waymark", "", []byte(`{"events":[{"event":"a","type":7,"time":1,"os":null,"device":{"model":{}},"x":1},7,{"type":"page"}]}`))
	f.Add("segment", "/v1/t", []byte(`{"event":7,"userId":[],"properties":"x"}`))
	f.Add("rudderstack", "/beacon/v1/batch", []byte("{\"batch\":[{\"event\":\"\xed\xa0\xbc\xed\xbd\x8e\"},NaN]}"))
	f.Fuzz(func(t *testing.T, format, path string, body []byte) {
		if bytes.HasPrefix(body, []byte("\x1f\x8b")) { // unpacking has tests of its own
			return
		}
		query := url.Values{"format": {format}}
		if path != "" {
			query.Set("path", path)
		}
		route, r := call(t, "/v1/validate?"+query.Encode(), string(body))
		route.WriteKey(r)
		var d wire.Decoded
		outcome := wire.Outcome{Kind: wire.Accepted, Decoded: &d}
		if err := route.Decode(r, &d); err != nil {
			outcome = wire.Refusal(err)
		}
		require.True(t, json.Valid([]byte(route.Answer(r, outcome).Body)))
	})
}
