package mixpanel_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
	"github.com/waymarkhq/waymark/internal/wire/mixpanel"
)

var receivedAt = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// call finds the route of a request and prepares the request for it.
func call(t *testing.T, method, target, body string, header http.Header) (*wire.Route, *wire.Request) {
	t.Helper()
	router, err := wire.NewRouter(mixpanel.Format())
	require.NoError(t, err)
	u, err := url.ParseRequestURI(target)
	require.NoError(t, err)
	match, ok := router.Match(method, u.Path)
	require.True(t, ok, target)
	r := &wire.Request{
		Method: method, Path: u.Path, Query: u.RawQuery, Header: header, RemoteIP: "203.0.113.7", ReceivedAt: receivedAt,
	}
	require.NoError(t, r.ReadBody(strings.NewReader(body), -1, wire.DefaultLimits(), nil))
	route := match.Pick(r)
	require.NotNil(t, route)
	return route, r
}

func decode(t *testing.T, target, body string) wire.Decoded {
	t.Helper()
	route, r := call(t, http.MethodPost, target, body, nil)
	var d wire.Decoded
	require.NoError(t, route.Decode(r, &d), body)
	return d
}

// one decodes a payload of one record that is accepted.
func one(t *testing.T, path, record string) capture.Captured {
	t.Helper()
	d := decode(t, path, "["+record+"]")
	require.Empty(t, d.Rejected)
	require.Len(t, d.Events, 1)
	require.Equal(t, record, d.Events[0].Raw)
	return d.Events[0]
}

const event = `{"event":"e","properties":{"token":"k","distinct_id":"u","x":"苹果 ?>~🍎","url":"a%2Fb+c"}}`

func TestEncodings(t *testing.T) {
	t.Parallel()
	encoded := base64.StdEncoding.EncodeToString([]byte(event))
	require.Contains(t, encoded, "+", "or there is nothing to unescape")
	for name, c := range map[string]struct{ method, target, body string }{
		"get":                 {"GET", "/track?data=" + url.QueryEscape(encoded) + "&ip=0", ""},
		"get, unescaped":      {"GET", "/track/?ip=0&data=" + encoded, ""},
		"form":                {"POST", "/track/", "data=" + url.QueryEscape(encoded)},
		"form, unescaped":     {"POST", "/import?verbose=1", "data=" + encoded},
		"form, second":        {"POST", "/track", "verbose=1&data=" + encoded + "&ip=1"},
		"form with JSON":      {"POST", "/track", "data=" + url.QueryEscape(event)},
		"JSON":                {"POST", "/track", event},
		"list":                {"POST", "/import?strict=1", "[" + event + "]"},
		"lines":               {"POST", "/import", "\n" + event + "\r\n\n" + event + "\n"},
		"one line":            {"POST", "/import", event + "\n"},
		"line over two lines": {"POST", "/track", "{\n" + event[1:]},
	} {
		route, r := call(t, c.method, c.target, c.body, nil)
		var d wire.Decoded
		require.NoError(t, route.Decode(r, &d), name)
		require.NotEmpty(t, d.Events, name)
		require.JSONEq(t, event, d.Events[0].Raw, name)
		require.Equal(t, "k", route.WriteKey(r), name)
	}
}

// TestLines: a line that cannot be read costs only itself.
func TestLines(t *testing.T) {
	t.Parallel()
	line := func(name string) string { return `{"event":"` + name + `","properties":{"distinct_id":"u"}}` }
	d := decode(t, "/import", line("a")+"\n{broken\n"+line("b\xff")+"\n"+`{"event":"c","properties":{"n":NaN}}`+"\n"+strings.Repeat("[", 99)+strings.Repeat("]", 99)+"\n"+line("d"))
	var names []string
	for _, ev := range d.Events {
		names = append(names, ev.Name)
	}
	require.Equal(t, []string{"a", "b\ufffd", "c", "d"}, names)
	require.Equal(t, []wire.Rejection{
		{Index: 1, Reason: "a record must be an object, not a string", Raw: `"{broken"`},
		{Index: 4, Reason: "a value in it is beyond the limits: nested deeper than 64", Raw: strings.Repeat("[", 99) + strings.Repeat("]", 99)},
	}, d.Rejected)
}

