package wire_test

import (
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/wire"
)

// FuzzBuilt puts requests through the formats that make the text of their records anew: nothing panics, every event is as
// it should be, and the tape of the new text is what reading it gives. typ is the header that tells a kind of message.
func FuzzBuilt(f *testing.F) {
	files, err := filepath.Glob("testdata/recordings/*.txt")
	require.NoError(f, err)
	for _, file := range files {
		rec := readRecording(f, file)
		if rec.method != http.MethodOptions {
			f.Add(rec.method == http.MethodGet, rec.target, rec.header.Get("Ce-Type"), []byte(rec.body))
		}
	}
	const tp2 = "/com.acme/tp2"
	f.Add(false, tp2, "", []byte("{\"data\":[7,{\"e\":\"ue\",\"ue_px\":\"!\",\"co\":\"[NaN,\\\"\xed\xa0\xbc\xed\xbd\x8e\\\"]\"},{\"e\":\"se\",\"se_va\":\"1e400\",\"se_ca\":[]},{\"e\":\"ue\",\"ue_pr\":{\"data\":{}}}]}"))
	f.Add(false, "/cloudevents", "", []byte(`[{"data_base64":"e30="},{"id":[],"data_base64":"!","specversion":7},7]`))
	f.Add(false, "/cloudevents", "a", []byte("{\"a\":NaN}"))
	f.Add(false, "/debug/mp/collect?api_secret=k", "", []byte(`{"user_properties":{"a":{"value":1},"b":7,"c":{}},"events":[7,{"name":[]},{"name":"_x","params":{"a":[],"a":1}}]}`))
	f.Add(false, "/v1/logs", "", []byte(`{"resourceLogs":[7,{"scopeLogs":[{"logRecords":[{"eventName":"e","attributes":[{"key":"a","value":{"arrayValue":{"values":[{"kvlistValue":{"values":[]}},{"doubleValue":"NaN"},{}]}}},{"key":7}]},{}]}]}]}`))
	f.Add(false, "/api/send", "", []byte(`[{"type":7,"payload":{"name":[],"data":7}},{"payload":{}},7]`))
	f.Add(false, "/api/event", "", []byte(`{"n":7,"p":"{\"a\":NaN}","m":"{","d":"k"}`))
	f.Add(false, "/matomo.php?idsite=k", "", []byte(`{"requests":["?e_c=%FF&cvar=%7B%221%22%3A%5B%22a%22%2C1%5D%7D&ec_items=%5B%5D&e_v=1e5",{"cvar":{"1":["a"]}},7]}`))
	f.Add(false, "/piwik.php", "", []byte("e_c=a&e_v=01&cvar=%7B&%00=%00"))
	f.Add(true, "/i?e=se&se_va=1&se_ca=%FF%00&ue_px=W10&cx=%7B%7D&e=pv", "", []byte(""))
	router := newRouter(f)
	f.Fuzz(func(t *testing.T, get bool, target, typ string, body []byte) {
		rec := recording{method: http.MethodPost, target: target, header: http.Header{}, body: string(body)}
		if get {
			rec.method = http.MethodGet
		}
		if typ != "" {
			rec.header.Set("Ce-Type", typ)
			rec.header.Set("Content-Type", typ)
		}
		u, err := url.ParseRequestURI(target)
		if err != nil {
			return
		}
		match, ok := router.Match(rec.method, u.Path)
		if !ok || len(match.Routes) == 0 {
			return
		}
		got := serve(t, router, rec)
		require.LessOrEqual(t, len(got.Events), wire.MaxEvents)
		if got.Err == "" {
			require.Equal(t, 2, got.Answer.Status/100)
		}
		requireLaw(t, match, u, rec)
	})
}

// requireLaw holds the law of what Build makes, where the format of a request needs it.
func requireLaw(t *testing.T, match wire.Match, u *url.URL, rec recording) {
	t.Helper()
	r := &wire.Request{Method: rec.method, Path: u.Path, Query: u.RawQuery, Param: match.Param, Header: rec.header}
	if r.ReadBody(strings.NewReader(rec.body), -1, wire.DefaultLimits(), nil) != nil {
		return
	}
	route := match.Pick(r)
	var d wire.Decoded
	if route == nil || route.Decode == nil || route.Decode(r, &d) != nil {
		return
	}
	none := func(*wire.Builder) error { return nil }
	if tape, err := r.Build(none); err == nil && len(tape) > 0 {
		requireBuilt(t, r, tape)
	}
}
