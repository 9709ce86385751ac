package wire_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/waymarkhq/waymark/internal/wire"
)

// own are the properties of the app in the benchmarks' events, as in Segment's message.
const own = `"product_name":"苹果手机 15 Pro 🍎","category":"手机/数码","price":5999.5,"quantity":1,"is_vip":true,` +
	`"tags":["新品","促销"],"seq":%[1]d,"run_id":"run1","coupon_code":"SUMMER-2026","currency":"CNY","store_id":"store-0042","position":12`

const posthogEvent = `{"event":"product_viewed","properties":{` + own + `,"$app_name":"验收商城","$app_version":"3.2.1","$app_build":"321",` +
	`"$os":"Android","$os_version":"14","$device_id":"c4bc2f8d-7590-500d-8eac-81ebd9176b0a","$device_manufacturer":"Xiaomi",` +
	`"$device_model":"2312DRA50C","$current_url":"https://shop.example.com/p/0042?from=search","$pathname":"/p/0042","$locale":"zh-CN",` +
	`"$timezone":"Asia/Shanghai","$session_id":"01a2039a-7d6d-7eb9-8804-b1724346b8cf","$lib":"posthog-node","$lib_version":"5.70.0",` +
	`"$is_server":true,"$geoip_disable":true},"timestamp":"2026-01-02T03:04:05.000Z","uuid":"c1b73274-fba0-54fc-9904-%[2]012d","distinct_id":"user_1"}`

const amplitudeEvent = `{"time":1767323045000,"insert_id":"c1b73274-fba0-54fc-9904-%[2]012d","event_type":"product_viewed","event_properties":{` + own + `},` +
	`"user_id":"user_1","device_id":"c4bc2f8d-7590-500d-8eac-81ebd9176b0a","session_id":1795356814689,"app_version":"3.2.1","platform":"Android",` +
	`"os_name":"Android","os_version":"14","device_manufacturer":"Xiaomi","device_model":"2312DRA50C","language":"zh-CN","carrier":"中国移动",` +
	`"country":"China","ip":"$remote","event_id":3,"library":"amplitude-node-ts/1.5.73"}`

const mixpanelEvent = `{"event":"product_viewed","properties":{` + own + `,"distinct_id":"user_1","$device_id":"c4bc2f8d-7590-500d-8eac-81ebd9176b0a",` +
	`"$user_id":"user_1","$insert_id":"c1b73274-fba0-54fc-9904-%[2]012d","time":1767323045000,"$app_version_string":"3.2.1","$app_build_number":"321",` +
	`"$os":"Android","$os_version":"14","$manufacturer":"Xiaomi","$model":"2312DRA50C","$wifi":true,"$carrier":"中国移动","$screen_dpi":440,` +
	`"token":"demo-test","mp_lib":"android","$lib_version":"8.0.0"}}`

// benchmarkFormat measures what one event of a payload of 50 costs, from the bytes of its body to events, with all formats
// in the router.
func benchmarkFormat(b *testing.B, format, path, before, event, after string, wrap ...func(string) string) {
	b.Helper()
	list := make([]string, 50)
	for i := range list {
		list[i] = fmt.Sprintf(event, i, i)
	}
	text := before + strings.Join(list, ",") + after
	for _, w := range wrap {
		text = w(text)
	}
	body := []byte(text)
	router := newRouter(b)
	var r wire.Request
	var d wire.Decoded
	reader := bytes.NewReader(body)
	header := http.Header{}
	b.ReportAllocs()
	for b.Loop() {
		r.Reset()
		d.Reset()
		reader.Reset(body)
		r.Method, r.Path, r.Header, r.ReceivedAt = http.MethodPost, path, header, time.Unix(1795356338, 0)
		match, _ := router.Match(r.Method, r.Path)
		if err := r.ReadBody(reader, int64(len(body)), wire.DefaultLimits(), nil); err != nil {
			b.Fatal(err)
		}
		route := match.Pick(&r)
		if route.WriteKey(&r) != "demo-test" || route.Decode(&r, &d) != nil || len(d.Events) != 50 || route.Format != format {
			b.Fatal("not decoded")
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/50, "ns/event")
	b.ReportMetric(float64(len(body))/50, "bytes/event")
}

func BenchmarkDecode50PostHog(b *testing.B) {
	benchmarkFormat(b, "posthog", "/batch/", `{"api_key":"demo-test","batch":[`, posthogEvent, `],"sent_at":"2026-11-22T14:05:38.516Z"}`)
}

func BenchmarkDecode50Amplitude(b *testing.B) {
	benchmarkFormat(b, "amplitude", "/2/httpapi", `{"api_key":"demo-test","events":[`, amplitudeEvent, `],"options":{"min_id_length":1}}`)
}

func BenchmarkDecode50Mixpanel(b *testing.B) {
	benchmarkFormat(b, "mixpanel", "/track/", "[", mixpanelEvent, "]")
}

// BenchmarkDecode50MixpanelForm is the same as SDKs send it: in base64, in a form.
func BenchmarkDecode50MixpanelForm(b *testing.B) {
	benchmarkFormat(b, "mixpanel", "/track/", "[", mixpanelEvent, "]", asForm)
}

func asForm(text string) string {
	return "data=" + url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(text)))
}