func TestKeys(t *testing.T) {
	t.Parallel()
	basic := http.Header{"Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte("b:"))}}
	const bare = `[{"event":"e","properties":{}}]`
	for _, c := range []struct {
		target, body string
		header       http.Header
		want         string
	}{
		{"/track", `{"event":"e","properties":{"token":"k"}}`, basic, "k"},
		{"/track", `[7,{"event":"e"},{"event":"e","properties":{"token":"k"}},{"event":"e","properties":{"token":"l"}}]`, nil, "k"},
		{"/engage", `[{"$token":"k","$set":{}}]`, nil, "k"},
		{"/groups", `{"$token":"k","$group_id":"g"}`, nil, "k"},
		{"/track?token=k&api_key=a", bare, basic, "k"},
		{"/import?api_key=a", bare, basic, "b"},
		{"/import?api_key=a", bare, nil, "a"},
		{"/import?api_key=a", `{broken`, nil, "a"},
		{"/track", `{"event":"e","properties":7}`, nil, ""},
		{"/track", `[]`, nil, ""},
		{"/track", ``, nil, ""},
	} {
		route, r := call(t, http.MethodPost, c.target, c.body, c.header)
		require.Equal(t, c.want, route.WriteKey(r), c.target+" "+c.body)
	}
}

// TestMixedTokens: one payload goes to one environment; a record that names another key costs only itself.
func TestMixedTokens(t *testing.T) {
	t.Parallel()
	d := decode(t, "/track", `[{"event":"a","properties":{"token":"k","distinct_id":"u"}},{"event":"b","properties":{"token":"l"}},{"event":"c","properties":{"distinct_id":"u"}}]`)
	require.Len(t, d.Events, 2)
	require.Equal(t, []wire.Rejection{{
		Index: 1, Reason: "its token is not that of the first record in the payload", Raw: `{"event":"b","properties":{"token":"l"}}`,
	}}, d.Rejected)
}

func TestUnreadablePayloads(t *testing.T) {
	t.Parallel()
	for body, reason := range map[string]string{
		``:                          "there is neither a body nor data in the query",
		`"text"`:                    "the data must be a list or an object, not a string",
		`{broken`:                   "the body is not JSON: expected a member name in quotes at byte 1",
		`data=!`:                    "the data is neither JSON nor base64",
		`data=bnVsbA==`:             "the data must be a list or an object, not null",
		`[{"event":"e"},{"event":]`: "the body is not JSON: expected a value at byte 24",
	} {
		route, r := call(t, http.MethodPost, "/track", body, nil)
		d := wire.Decoded{Events: make([]capture.Captured, 1)}
		err := route.Decode(r, &d)
		require.EqualError(t, err, reason)
		require.Len(t, d.Events, 1)
		require.Equal(t, 400, route.Answer(r, wire.Refusal(err)).Status)
	}
}

func TestTypesAndNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		path, record     string
		typ              capture.Type
		name, properties string
		notes            string
	}{
		{"/track", `{"event":"a","properties":{"distinct_id":"u"}}`, capture.Track, "a", `{"distinct_id":"u"}`, ""},
		{"/import", `{"event":"","properties":{"distinct_id":"u"}}`, capture.Track, "", `{"distinct_id":"u"}`, "event is empty"},
		{"/track", `{"event":7,"properties":{"distinct_id":"u"}}`, capture.Track, "7", `{"distinct_id":"u"}`, "event is a number, not a string"},
		{"/track", `{"properties":{"distinct_id":"u"}}`, capture.Track, "", `{"distinct_id":"u"}`, "event is empty"},
		{"/track", `{"event":"a"}`, capture.Track, "a", ``, "there are no properties; there is no distinct_id"},
		{"/track", `{"event":"a","properties":[]}`, capture.Track, "a", ``, "properties is an array, not an object; there is no distinct_id"},
		{"/track", `{"event":"$mp_web_page_view","properties":{"distinct_id":"u"}}`, capture.Track, "$mp_web_page_view", `{"distinct_id":"u"}`, ""},
		{"/track", `{"event":"$identify","properties":{"distinct_id":"u"}}`, capture.Identify, "identify", ``, ""},
		{"/track", `{"event":"$create_alias","properties":{"distinct_id":"u","alias":"v"}}`, capture.Alias, "alias", `{"distinct_id":"u","alias":"v"}`, ""},
		{"/import", `{"event":"$merge","properties":{"$distinct_ids":["u","v"]}}`, capture.Alias, "alias", `{"$distinct_ids":["u","v"]}`, ""},
		{"/engage", `{"$distinct_id":"u","$set":{"昵称":"张三 🍎"}}`, capture.Identify, "identify", `{"昵称":"张三 🍎"}`, ""},
		{"/engage", `{"$distinct_id":"u","$set_once":{"a":1}}`, capture.Identify, "identify", `{"a":1}`, ""},
		{"/engage", `{"$distinct_id":"u","$add":{"n":1.5}}`, capture.Identify, "identify", `{"n":1.5}`, ""},
		{"/engage", `{"$distinct_id":"u","$union":{"l":["a"]}}`, capture.Identify, "identify", `{"l":["a"]}`, ""},
		{"/engage", `{"$distinct_id":"u","$append":{"l":"a"}}`, capture.Identify, "identify", ``, "$append changes lists; its values are not checked"},
		{"/engage", `{"$distinct_id":"u","$remove":{"l":"a"}}`, capture.Identify, "identify", ``, "$remove changes lists; its values are not checked"},
		{"/engage", `{"$distinct_id":"u","$unset":["a"]}`, capture.Identify, "identify", ``, ""},
		{"/engage", `{"$distinct_id":"u","$delete":""}`, capture.Identify, "identify", ``, ""},
		{"/engage", `{"$distinct_id":"u","$set":7}`, capture.Identify, "identify", ``, "$set is a number, not an object"},
		{"/engage", `{"$distinct_id":"u"}`, capture.Identify, "identify", ``, ""},
		{"/groups", `{"$group_key":"org","$group_id":"g","$set":{"n":1}}`, capture.Group, "group", `{"n":1}`, ""},
		{"/groups/", `{"$group_key":"org","$group_id":7,"$delete":""}`, capture.Group, "group", ``, "$group_id is a number, not a string"},
		{"/track", `{"$distinct_id":"u","$set":{"a":1}}`, capture.Identify, "identify", `{"a":1}`, ""},
		{"/engage", `{"event":"a","properties":{"distinct_id":"u"}}`, capture.Track, "a", `{"distinct_id":"u"}`, ""},
	} {
		ev := one(t, c.path, c.record)
		require.Equal(t, c.typ, ev.Type, c.record)
		require.Equal(t, c.name, ev.Name, c.record)
		require.Equal(t, c.properties, ev.PropertiesJSON(), c.record)
		require.Equal(t, c.notes, strings.Join(ev.Notes, "; "), c.record)
	}
	d := decode(t, "/engage", `[{"$distinct_id":"u","$time":1767323045,"$set":{"a":1},"$set_once":{"b":2}},{"event":"x","properties":{"distinct_id":"u"}}]`)
	require.Len(t, d.Events, 3)
	require.JSONEq(t, `{"b":2}`, d.Events[1].PropertiesJSON())
	require.Equal(t, d.Events[0].ID+" $set_once", d.Events[1].ID)
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ properties, user, anonymous, previous string }{
		{`"distinct_id":"u"`, "u", "", ""},
		{`"distinct_id":"u","$device_id":"d"`, "u", "d", ""},
		{`"distinct_id":"u","$device_id":"d","$user_id":"v"`, "v", "d", ""},
		{`"distinct_id":"$device:d","$device_id":"d"`, "", "d", ""},
		{`"distinct_id":"$device:d"`, "", "d", ""},
		{`"distinct_id":12`, "12", "", ""},
	} {
		ev := one(t, "/track", `{"event":"e","properties":{`+c.properties+`}}`)
		require.Equal(t, []string{c.user, c.anonymous, c.previous}, []string{ev.UserID, ev.AnonymousID, ev.PreviousID}, c.properties)
	}
	ev := one(t, "/track", `{"event":"$identify","properties":{"distinct_id":"u","$anon_distinct_id":"$device:d"}}`)
	require.Equal(t, []string{"u", "$device:d"}, []string{ev.UserID, ev.PreviousID})
	ev = one(t, "/track", `{"event":"$identify","properties":{"distinct_id":"x","$identified_id":"u","$anon_id":"a"}}`)
	require.Equal(t, []string{"u", "a"}, []string{ev.UserID, ev.PreviousID})
	ev = one(t, "/track", `{"event":"$create_alias","properties":{"distinct_id":"old","alias":"new"}}`)
	require.Equal(t, []string{"new", "old"}, []string{ev.UserID, ev.PreviousID})
	ev = one(t, "/import", `{"event":"$merge","properties":{"$distinct_ids":["new","old","more"]}}`)
	require.Equal(t, []string{"new", "old"}, []string{ev.UserID, ev.PreviousID})
	ev = one(t, "/groups", `{"$group_key":"org","$group_id":"g","$set":{}}`)
	require.Equal(t, "g", ev.GroupID)
	require.Equal(t, "203.0.113.7", one(t, "/engage", `{"$distinct_id":"u","$ip":0,"$set":{}}`).IP)
	require.Equal(t, "198.51.100.1", one(t, "/engage", `{"$distinct_id":"u","$ip":"198.51.100.1","$set":{}}`).IP)
}

