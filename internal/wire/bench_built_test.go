package wire_test

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/wire"
)

// properties are those of the message that the budgets are stated for.
const properties = `{"product_name":"苹果手机 15 Pro 🍎","category":"手机/数码","price":5999.5,"quantity":1,"is_vip":true,` +
	`"tags":["新品","促销"],"seq":%d,"run_id":"run1","coupon_code":"SUMMER-2026","currency":"CNY","store_id":"store-0042","position":12}`

// benchmarkFormat measures what one event of a payload of 50 costs in a format, from the bytes of its body to events.
func benchmarkBuilt(b *testing.B, target, body string) {
	b.Helper()
	router := newRouter(b)
	u, err := url.ParseRequestURI(target)
	require.NoError(b, err)
	header := http.Header{"Authorization": {"Bearer demo-test"}}
	var r wire.Request
	var d wire.Decoded
	reader := strings.NewReader(body)
	b.ReportAllocs()
	for b.Loop() {
		r.Reset()
		d.Reset()
		reader.Reset(body)
		r.Method, r.Path, r.Query, r.Header, r.ReceivedAt = http.MethodPost, u.Path, u.RawQuery, header, time.Unix(1795356338, 0)
		match, _ := router.Match(r.Method, r.Path)
		if err := r.ReadBody(reader, int64(len(body)), wire.DefaultLimits(), nil); err != nil {
			b.Fatal(err)
		}
		route := match.Pick(&r)
		if route.WriteKey(&r) != "demo-test" || route.Decode(&r, &d) != nil || len(d.Events) != 50 {
			b.Fatal("not decoded")
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/50, "ns/event")
	b.ReportMetric(float64(len(body))/50, "bytes/event")
}

// repeated returns 50 records with a comma between them.
func repeated(record func(i int) string) string {
	var list bytes.Buffer
	for i := range 50 {
		if i > 0 {
			list.WriteByte(',')
		}
		list.WriteString(record(i))
	}
	return list.String()
}

func snowplowPayload(encode func(string) string) string {
	return `{"schema":"iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4","data":[` + repeated(func(i int) string {
		event := `{"schema":"iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0","data":{"schema":"iglu:com.acme/product_viewed/jsonschema/1-0-0","data":` +
			fmt.Sprintf(properties, i) + `}}`
		contexts := `{"schema":"iglu:com.snowplowanalytics.snowplow/contexts/jsonschema/1-0-0","data":[{"schema":"iglu:com.snowplowanalytics.mobile/application/jsonschema/1-0-0","data":{"version":"3.2.1","build":"321"}}]}`
		return `{"e":"ue","eid":"014e852f-042c-4b96-8e11-` + fmt.Sprintf("%012d", i) + `","p":"srv","tv":"node-4.8.0","tna":"acc","aid":"demo-test","uid":"user_1","lang":"zh-CN",` +
			`"tz":"Asia/Shanghai","ttm":"1767323045000","duid":"c4bc2f8d-7590-500d-8eac-81ebd9176b0a","ue_px":` + encode(event) + `,"cx":` + encode(contexts) + `,"stm":"1795356340363"}`
	}) + `]}`
}

func BenchmarkSnowplowDecode50(b *testing.B) {
	benchmarkBuilt(b, "/com.snowplowanalytics.snowplow/tp2", snowplowPayload(func(s string) string {
		return wire.Quote(base64.RawURLEncoding.EncodeToString([]byte(s)))
	}))
}

func BenchmarkSnowplowJSONDecode50(b *testing.B) {
	benchmarkBuilt(b, "/com.snowplowanalytics.snowplow/tp2", snowplowPayload(wire.Quote))
}

func BenchmarkCloudEventsDecode50(b *testing.B) {
	benchmarkBuilt(b, "/cloudevents", "["+repeated(func(i int) string {
		return `{"id":"40b20fd1-1e3c-527b-bc84-` + fmt.Sprintf("%012d", i) + `","time":"2026-01-02T03:04:07.000Z","type":"product_viewed","source":"urn:app:acceptance",` +
			`"specversion":"1.0","datacontenttype":"application/json","subject":"user_3","data":` + fmt.Sprintf(properties, i) +
			`,"anonymousid":"e6804629-33a7-5f95-9e18-9ffa574366f8","appversion":"3.2.1"}`
	})+"]")
}

func BenchmarkGA4Decode50(b *testing.B) {
	benchmarkBuilt(b, "/mp/collect?api_secret=demo-test", `{"client_id":"c4bc2f8d-7590-500d-8eac-81ebd9176b0a","user_id":"user_1","timestamp_micros":"1767323045000000","events":[`+repeated(func(i int) string {
		return `{"name":"product_viewed","params":` + fmt.Sprintf(properties, i) + `}`
	})+"]}")
}

func BenchmarkOTLPDecode50(b *testing.B) {
	benchmarkBuilt(b, "/v1/logs", `{"resourceLogs":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"shop"}},{"key":"telemetry.sdk.name","value":{"stringValue":"opentelemetry"}}]},`+
		`"scopeLogs":[{"scope":{"name":"acceptance","version":"3.2.1"},"logRecords":[`+repeated(func(i int) string {
		return `{"timeUnixNano":"1767323045000000000","observedTimeUnixNano":"1795356498901000000","severityNumber":9,"body":{},"eventName":"product_viewed","attributes":[` +
			`{"key":"product_name","value":{"stringValue":"苹果手机 15 Pro 🍎"}},{"key":"category","value":{"stringValue":"手机/数码"}},{"key":"price","value":{"doubleValue":5999.5}},` +
			`{"key":"quantity","value":{"intValue":1}},{"key":"is_vip","value":{"boolValue":true}},{"key":"tags","value":{"arrayValue":{"values":[{"stringValue":"新品"},{"stringValue":"促销"}]}}},` +
			`{"key":"seq","value":{"intValue":` + strconv.Itoa(i) + `}},{"key":"run_id","value":{"stringValue":"run1"}},{"key":"coupon_code","value":{"stringValue":"SUMMER-2026"}},` +
			`{"key":"currency","value":{"stringValue":"CNY"}},{"key":"store_id","value":{"stringValue":"store-0042"}},{"key":"position","value":{"intValue":12}},` +
			`{"key":"user.id","value":{"stringValue":"user_1"}},{"key":"session.id","value":{"stringValue":"c4bc2f8d-7590-500d-8eac-81ebd9176b0a"}},` +
			`{"key":"log.record.uid","value":{"stringValue":"792765bc-e7a1-5663-8c2d-3b73a73069e0"}}],"droppedAttributesCount":0}`
	})+"]}]}]}")
}

func BenchmarkUmamiDecode50(b *testing.B) {
	benchmarkBuilt(b, "/api/send", "["+repeated(func(i int) string {
		return `{"type":"event","payload":{"website":"demo-test","hostname":"shop.example","language":"zh-CN","screen":"1920x1080","title":"商品详情","url":"/商品/1","referrer":"",` +
			`"name":"product_viewed","data":` + fmt.Sprintf(properties, i) + `}}`
	})+"]")
}

func BenchmarkMatomoDecode50(b *testing.B) {
	benchmarkBuilt(b, "/matomo.php", `{"requests":[`+repeated(func(i int) string {
		return `"?url=https%3A%2F%2Fshop.example%2F%E5%95%86%E5%93%81%2F1&action_name=%E5%95%86%E5%93%81%E8%AF%A6%E6%83%85&e_c=%E8%B4%AD%E7%89%A9&e_a=search_performed&e_n=%E8%8B%B9%E6%9E%9C%E6%89%8B%E6%9C%BA%2015%20Pro%20%F0%9F%8D%8E` +
			`&e_v=` + strconv.Itoa(i) + `&uid=user_2&_id=2cd8b35013af5fb8&cdt=2026-01-02%2003%3A04%3A06&dimension1=3.2.1&cvar=%7B%221%22%3A%5B%22tags%22%2C%22%E6%96%B0%E5%93%81%2C%E4%BF%83%E9%94%80%22%5D%7D&idsite=demo-test&rec=1"`
	})+`]}`)
}
