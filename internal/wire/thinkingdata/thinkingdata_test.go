package thinkingdata_test

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
	"github.com/waymarkhq/waymark/internal/wire/formats"
	"github.com/waymarkhq/waymark/internal/wire/thinkingdata"
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
		Method: method, Path: u.Path, Query: u.RawQuery, Header: http.Header{}, RemoteIP: "203.0.113.7", ReceivedAt: receivedAt,
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	require.NoError(t, r.ReadBody(strings.NewReader(body), -1, wire.DefaultLimits(), nil))
	route := match.Pick(r)
	require.NotNil(t, route)
	require.Equal(t, thinkingdata.Name, route.Format)
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

func zipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.String()
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
	d := decode(t, "/sync_server", zipped("["+record+"]"))
	require.Empty(t, d.Rejected)
	require.Len(t, d.Events, 1)
	require.Equal(t, []string{record}, []string{d.Events[0].Raw})
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
		{`"#type":"track","#event_name":"a","properties":{"x":1}`, capture.Track, "a", `{"x":1}`, ""},
		{`"#type":"track_overwrite","#event_name":"a","#event_id":"1"`, capture.Track, "a", "", ""},
		{
			`"#type":"track_update","#event_name":"a","#event_id":"1","properties":{}`, capture.Track, "a", "{}",
			"track_update changes an earlier event; its properties may be a part of that event's",
		},
		{`"#type":"track"`, capture.Track, "", "", "#event_name is empty"},
		{`"#event_name":"a"`, capture.Track, "a", "", "#type is missing"},
		{`"#type":"click","#event_name":"a"`, capture.Track, "a", "", `#type "click" is unknown`},
		{`"#type":"Track","#event_name":"a"`, capture.Track, "a", "", `#type is "Track", not "track"`},
		{`"#type":"track","#event_name":7,"properties":[]`, capture.Track, "7", "", "#event_name is a number, not a string; properties is an array, not an object"},
		{`"#type":"user_set","properties":{"age":3}`, capture.Identify, "identify", `{"age":3}`, ""},
		{`"#type":"user_setOnce","properties":{"age":3}`, capture.Identify, "identify", `{"age":3}`, ""},
		{`"#type":"user_setonce","properties":{"age":3}`, capture.Identify, "identify", `{"age":3}`, `#type is "user_setonce", not "user_setOnce"`},
		{`"#type":"user_add","properties":{"age":3}`, capture.Identify, "identify", `{"age":3}`, ""},
		{`"#type":"user_append","properties":{"tags":["a"]}`, capture.Identify, "identify", `{"tags":["a"]}`, ""},
		{`"#type":"user_uniq_append","properties":{"tags":["a"]}`, capture.Identify, "identify", `{"tags":["a"]}`, ""},
		{
			`"#type":"user_unset","properties":{"age":0}`, capture.Identify, "identify", "",
			"user_unset removes properties; what stands as their values is not judged",
		},
		{`"#type":"user_del","properties":{}`, capture.Identify, "identify", "", ""},
	} {
		ev := one(t, `{"#account_id":"u",`+c.record+`}`)
		require.Equal(t, c.typ, ev.Type, c.record)
		require.Equal(t, c.name, ev.Name, c.record)
		require.Equal(t, c.properties, ev.PropertiesJSON(), c.record)
		require.Equal(t, c.notes, strings.Join(ev.Notes, "; "), c.record)
	}
}

func TestContext(t *testing.T) {
	t.Parallel()
	record := `{"#type":"track","#event_name":"e","#account_id":"u","#distinct_id":"a","#uuid":"id","#ip":"198.51.100.1",
		"#time":"2026-01-02 11:04:05.678","#event_id":"x","#first_check_id":"y","properties":{"#lib":"Android","#lib_version":"3","#app_version":"3.2.1",
		"#bundle_id":"com.example","#os":"Android","#os_version":14,"#manufacturer":"Xiaomi","#device_model":"M1","#device_type":"Phone",
		"#device_id":"d","#network_type":"5G","#system_language":"zh","#url":"u","#url_path":"p","#title":"t","#referrer":"r","#ua":"agent",
		"#zone_offset":8,"#simulator":false,"#":1}}`
	ev := one(t, record)
	want := capture.Event{
		Format: "thinkingdata", Type: capture.Track, ID: "id", Name: "e", UserID: "u", AnonymousID: "a", DeviceID: "d",
		EventTime: time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC), ReceivedAt: receivedAt,
		App: capture.App{Version: "3.2.1", Namespace: "com.example"}, OS: capture.OS{Name: "Android", Version: "14"},
		Device: capture.Device{Manufacturer: "Xiaomi", Model: "M1", Type: "Phone"}, Library: capture.Library{Name: "Android", Version: "3"},
		Page:     capture.PageInfo{URL: "u", Path: "p", Title: "t", Referrer: "r"},
		Timezone: "8", Network: "5G", Locale: "zh", IP: "198.51.100.1", UserAgent: "agent",
		Raw: record, Properties: ev.Properties, PropertiesAt: ev.PropertiesAt, Notes: []string{"properties.#os_version is a number, not a string"},
	}
	require.Equal(t, want, ev.Event)

	ev = one(t, `{"#type":"track","#event_name":"e","#time":"2026-01-02 03:04:05"}`)
	require.Equal(t, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), ev.EventTime)
	require.Equal(t, []string{"neither #account_id nor #distinct_id", "#time has no time zone and was read as UTC"}, ev.Notes)
	require.Regexp(t, "^h:", ev.ID)
	require.Equal(t, "203.0.113.7", ev.IP)
	require.Empty(t, one(t, `{"#type":"track","#event_name":"e","#distinct_id":"a"}`).ID)

	half := one(t, `{"#type":"track","#event_name":"e","#distinct_id":"a","#time":"2026-01-02 08:34:05","properties":{"#zone_offset":5.5}}`)
	require.Equal(t, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), half.EventTime)
}