func TestContext(t *testing.T) {
	t.Parallel()
	ev := one(t, "/track", `{"event":"e","properties":{"distinct_id":"u","$device_id":"d","time":1767323045006,"$insert_id":"i","mp_lib":"android","$lib_version":"8.0.0",`+
		`"$os":"Android","$os_version":14,"$app_version_string":"3.2.1","$app_build_number":321,"$manufacturer":"Xiaomi","$model":"2312","$device":"no",`+
		`"$wifi":true,"$current_url":"u","current_url_path":"p","current_page_title":"t","$referrer":"r","ip":"198.51.100.1","$session_id":"s"}}`)
	require.Empty(t, ev.Notes)
	require.Equal(t, capture.Event{
		Format: "mixpanel", Type: capture.Track, ID: "i", Name: "e", UserID: "u", AnonymousID: "d", DeviceID: "d", SessionID: "s",
		EventTime: time.UnixMilli(1767323045006).UTC(), ReceivedAt: receivedAt, App: capture.App{Version: "3.2.1", Build: "321"},
		OS: capture.OS{Name: "Android", Version: "14"}, Device: capture.Device{Manufacturer: "Xiaomi", Model: "2312"},
		Library: capture.Library{Name: "android", Version: "8.0.0"}, Page: capture.PageInfo{URL: "u", Path: "p", Title: "t", Referrer: "r"},
		Network: "wifi", IP: "198.51.100.1", Raw: ev.Raw, Properties: ev.Properties, PropertiesAt: ev.PropertiesAt,
	}, ev.Event)
}

