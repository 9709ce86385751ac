package sensors_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
	"github.com/waymarkhq/waymark/internal/wire/formats"
	"github.com/waymarkhq/waymark/internal/wire/sensors"
)

var receivedAt = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// call finds the route of a request and prepares the request for it.
func call(t *testing.T, method, target, body string, header ...string) (*wire.Route, *wire.Request) {
	t.Helper()
	router, err := wire.NewRouter(formats.All()...)
	require.NoError(t, err)
	u, err := url.ParseRequestURI(target)
	require.NoError(t, err)
	match, ok := router.Match(method, u.Path)
	require.True(t, ok, target)
	r := &wire.Request{
		Method: method, Path: u.Path, Query: u.RawQuery, Param: match.Param, Header: http.Header{},
		RemoteIP: "203.0.113.7", ReceivedAt: receivedAt,
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	require.NoError(t, r.ReadBody(strings.NewReader(body), -1, wire.DefaultLimits(), nil))
	route := match.Pick(r)
	require.NotNil(t, route)
	require.Equal(t, sensors.Name, route.Format)
	return route, r
}

func decode(t *testing.T, target, body string) wire.Decoded {
	t.Helper()
	route, r := call(t, http.MethodPost, target, body)
	var d wire.Decoded
	require.NoError(t, route.Decode(r, &d))
	return d
}

func base(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

func packed(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return base64.StdEncoding.EncodeToString(b.Bytes())
}

func form(pairs ...string) string {
	var list []string
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, pairs[i]+"="+url.QueryEscape(pairs[i+1]))
	}
	return strings.Join(list, "&")
}

// one decodes a payload of one record that is accepted.
func one(t *testing.T, record string) capture.Captured {
	t.Helper()
	d := decode(t, "/sa?token=k", form("data", packed(record), "gzip", "1"))
	require.Empty(t, d.Rejected)
	require.Len(t, d.Events, 1)
	require.Equal(t, record, d.Events[0].Raw)
	return d.Events[0]
}

func TestTypesAndNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		record     string
		typ        capture.Type
		name       string
		properties string
		notes      string
	}{
		{`"type":"track","event":"a","properties":{"x":1}`, capture.Track, "a", `{"x":1}`, ""},
		{`"type":"track","event":"$pageview","properties":{"$url":"u"}`, capture.Track, "$pageview", `{"$url":"u"}`, ""},
		{`"type":"track","event":"a"`, capture.Track, "a", "", ""},
		{`"type":"track","event":"a","properties":null`, capture.Track, "a", "", "properties is null"},
		{`"type":"track","event":"a","properties":"x"`, capture.Track, "a", "", "properties is a string, not an object"},
		{`"type":"track"`, capture.Track, "", "", "event is empty"},
		{`"type":"track","event":7`, capture.Track, "7", "", "event is a number, not a string"},
		{`"type":"Track","event":"a"`, capture.Track, "a", "", `type is "Track", not "track"`},
		{`"type":"click","event":"a"`, capture.Track, "a", "", `type "click" is unknown`},
		{`"event":"a"`, capture.Track, "a", "", "type is missing"},
		{`"item_type":"book","item_id":"1"`, capture.Item, "item", "", "type is missing"},
		{`"original_id":"o"`, capture.Alias, "alias", "", "type is missing"},
		{`"type":"track_signup","event":"$SignUp","original_id":"o","properties":{"from":"qr"}`, capture.Alias, "alias", `{"from":"qr"}`, ""},
		{`"type":"track_id_bind","event":"$BindID"`, capture.Alias, "alias", "", ""},
		{`"type":"track_id_unbind","event":"$UnbindID"`, capture.Alias, "alias", "", ""},
		{`"type":"profile_set","event":"","properties":{"age":3}`, capture.Identify, "identify", `{"age":3}`, ""},
		{`"type":"profile_set_once","properties":{"age":3}`, capture.Identify, "identify", `{"age":3}`, ""},
		{`"type":"profile_increment","properties":{"age":1}`, capture.Identify, "identify", `{"age":1}`, ""},
		{`"type":"profile_append","properties":{"tags":["a"]}`, capture.Identify, "identify", `{"tags":["a"]}`, ""},
		{
			`"type":"profile_unset","properties":{"age":true}`, capture.Identify, "identify", "",
			"profile_unset removes properties; what stands as their values is not judged",
		},
		{`"type":"profile_delete"`, capture.Identify, "identify", "", ""},
		{`"type":"item_set","item_type":"book","item_id":"1","properties":{"title":"三体"}`, capture.Item, "item", `{"title":"三体"}`, ""},
		{`"type":"item_delete","item_type":"book","item_id":"1","properties":{}`, capture.Item, "item", "", ""},
	} {
		ev := one(t, `{"distinct_id":"u",`+c.record+`}`)
		require.Equal(t, c.typ, ev.Type, c.record)
		require.Equal(t, c.name, ev.Name, c.record)
		require.Equal(t, c.properties, ev.PropertiesJSON(), c.record)
		require.Equal(t, c.notes, strings.Join(ev.Notes, "; "), c.record)
	}
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ record, user, anonymous, previous, notes string }{
		{`"distinct_id":"u","login_id":"u","anonymous_id":"a"`, "u", "a", "", ""},
		{`"distinct_id":"a","anonymous_id":"a"`, "", "a", "", ""},
		{`"distinct_id":"u"`, "u", "", "", ""},
		{`"distinct_id":"u","properties":{"$is_login_id":true}`, "u", "", "", ""},
		{`"distinct_id":"u","anonymous_id":"a","properties":{"$is_login_id":true}`, "u", "a", "", ""},
		{`"distinct_id":"a","login_id":"u"`, "u", "a", "", ""},
		{`"distinct_id":"d","identities":{"$identity_login_id":"u","$identity_cookie_id":"c","$identity_anonymous_id":"a"}`, "u", "c", "", ""},
		{`"distinct_id":"d","identities":{"$identity_login_id":"u","$identity_anonymous_id":"a"}`, "u", "a", "", ""},
		{`"distinct_id":"d","identities":{"$identity_mp_openid":"o"}`, "d", "", "", ""},
		{`"distinct_id":"d","identities":7,"login_id":"u","anonymous_id":"a"`, "u", "a", "", ""},
		{`"type":"track_signup","distinct_id":"u","original_id":"a"`, "u", "", "a", ""},
		{`"distinct_id":12345678901234567890`, "12345678901234567890", "", "", "distinct_id is a number, not a string"},
		{`"x":1`, "", "", "", "distinct_id is missing"},
	} {
		record := `{"event":"e",` + c.record + `}`
		if c.previous == "" {
			record = `{"type":"track",` + record[1:]
		}
		ev := one(t, record)
		require.Equal(t, []string{c.user, c.anonymous, c.previous}, []string{ev.UserID, ev.AnonymousID, ev.PreviousID}, c.record)
		require.Equal(t, c.notes, strings.Join(ev.Notes, "; "), c.record)
	}
}

func TestContext(t *testing.T) {
	t.Parallel()
	record := `{"type":"track","event":"e","distinct_id":"u","time":1767323045000,"_flush_time":1767323046000,"_track_id":1,
		"lib":{"$lib":"Android","$lib_version":"6.8.4","$lib_method":"code","$app_version":"1.0"},
		"properties":{"$lib":"js","$app_version":"3.2.1","$app_name":"商城","$app_id":"com.example","$os":"Android","$os_version":14,
		"$manufacturer":"Xiaomi","$model":"M1","$anonymization_id":"x","$device_id":"d","$event_session_id":"s","$wifi":true,
		"$network_type":"5G","$url":"u","$url_path":"p","$title":"t","$referrer":"r","$ip":"198.51.100.1","$user_agent":"agent",
		"$timezone_offset":-480,"$brand":"b","$":1}}`
	ev := one(t, record)
	want := capture.Event{
		Format: "sensors", Type: capture.Track, ID: ev.ID, Name: "e", UserID: "u", DeviceID: "d", SessionID: "s",
		EventTime: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), SentAt: time.Date(2026, 1, 2, 3, 4, 6, 0, time.UTC), ReceivedAt: receivedAt,
		App: capture.App{Name: "商城", Version: "3.2.1", Namespace: "com.example"}, OS: capture.OS{Name: "Android", Version: "14"},
		Device: capture.Device{Manufacturer: "Xiaomi", Model: "M1"}, Library: capture.Library{Name: "Android", Version: "6.8.4"},
		Page:     capture.PageInfo{URL: "u", Path: "p", Title: "t", Referrer: "r"},
		Timezone: "-480", Network: "5G", IP: "198.51.100.1", UserAgent: "agent",
		Raw: record, Properties: ev.Properties, PropertiesAt: ev.PropertiesAt, Notes: []string{"properties.$os_version is a number, not a string"},
	}
	require.Equal(t, want, ev.Event)

	ev = one(t, `{"type":"track","event":"e","distinct_id":"u","properties":{"$wifi":true,"$anonymization_id":"x"},"lib":{"$app_version":"1.0"}}`)
	require.Equal(t, []string{"wifi", "x", "1.0"}, []string{ev.Network, ev.DeviceID, ev.App.Version})
}

