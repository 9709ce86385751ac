package wire_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
	"github.com/waymarkhq/waymark/internal/wire/segment"
	"github.com/waymarkhq/waymark/internal/wire/waymark"
)

// message is a Segment message of the size that the budgets are stated for.
const message = `{"timestamp":"2026-01-02T03:04:05.000Z","integrations":{},"event":"product_viewed","type":"track",` +
	`"properties":{"product_name":"苹果手机 15 Pro 🍎","category":"手机/数码","price":5999.5,"quantity":1,"is_vip":true,` +
	`"tags":["新品","促销"],"seq":%d,"run_id":"run1","coupon_code":"SUMMER-2026","currency":"CNY","store_id":"store-0042","position":12},` +
	`"context":{"app":{"name":"验收商城","version":"3.2.1","build":"321"},"os":{"name":"Android","version":"14"},` +
	`"device":{"id":"dev-0001","manufacturer":"Xiaomi","model":"2312DRA50C"},"page":{"url":"https://shop.example.com/p/0042?from=search","path":"/p/0042","title":"验收"},` +
	`"locale":"zh-CN","timezone":"Asia/Shanghai",` +
	`"library":{"name":"@segment/analytics-node","version":"3.1.0"}},"userId":"user_1","anonymousId":"c4bc2f8d-7590-500d-8eac-81ebd9176b0a",` +
	`"messageId":"c1b73274-fba0-54fc-9904-%012d","_metadata":{"nodeVersion":"v20.20.2","jsRuntime":"node"}}`

// batchOf returns a payload of n messages.
func batchOf(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(message, i, i)
	}
	return `{"batch":[` + strings.Join(list, ",") + `],"writeKey":"demo-test","sentAt":"2026-11-22T14:05:38.516Z"}`
}

func zipped(text string) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return b.Bytes()
}

// decodeBenchmark measures what one event of a payload costs from the bytes of its body to events.
func decodeBenchmark(b *testing.B, body []byte, events int) {
	b.Helper()
	decodeBenchmarkOf(b, segment.Format(), "/v1/batch", body, events)
}

func decodeBenchmarkOf(b *testing.B, format wire.Format, path string, body []byte, events int) {
	b.Helper()
	router, err := wire.NewRouter(format)
	require.NoError(b, err)
	header := http.Header{"Authorization": {"Basic ZGVtby10ZXN0Og=="}}
	var r wire.Request
	var d wire.Decoded
	reader := bytes.NewReader(body)
	b.ReportAllocs()
	for b.Loop() {
		r.Reset()
		d.Reset()
		reader.Reset(body)
		r.Method, r.Path, r.Header, r.ReceivedAt = "POST", path, header, time.Unix(1795356338, 0)
		match, _ := router.Match(r.Method, r.Path)
		if err := r.ReadBody(reader, int64(len(body)), wire.DefaultLimits(), nil); err != nil {
			b.Fatal(err)
		}
		route := match.Pick(&r)
		if route.WriteKey(&r) != "demo-test" || route.Decode(&r, &d) != nil || len(d.Events) != events {
			b.Fatal("not decoded")
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(events), "ns/event")
	b.ReportMetric(float64(len(body))/float64(events), "bytes/event")
}

// BenchmarkBudgetDecode50 is the decoder's part of the budget "one event in, payload of 50": at most 1 µs an event.
func BenchmarkBudgetDecode50(b *testing.B) { decodeBenchmark(b, []byte(batchOf(50)), 50) }

// BenchmarkBudgetDecode1 is its part of the budget "one event in, alone in its payload".
func BenchmarkBudgetDecode1(b *testing.B) { decodeBenchmark(b, []byte(batchOf(1)), 1) }

func BenchmarkDecode50Gzip(b *testing.B) { decodeBenchmark(b, zipped(batchOf(50)), 50) }

// BenchmarkDecode50Waymark is a payload of 50 in Waymark's own format.
func BenchmarkDecode50Waymark(b *testing.B) {
	const event = `{"event":"product_viewed","properties":{"product_name":"苹果手机 15 Pro 🍎","category":"手机/数码","price":5999.5,` +
		`"quantity":1,"is_vip":true,"tags":["新品","促销"],"seq":%d,"run_id":"run1","coupon_code":"SUMMER-2026","currency":"CNY",` +
		`"store_id":"store-0042","position":12},"app":{"name":"验收商城","version":"3.2.1","build":"321"},` +
		`"os":{"name":"Android","version":"14"},"device":{"manufacturer":"Xiaomi","model":"2312DRA50C"},"deviceId":"dev-0001",` +
		`"library":{"name":"shop","version":"3.1.0"},"userId":"user_1","anonymousId":"c4bc2f8d-7590-500d-8eac-81ebd9176b0a",` +
		`"time":"2026-01-02T03:04:05.000Z","id":"c1b73274-fba0-54fc-9904-%012d"}`
	list := make([]string, 50)
	for i := range list {
		list[i] = fmt.Sprintf(event, i, i)
	}
	decodeBenchmarkOf(b, waymark.Format(), "/v1/events", []byte(`{"events":[`+strings.Join(list, ",")+`]}`), 50)
}

// BenchmarkFloorParse50 is what reading the JSON alone takes.
func BenchmarkFloorParse50(b *testing.B) {
	text := batchOf(50)
	var tape capture.Tape
	for b.Loop() {
		tape, _ = capture.Parse(tape[:0], text)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/50, "ns/event")
}