func TestTimesAndIDs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		time  string
		want  time.Time
		notes string
	}{
		{`1767323045`, time.Unix(1767323045, 0).UTC(), ""},
		{`1767323045.5`, time.UnixMilli(1767323045500).UTC(), ""},
		{`1767323045006`, time.UnixMilli(1767323045006).UTC(), ""},
		{`1767323045006007`, time.UnixMicro(1767323045006007).UTC(), "time should be in milliseconds; it was read as 2026-01-02T03:04:05.006007Z"},
		{`"2026-01-02T03:04:05Z"`, time.Unix(1767323045, 0).UTC(), "time is a date, not a number of milliseconds"},
		{`"soon"`, time.Time{}, "time is not a number of seconds since 1970"},
		{`{}`, time.Time{}, "time is not a number of seconds since 1970"},
	} {
		ev := one(t, "/track", `{"event":"e","properties":{"distinct_id":"u","time":`+c.time+`}}`)
		require.Equal(t, c.want, ev.EventTime, c.time)
		require.Equal(t, c.notes, strings.Join(ev.Notes, "; "), c.time)
		require.Equal(t, c.want.IsZero(), ev.ID == "", "without a time there is no id to fold by")
	}
	require.Equal(t, time.UnixMilli(1795356815674).UTC(), decode(t, "/track/?_=1795356815674", event).Events[0].SentAt)
}