func TestShapes(t *testing.T) {
	t.Parallel()
	const record = `{"#type":"track","#event_name":"事件🍎 100%25","#distinct_id":"a","price":1.50}`
	envelope := `{"data":[` + record + `],"#app_id":"k","#flush_time":1767323046000}`
	const bareJSON = ""
	for name, c := range map[string]struct{ target, body, notes string }{
		"list":                {"/sync_server", "[" + record + "]", bareJSON},
		"gzip":                {"/sync_server", zipped("[" + record + "]"), bareJSON},
		"one":                 {"/sync_json", record, bareJSON},
		"envelope":            {"/sync_json", `{"appid":"k","data":` + record + `}`, bareJSON},
		"list of envelopes":   {"/sync_json", `[{"appid":"k","data":` + record + `}]`, bareJSON},
		"phone":               {"/sync", base(zipped(envelope)), ""},
		"phone, not packed":   {"/sync", envelope, bareJSON},
		"browser":             {"/sync_js", "&" + form("data", base(envelope), "version", "2.0.0"), ""},
		"mini program":        {"/sync_xcx", envelope, bareJSON},
		"form":                {"/sync_data", form("appid", "k", "data", record), ""},
		"form with a list":    {"/sync_data", form("appid", "k", "data_list", "["+record+"]"), ""},
		"debug":               {"/data_debug", form("data", record, "source", "server", "appid", "k", "dryRun", "1", "deviceId", "d"), ""},
		"beacon":              {"/sync_js", "--x\r\nContent-Disposition: form-data; name=\"data\"\r\n\r\n" + base(envelope) + "\r\n--x--\r\n", ""},
		"wrong checksum":      {"/sync_js", form("data", base("{"+envelope[1:]), "ext", "crc=1"), "crc"},
		"data_list and empty": {"/sync_data", form("data_list", "["+record+"]", "data", ""), "the payload has data and data_list"},
	} {
		d := decode(t, c.target, c.body)
		require.Len(t, d.Events, 1, name)
		require.Equal(t, "事件🍎 100%25", d.Events[0].Name, name)
		require.Equal(t, []string{record}, []string{d.Events[0].Raw}, name)
		require.Contains(t, strings.Join(d.Events[0].Notes, "; "), c.notes, name)
		if c.notes == "" {
			require.Empty(t, d.Events[0].Notes, name)
		}
		if strings.Contains(c.body, "flush_time") {
			require.Equal(t, time.Date(2026, 1, 2, 3, 4, 6, 0, time.UTC), d.Events[0].SentAt, name)
		}
	}
	both := decode(t, "/sync_data", form("data", record, "data_list", "["+record+","+record+"]"))
	require.Len(t, both.Events, 3)
	envelopes := decode(t, "/sync_json", `[`+envelope+`,{"data":`+record+`},7,`+record+`]`)
	require.Len(t, envelopes.Events, 3)
	require.Len(t, envelopes.Rejected, 1)
	require.False(t, envelopes.Events[0].SentAt.IsZero())
	require.True(t, envelopes.Events[1].SentAt.IsZero(), "the time of sending is the envelope's own")
}

func TestRecordsCostOnlyThemselves(t *testing.T) {
	t.Parallel()
	good := `{"#type":"track","#event_name":"good","#distinct_id":"a"}`
	d := decode(t, "/sync_server", `[`+good+`,7,null,{"ekey":"k","pkv":1,"payload":"x"},{"d":`+strings.Repeat("[", 65)+strings.Repeat("]", 65)+`},`+good+`]`)
	require.Len(t, d.Events, 2)
	require.Len(t, d.Rejected, 4)
	require.Equal(t, wire.Encrypted, d.Rejected[2].Reason)
	for _, empty := range []string{"[]", `{"data":[]}`, `[{"data":[]}]`} {
		d = decode(t, "/sync", empty)
		require.Empty(t, d.Events, empty)
		require.Empty(t, d.Rejected, empty)
	}
	for body, want := range map[string]string{
		"":                  "there is neither a body nor data",
		"x=1":               "neither data nor data_list",
		base("7"):           "the data must be a list or an object, not a number",
		"[" + good + ",}":   "the body is not JSON",
		form("data", "###"): "neither JSON nor base64",
		"[" + strings.Repeat("{},", wire.MaxEvents) + "{}]":          "more than 10000 records",
		"[" + strings.Repeat(`{"data":{}},`, wire.MaxEvents) + "{}]": "too many envelopes",
	} {
		route, r := call(t, http.MethodPost, "/sync_data", body)
		require.Empty(t, route.WriteKey(r))
		var d wire.Decoded
		require.ErrorContains(t, route.Decode(r, &d), want)
		require.Empty(t, d.Events)
		require.Empty(t, d.Rejected)
	}
}
