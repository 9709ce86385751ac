package sensors_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
	"github.com/waymarkhq/waymark/internal/wire"
)

func TestKeys(t *testing.T) {
	t.Parallel()
	record := base(`{"type":"track","event":"e","distinct_id":"u","project":"rp","token":"rt"}`)
	for _, c := range []struct{ target, body, want string }{
		{"/sa?project=p&token=t", form("data", record), "t"},
		{"/sa?token=a%2Bb", form("data", record), "a+b"},
		{"/sa?project=p", form("data", record), "p"},
		{"/sa?token=&project=p", form("data", record), "p"},
		{"/sa", form("data", record), "rt"},
		{"/sa", form("data_list", base(`[{"project":"rp"}]`)), "rp"},
		{"/sa", form("data_list", base(`[{"project":"rp"}]`), "data", record), "rp"},
		{"/sa", form("data_list", base(`[]`)), ""},
		{"/sa", form("data_list", base(`[7]`)), ""},
		{"/sa", form("data", "###"), ""},
		{"/sa", "", ""},
		{"/debug?token=t", form("data", record), "t"},
	} {
		route, r := call(t, http.MethodPost, c.target, c.body)
		require.Equal(t, c.want, route.WriteKey(r), "%+v", c)
	}
	route, r := call(t, http.MethodGet, "/sa.gif?data="+strings.ReplaceAll(record, "=", "%3D"), "")
	require.Equal(t, "rt", route.WriteKey(r))
}

func TestDryRun(t *testing.T) {
	t.Parallel()
	body := form("data", base(`{"type":"track","event":"e","distinct_id":"u"}`))
	for _, c := range []struct {
		method, said, origin string
		want                 bool
	}{
		{"POST", "", "", false},
		{"POST", "true", "", true},
		{"POST", "True", "", true},
		{"POST", "1", "", true},
		{"POST", "false", "", false},
		{"GET", "true", "", true},
		{"GET", "false", "https://shop.example.com", true}, // debug_mode_upload: false
		{"GET", "true", "https://shop.example.com", false},
		{"GET", "", "https://shop.example.com", false},
	} {
		target, sent := "/debug?token=k", body
		if c.method == http.MethodGet {
			target, sent = target+"&"+body, ""
		}
		route, r := call(t, c.method, target, sent, "Dry-Run", c.said, "Origin", c.origin)
		require.Equal(t, c.want, route.DryRun(r), "%+v", c)
		var d wire.Decoded
		require.NoError(t, route.Decode(r, &d))
		require.Len(t, d.Events, 1)
	}
	route, _ := call(t, http.MethodPost, "/sa", body)
	require.Nil(t, route.DryRun)
}

func TestHandShake(t *testing.T) {
	t.Parallel()
	for _, target := range []string{"/sa?project=p&token=k&info_id=XYZ", "/debug?token=k&info_id=XYZ", "/sa.gif?info_id="} {
		route, r := call(t, http.MethodPost, target, `{"distinct_id":"paired"}`)
		require.Equal(t, wire.Pair, route.Task, target)
		code, id := route.Pairing(r)
		require.Equal(t, []string{map[bool]string{true: "XYZ"}[strings.Contains(target, "XYZ")], "paired"}, []string{code, id})
		require.Equal(t, 200, route.Answer(r, wire.Outcome{Kind: wire.Accepted}).Status)
	}
	route, _ := call(t, http.MethodPost, "/sa?info_id=XYZ", form("data", base(`{"event":"e"}`)))
	require.Equal(t, wire.Collect, route.Task, "these are events")
	route, r := call(t, http.MethodPost, "/sa?token=k", `{"distinct_id":"paired"}`)
	var d wire.Decoded
	require.NoError(t, route.Decode(r, &d))
	require.Empty(t, d.Events, "no bad event without info_id either")
	require.Empty(t, d.Rejected)
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	const why = "the body is not JSON: unexpected end at byte 3"
	for _, c := range []struct {
		method, target string
		outcome        wire.Outcome
		status         int
		body, reason   string
	}{
		{"POST", "/sa", wire.Outcome{Kind: wire.Accepted}, 200, "", ""},
		{"POST", "/sa", wire.Outcome{Kind: wire.UnknownKey, Reason: "the write key is missing"}, 200, "", "the write key is missing"},
		{"POST", "/sa", wire.Outcome{Kind: wire.Malformed, Reason: why}, 200, "", why},
		{"POST", "/sa.gif", wire.Outcome{Kind: wire.TooLarge, Reason: "large"}, 200, "", "large"},
		{"POST", "/sa", wire.Outcome{Kind: wire.Throttled, RetryAfter: time.Second}, 503, "上报过于频繁，请稍后重试", ""},
		{"POST", "/sa", wire.Outcome{Kind: wire.Unavailable}, 503, "服务暂时不可用，请稍后重试", ""},
		{"GET", "/sa.gif", wire.Outcome{Kind: wire.Accepted}, 200, wire.GIF, ""},
		{"GET", "/sa", wire.Outcome{Kind: wire.Unavailable, Reason: "full"}, 503, "服务暂时不可用，请稍后重试", ""},
		{"POST", "/debug", wire.Outcome{Kind: wire.Accepted}, 200, "{}", ""},
		{"POST", "/debug", wire.Outcome{Kind: wire.UnknownKey, Reason: "unknown"}, 400, "密钥缺失、错误或已停用，请检查数据接收地址中的密钥", "unknown"},
		{"POST", "/debug", wire.Outcome{Kind: wire.Malformed, Reason: why}, 400, "数据不是合法的 JSON：" + why, why},
		{"POST", "/debug", wire.Outcome{Kind: wire.TooLarge, Reason: "large"}, 400, "数据过大：large", "large"},
		{"POST", "/debug", wire.Outcome{Kind: wire.Unavailable}, 503, "服务暂时不可用，请稍后重试", ""},
		{"GET", "/config/Android.conf?v=1", wire.Outcome{Kind: wire.Accepted}, 404, "no remote config", ""},
		{"GET", "/config/iOS.conf", wire.Outcome{Kind: wire.Accepted}, 404, "no remote config", ""},
	} {
		route, r := call(t, c.method, c.target, "")
		a := route.Answer(r, c.outcome)
		require.Equal(t, c.status, a.Status, "%+v", c)
		require.Equal(t, c.body, a.Body, "%+v", c)
		require.Equal(t, c.reason, a.Reason, "%+v", c)
		require.Equal(t, c.status == 503, a.RetryAfter > 0, "%+v", c)
	}
}

