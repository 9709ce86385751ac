package thinkingdata_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	const record = `{"#type":"track","#event_name":"e","#url":"https://example.com/?x=1&appid=wx1&y=2"}`
	for _, c := range []struct{ target, header, body, want string }{
		{"/sync_server?appid=q", "h", `[{"#app_id":"r"}]`, "h"},
		{"/sync_server?appid=q", "", "[" + record + "]", "q"},
		{"/sync_server", "", "[" + record + "]", ""},
		{"/sync_data", "", form("appid", "f", "data", record), "f"},
		{"/data_debug", "", form("data", record, "appid", "f"), "f"},
		{"/sync", "", base(zipped(`{"data":[` + record + `],"#app_id":"e"}`)), "e"},
		{"/sync_js", "", "&" + form("data", base(`{"data":[`+record+`],"#app_id":"e"}`)), "e"},
		{"/sync_json", "", `[{"appid":"e","data":` + record + `}]`, "e"},
		{"/sync_server", "", `[{"#app_id":"r","#type":"track"}]`, "r"},
		{"/sync", "", `{"data":[{"#app_id":"r","#type":"track"}]}`, "r"},
		{"/sync", "", `{"data":[]}`, ""},
		{"/sync", "", `[]`, ""},
		{"/sync", "", `[[[[[{"#app_id":"r"}]]]]]`, ""},
		{"/sync", "", `#`, ""},
	} {
		route, r := call(t, http.MethodPost, c.target, c.body, "appid", c.header)
		require.Equal(t, c.want, route.WriteKey(r), "%+v", c)
	}
	route, r := call(t, http.MethodGet, "/sync_js?&"+form("data", base(`{"data":[`+record+`],"#app_id":"e"}`)), "")
	require.Equal(t, http.StatusServiceUnavailable, route.Answer(r, wire.Outcome{Kind: wire.Unavailable}).Status, "not all who send that way are browsers")
	require.Equal(t, "e", route.WriteKey(r))
	require.True(t, route.Deaf)
	var d wire.Decoded
	require.NoError(t, route.Decode(r, &d))
	require.Len(t, d.Events, 1)
	require.Equal(t, wire.GIF, route.Answer(r, wire.Outcome{Kind: wire.Accepted}).Body)
}

func TestDryRun(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]bool{
		form("data", "{}", "dryRun", "1"): true, form("data", "{}", "dryRun", "0"): false, form("data", "{}"): false,
		form("data", "{}", "dryRun", "true"): true,
	} {
		route, r := call(t, http.MethodPost, "/data_debug", body)
		require.Equal(t, want, route.DryRun(r), body)
		route, r = call(t, http.MethodGet, "/data_debug?"+body, "")
		require.Equal(t, want, route.DryRun(r), body)
	}
	route, r := call(t, http.MethodPost, "/data_debug?dryRun=1", "{}")
	require.True(t, route.DryRun(r))
	route, _ = call(t, http.MethodPost, "/sync_server", form("dryRun", "1"))
	require.Nil(t, route.DryRun)
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	const why = "the body is not JSON: unexpected end at byte 3"
	for _, c := range []struct {
		target  string
		outcome wire.Outcome
		status  int
		body    string
	}{
		{"/sync_server", wire.Outcome{Kind: wire.Accepted}, 200, `{"code":0}`},
		{"/sync", wire.Outcome{Kind: wire.UnknownKey}, 200, `{"code":-2,"msg":"密钥缺失、错误或已停用，请检查数据接收地址中的密钥"}`},
		{"/sync", wire.Outcome{Kind: wire.Malformed, Reason: why}, 200, `{"code":-1,"msg":"数据不是合法的 JSON：` + why + `"}`},
		{"/sync", wire.Outcome{Kind: wire.TooLarge, Reason: "x"}, 200, `{"code":-1,"msg":"数据过大：x"}`},
		{"/sync", wire.Outcome{Kind: wire.Throttled}, 503, "上报过于频繁，请稍后重试"},
		{"/sync", wire.Outcome{Kind: wire.Unavailable, RetryAfter: time.Minute}, 503, "服务暂时不可用，请稍后重试"},
		{"/data_debug", wire.Outcome{Kind: wire.Accepted}, 200, `{"errorLevel":0,"errorProperties":[],"errorReasons":[]}`},
		{
			"/data_debug",
			wire.Outcome{Kind: wire.UnknownKey},
			200,
			`{"errorLevel":2,"errorProperties":[],"errorReasons":["密钥缺失、错误或已停用，请检查数据接收地址中的密钥"]}`,
		},
		{"/data_debug", wire.Outcome{Kind: wire.Malformed, Reason: "x"}, 200, `{"errorLevel":2,"errorProperties":[],"errorReasons":["数据无法解析：x"]}`},
		{"/data_debug", wire.Outcome{Kind: wire.Unavailable}, 503, "服务暂时不可用，请稍后重试"},
	} {
		route, r := call(t, http.MethodPost, c.target, "")
		a := route.Answer(r, c.outcome)
		require.Equal(t, c.status, a.Status, "%+v", c)
		require.Equal(t, c.body, a.Body, "%+v", c)
		require.Equal(t, c.status == 503, a.RetryAfter > 0, "%+v", c)
	}
}

func TestDebugTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	wrong := capture.Captured{
		Event: capture.Event{Type: capture.Track, Name: "order_paid"}, Verdict: capture.Invalid, Violations: []capture.Violation{
			{Code: "type_mismatch", Severity: capture.Error, Property: "price", Expected: "number", Actual: `"五千"`},
			{Code: "extra_property", Severity: capture.Warning, Property: "x"},
		},
	}
	route, r := call(t, http.MethodPost, "/data_debug", "")
	answer := func(d wire.Decoded) string {
		return route.Answer(r, wire.Outcome{Kind: wire.Accepted, Decoded: &d}).Body
	}
	const text = `事件 order_paid 的属性 price：类型不符，应为 number，实际为 \"五千\"`
	require.JSONEq(t, `{"errorLevel":1,"errorProperties":[{"propertyName":"price","errorReason":"`+text+`"}],"errorReasons":["`+text+`"]}`,
		answer(wire.Decoded{Events: []capture.Captured{wrong}}))
	require.JSONEq(t, `{"errorLevel":2,"errorProperties":[],"errorReasons":["数据无法解析：a record must be an object, not a number"]}`,
		answer(wire.Decoded{Rejected: []wire.Rejection{{Reason: "a record must be an object, not a number"}}}))
}