func TestOneBadRecordCostsOnlyItself(t *testing.T) {
	t.Parallel()
	d := decode(t, "/track", `[{"event":"a","properties":{"distinct_id":"u"}},"text",null,[],7,{"event":"b","properties":{"n":`+strings.Repeat("1", 65)+`}},`+
		`{"event":"c","properties":{"distinct_id":"u","distinct_id":"v","n":NaN,"m":1e400,"s":"\ud83c","e":"`+"\xed\xa0\xbc\xed\xbd\x8e"+`"}}]`)
	require.Len(t, d.Events, 2)
	require.Len(t, d.Rejected, 5)
	require.Equal(t, wire.Rejection{Index: 1, Reason: "a record must be an object, not a string", Raw: `"text"`}, d.Rejected[0])
	ev := d.Events[1]
	require.Equal(t, "v", ev.UserID)
	require.Contains(t, ev.PropertiesJSON(), "🍎")
	require.Equal(t, []string{
		"distinct_id is there twice; the last one counts", "NaN or Infinity, which JSON does not have, was read as a string",
		"an emoji written as two surrogates (CESU-8) was repaired",
	}, ev.Notes)
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	for kind, status := range map[wire.Kind]int{wire.Accepted: 200, wire.UnknownKey: 200, wire.Malformed: 200, wire.Throttled: 429, wire.Unavailable: 503} {
		route, r := call(t, http.MethodGet, "/track/?img=1&data=e30=", "", nil)
		require.Equal(t, status, route.Answer(r, wire.Outcome{Kind: kind}).Status, "a pixel")
	}
	for kind, status := range map[wire.Kind]int{
		wire.Accepted: 200, wire.UnknownKey: 200, wire.Malformed: 400, wire.TooLarge: 413, wire.Throttled: 429, wire.Unavailable: 503,
	} {
		for _, path := range []string{"/track/", "/engage", "/groups", "/import"} {
			o := wire.Outcome{Kind: kind, Reason: `why "`}
			body, verbose := "0", `{"status":0,"error":"why \""}`
			if kind == wire.Accepted {
				body, verbose = "1", `{"status":1,"error":null}`
			}
			for query, want := range map[string]string{"?verbose=0": body, "?verbose=1": verbose} {
				route, r := call(t, http.MethodPost, path+query, event, nil)
				got := route.Answer(r, o)
				require.Equal(t, want, got.Body)
				require.Equal(t, status, got.Status)
				require.Equal(t, status >= 429, got.RetryAfter > 0)
				require.Equal(t, kind == wire.Accepted, got.Reason == "")
			}
		}
	}
	route, r := call(t, http.MethodPost, "/track", "data=e30=&verbose=1", nil)
	require.JSONEq(t, `{"status":1,"error":null}`, route.Answer(r, wire.Outcome{Kind: wire.Accepted}).Body)
	route, r = call(t, http.MethodGet, "/track?img=1&data=!", "", nil)
	require.Equal(t, wire.GIF, route.Answer(r, wire.Outcome{Kind: wire.Malformed}).Body)
	route, r = call(t, http.MethodPost, "/record/", "x", nil)
	require.Equal(t, wire.Discard, route.Task)
	require.Equal(t, 200, route.Answer(r, wire.Outcome{Kind: wire.Accepted}).Status)
}

// TestDecide: SDKs of before 2022 ask what to show to the user, and browsers complain of every other answer than a good one.
func TestDecide(t *testing.T) {
	t.Parallel()
	route, r := call(t, http.MethodGet, "/decide/?verbose=1&version=3&lib=web&token=k", "", nil)
	require.Equal(t, wire.Configure, route.Task)
	require.Equal(t, "k", route.WriteKey(r))
	require.JSONEq(t, `{"notifications":[],"config":{"enable_collect_everything":false}}`, route.Answer(r, wire.Outcome{Kind: wire.Accepted}).Body)
	require.Equal(t, 200, route.Answer(r, wire.Outcome{Kind: wire.UnknownKey}).Status)
}

func TestImportAnswers(t *testing.T) {
	t.Parallel()
	const body = `[{"event":"a","properties":{"distinct_id":"u"}},7,{"event":"b","properties":{"distinct_id":"u"}}]`
	for target, want := range map[string]wire.Answer{
		"/import": wire.JSON(200, `{"code":200,"num_records_imported":2,"status":"OK"}`),
		"/import?strict=1": wire.JSON(400, `{"code":400,"error":"some data points in the request failed validation","status":"Bad Request","num_records_imported":2,`+
			`"failed_records":[{"index":1,"insert_id":"","field":"","message":"a record must be an object, not a number"}]}`),
	} {
		route, r := call(t, http.MethodPost, target, body, nil)
		var d wire.Decoded
		require.NoError(t, route.Decode(r, &d))
		require.Equal(t, want, route.Answer(r, wire.Outcome{Kind: wire.Accepted, Decoded: &d}))
	}
	for kind, status := range map[wire.Kind]int{
		wire.UnknownKey: 401, wire.Malformed: 400, wire.TooLarge: 413, wire.Throttled: 429, wire.Unavailable: 503,
	} {
		route, r := call(t, http.MethodPost, "/import", body, nil)
		got := route.Answer(r, wire.Outcome{Kind: kind, Reason: "why"})
		require.Equal(t, status, got.Status)
		require.Contains(t, got.Body, `"error":"why","status":"`+http.StatusText(status)+`"}`)
	}
	route, r := call(t, http.MethodPost, "/import", "{}", nil)
	require.Contains(t, route.Answer(r, wire.Outcome{Kind: wire.Accepted}).Body, `"num_records_imported":1,`)
}