func TestTimes(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, c := range []struct {
		time, notes string
		want        time.Time
	}{
		{`1767323045000`, "", at},
		{`1.767323045e+12`, "", at},
		{`1767323045`, "time should be in milliseconds; it was read as 2026-01-02T03:04:05Z", at},
		{`"1767323045000"`, "time is a string, not a number", at},
		{`"2026-01-02 11:04:05.000"`, "time is a date, not a number of milliseconds", at},
		{`"2026-01-02T03:04:05Z"`, "time is a date, not a number of milliseconds", at},
		{`"soon"`, "time is not a number of milliseconds since 1970", time.Time{}},
		{`{}`, "time is not a number of milliseconds since 1970", time.Time{}},
		{`1e400`, "time is not a number of milliseconds since 1970", time.Time{}},
		{`null`, "", time.Time{}},
	} {
		ev := one(t, `{"type":"track","event":"e","distinct_id":"u","time":`+c.time+`,"properties":{"$timezone_offset":-480}}`)
		require.Equal(t, c.want, ev.EventTime, c.time)
		require.Equal(t, c.notes, strings.Join(ev.Notes, "; "), c.time)
	}
	ev := one(t, `{"type":"track","event":"e","distinct_id":"u","time":"2026-01-02 03:04:05"}`)
	require.Equal(t, at, ev.EventTime)
	require.Equal(t, "time has no time zone and was read as UTC", ev.Notes[1])
}

// TestIDs: an SDK that sends a record again says another _flush_time.
func TestIDs(t *testing.T) {
	t.Parallel()
	const track = `{"type":"track","event":"e","distinct_id":"u","time":1767323045000`
	id := func(record string) string { return one(t, record).ID }
	first := id(track + `,"_track_id":7,"_flush_time":1767323046000,"properties":{"a":1}}`)
	require.Regexp(t, "^h:[0-9a-f]{32}$", first)
	require.Equal(t, first, id(track+`,"properties":{"a":1},"_track_id":7,"_flush_time":1767323049000}`))
	require.NotEqual(t, first, id(track+`,"_track_id":8,"_flush_time":1767323046000,"properties":{"a":1}}`))
	require.NotEqual(t, first, id(`{"type":"track","event":"e","distinct_id":"u","time":1767323045001,"_track_id":7}`))

	big := `{"type":"item_set","item_type":"book","item_id":"1","time":1767323045000,"_track_id":922337203685477580`
	require.NotEqual(t, id(big+`7}`), id(big+`6}`), "beyond what a float holds")

	for _, none := range []string{"", `,"_track_id":0`, `,"_track_id":null`} {
		require.NotEqual(t, id(track+none+`,"properties":{"a":1}}`), id(track+none+`,"properties":{"a":2}}`))
		require.Equal(t, id(track+none+`,"_flush_time":1,"x":1}`), id(track+none+`,"_flush_time":22,"x":1}`))
	}
	require.Empty(t, id(`{"type":"track","event":"e","distinct_id":"u","_track_id":7}`), "no time: never folded")
}