// TestDebugTellsWhatIsWrong: the text is what the developer sees on the phone.
func TestDebugTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	judged := func(name string, v ...capture.Violation) capture.Captured {
		return capture.Captured{Event: capture.Event{Type: capture.Track, Name: name}, Verdict: capture.Invalid, Violations: v}
	}
	profile := judged("identify", capture.Violation{Code: "type_mismatch", Severity: capture.Error, Property: "age", Expected: "integer", Actual: `"三"`})
	profile.Type = capture.Identify
	unplanned := judged("not_in_plan", capture.Violation{Code: check.EventUnplanned, Severity: capture.Error, Expected: "a planned event", Actual: "not_in_plan"})
	unplanned.Verdict = capture.Unplanned
	d := &wire.Decoded{
		Events: []capture.Captured{
			{Event: capture.Event{Type: capture.Track, Name: "fine"}, Verdict: capture.Valid, Violations: []capture.Violation{{
				Code: "extra_property", Severity: capture.Warning, Property: "x",
			}}},
			judged("order_paid", capture.Violation{Code: "type_mismatch", Severity: capture.Error, Property: "price", Expected: "number", Actual: `"五千"`},
				capture.Violation{Code: "property_missing", Severity: capture.Error, Property: "seq", Expected: "integer", Actual: "absent"}),
			unplanned, profile,
			judged("", check.Unreadable("a record must be an object, not a number", "7")),
		},
		Rejected: []wire.Rejection{{Reason: "a record must be an object, not a number", Raw: "7"}, {Reason: wire.Encrypted}},
	}
	route, r := call(t, http.MethodPost, "/debug?token=k", "")
	a := route.Answer(r, wire.Outcome{Kind: wire.Accepted, Decoded: d})
	require.Equal(t, 400, a.Status)
	require.Equal(t, "text/plain; charset=utf-8", a.ContentType)
	require.Equal(t, strings.Join([]string{
		`事件 order_paid 的属性 price：类型不符，应为 number，实际为 "五千"`,
		`事件 order_paid 的属性 seq：缺少必填属性，应为 integer`,
		`事件 not_in_plan：事件未定义`,
		`用户属性上报 的属性 age：类型不符，应为 integer，实际为 "三"`,
		`数据无法解析：a record must be an object, not a number`,
		`数据已加密，无法校验：请在测试环境关闭 SDK 加密（encrypted）`,
	}, "\n"), a.Body)

	route, r = call(t, http.MethodGet, "/debug?token=k", "", "Origin", "https://shop.example.com")
	a = route.Answer(r, wire.Outcome{Kind: wire.Accepted, Decoded: d})
	require.Equal(t, 200, a.Status, "the browser SDK shows nothing for an error status")
	require.True(t, strings.HasPrefix(a.Body, `{"error":"事件 order_paid`), a.Body)

	d.Events, d.Rejected = d.Events[:1], nil
	require.Equal(t, "{}", route.Answer(r, wire.Outcome{Kind: wire.Accepted, Decoded: d}).Body)
	d = &wire.Decoded{Events: make([]capture.Captured, 0, 50)}
	for range 50 {
		d.Events = append(d.Events, unplanned)
	}
	require.Equal(t, 9, strings.Count(route.Answer(r, wire.Outcome{Kind: wire.Accepted, Decoded: d}).Body, `\n`), "a dialog has an end")
}