func TestForms(t *testing.T) {
	t.Parallel()
	const record = `{"type":"track","event":"事件🍎","distinct_id":"u","price":1.50}`
	list := "[" + record + "]"
	plain, zipped := base(list), packed(list)
	lines := plain[:20] + "\r\n" + plain[20:]
	const bareJSON = "the body is JSON, not a form with data or data_list"
	for name, c := range map[string]struct{ body, notes string }{
		"list":                  {form("data_list", zipped, "gzip", "1"), ""},
		"gzip first":            {form("gzip", "1", "data_list", zipped), ""},
		"no gzip":               {form("data_list", plain), ""},
		"one":                   {form("data", base(record)), ""},
		"gzip that is none":     {form("data_list", plain, "gzip", "1"), "gzip is 1, but the data is not gzip"},
		"gzip unsaid":           {form("data_list", zipped, "gzip", "0"), "gzip is 0, but the data is gzip"},
		"plus became a blank":   {"data_list=" + zipped, ""},
		"URL alphabet":          {"data_list=" + strings.NewReplacer("+", "-", "/", "_", "=", "").Replace(zipped), ""},
		"line breaks":           {form("data_list", lines), ""},
		"encoded twice":         {form("data_list", url.QueryEscape(zipped)), ""},
		"plain JSON in a form":  {form("data_list", list), ""},
		"crc":                   {form("crc", javaHash(zipped), "gzip", "1", "data_list", zipped), ""},
		"ext":                   {form("data", plain, "ext", "crc="+javaHash(plain)), ""},
		"body is JSON":          {list, bareJSON},
		"body is one record":    {" \ufeff"[1:] + record, bareJSON},
		"body is an envelope":   {`{"data_list":` + list + `}`, bareJSON},
		"body is an envelope 2": {`{"project":"p","data":` + record + `}`, bareJSON},
		"body is base64":        {zipped, ""},
		"parts": {
			"--x1\r\nContent-Disposition: form-data; name=\"gzip\"\r\n\r\n1\r\n--x1\r\nContent-Disposition: form-data; name=\"data_list\"\r\n\r\n" +
				zipped + "\r\n--x1--\r\n", "",
		},
	} {
		d := decode(t, "/sa?token=k", c.body)
		require.Len(t, d.Events, 1, name)
		require.Equal(t, "事件🍎", d.Events[0].Name, name)
		require.Equal(t, []string{record}, []string{d.Events[0].Raw}, name)
		require.Equal(t, c.notes, strings.Join(d.Events[0].Notes, "; "), name)
	}
	d := decode(t, "/sa", form("data_list", plain, "crc", "7"))
	require.Equal(t, []string{"crc is 7, but that of the data is " + javaHash(plain)}, d.Events[0].Notes)
}

func javaHash(s string) string {
	h := int32(0)
	for _, c := range []byte(s) {
		h = 31*h + int32(c)
	}
	return strconv.Itoa(int(h))
}

// TestDataAndList: some SDKs send both, and neither may be lost.
func TestDataAndList(t *testing.T) {
	t.Parallel()
	record := func(name string) string { return `{"type":"track","distinct_id":"u","event":"` + name + `"}` }
	names := func(d wire.Decoded) (names []string) {
		for _, ev := range d.Events {
			names = append(names, ev.Name)
		}
		return names
	}
	d := decode(t, "/sa", form("data", base(record("c")), "data_list", packed("["+record("a")+","+record("b")+"]")))
	require.Equal(t, []string{"a", "b", "c"}, names(d))
	require.Equal(t, []string{"the payload has data and data_list"}, d.Events[0].Notes)
	require.Empty(t, d.Rejected)

	d = decode(t, "/sa", form("data", "###", "data_list", base("["+record("a")+"]")))
	require.Equal(t, []string{"a"}, names(d))
	require.Equal(t, "data: the data is neither JSON nor base64", d.Rejected[0].Reason)

	d = decode(t, "/sa", form("data", base(record("c")), "data_list", base("[")))
	require.Equal(t, []string{"c"}, names(d))
	require.Contains(t, d.Rejected[0].Reason, "data_list: the body is not JSON")
}

func TestRecordsCostOnlyThemselves(t *testing.T) {
	t.Parallel()
	good := `{"type":"track","event":"good","distinct_id":"u"}`
	d := decode(t, "/sa", form("data_list", base(`[`+good+`,7,"x",null,[],{"n":`+strings.Repeat("1", 65)+`},{"ekey":"k","pkv":1,"payloads":["x"]},`+good+`]`)))
	require.Len(t, d.Events, 2)
	require.Len(t, d.Rejected, 6)
	require.Equal(t, "a record must be an object, not a number", d.Rejected[0].Reason)
	require.Equal(t, wire.Encrypted, d.Rejected[5].Reason)
	require.Equal(t, 6, d.Rejected[5].Index)
	for _, empty := range []string{"[]", "{}", `{"distinct_id":"paired"}`} {
		d = decode(t, "/sa", form("data_list", base(empty)))
		require.LessOrEqual(t, len(d.Events), 1)
		require.Empty(t, d.Rejected)
	}
}

// TestCESU8: browsers that encode emoji as two surrogates are repaired, and it is said.
func TestCESU8(t *testing.T) {
	t.Parallel()
	d := decode(t, "/sa", form("data", base("{\"type\":\"track\",\"event\":\"\xed\xa0\xbc\xed\xbd\x8e\",\"distinct_id\":\"u\"}")))
	require.Equal(t, "🍎", d.Events[0].Name)
	require.Equal(t, []string{"an emoji written as two surrogates (CESU-8) was repaired"}, d.Events[0].Notes)
}

func TestEncryptedPayloads(t *testing.T) {
	t.Parallel()
	for _, gzip := range []string{"9", "13"} {
		d := decode(t, "/sa", form("data_list", base("\x01\x02 secret"), "gzip", gzip))
		require.Empty(t, d.Events)
		require.Equal(t, wire.Encrypted, d.Rejected[0].Reason)
	}
	d := decode(t, "/sa", form("data_list", packed(`[{"ekey":"a","pkv":"1","payload":"x"}]`), "gzip", "9"))
	require.Equal(t, wire.Encrypted, d.Rejected[0].Reason)
}

func TestUnreadablePayloads(t *testing.T) {
	t.Parallel()
	many := base("[" + strings.Repeat("{},", wire.MaxEvents) + "{}]")
	for body, want := range map[string]string{
		"":                             "there is neither a body nor data or data_list in the query",
		"x=1":                          "the body has neither data nor data_list",
		form("data", "###"):            "the data is neither JSON nor base64",
		form("data", base("7")):        "the data must be a list or an object, not a number",
		form("data", base(`{"a":`)):    "the body is not JSON",
		form("data", base("\x1f\x8b")): "the data begins like gzip but cannot be unpacked",
		form("data_list", many):        "more than 10000 records",
		form("data", base("{}"), "data_list", many): "more than 10000 records",
	} {
		route, r := call(t, http.MethodPost, "/sa?token=k", body)
		require.Equal(t, "k", route.WriteKey(r))
		var d wire.Decoded
		err := route.Decode(r, &d)
		require.ErrorContains(t, err, want)
		require.Empty(t, d.Events)
		require.Empty(t, d.Rejected)
	}
}

// TestBombs: what unpacks to more than the limits is refused before it is unpacked.
func TestBombs(t *testing.T) {
	t.Parallel()
	bomb := packed("[" + strings.Repeat(" ", 30<<20) + "]")
	for _, body := range []string{form("data_list", bomb), form("data", bomb, "data_list", bomb), bomb} {
		route, r := call(t, http.MethodPost, "/sa?token=k", body)
		var d wire.Decoded
		err := route.Decode(r, &d)
		require.ErrorContains(t, err, "unpacks to more than 100 times its size")
		require.Equal(t, wire.TooLarge, wire.Refusal(err).Kind)
	}
	route, r := call(t, http.MethodPost, "/sa?token=k", form("data", base(`{"type":"track","event":"e","distinct_id":"u"}`), "data_list", bomb))
	var d wire.Decoded
	require.NoError(t, route.Decode(r, &d))
	require.Len(t, d.Events, 1)
	require.Len(t, d.Rejected, 1)
}
