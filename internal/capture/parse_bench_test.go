package capture_test

import (
	"encoding/json"
	"testing"

	"github.com/waymarkhq/waymark/internal/capture"
)

// segmentEvent is a Segment message of the size that the budgets are stated for (926 bytes).
const segmentEvent = `{"timestamp":"2026-01-02T03:04:05.000Z","integrations":{},"event":"product_viewed","type":"track","properties":{"product_name":"苹果手机 15 Pro 🍎","category":"手机/数码","price":5999.5,"quantity":1,"is_vip":true,"tags":["新品","促销"],"seq":0,"run_id":"run1","coupon_code":"SUMMER-2026","currency":"CNY","store_id":"store-0042","position":12},"context":{"app":{"name":"验收商城","version":"3.2.1","build":"321"},"os":{"name":"Android","version":"14"},"device":{"id":"dev-0001","manufacturer":"Xiaomi","model":"2312DRA50C"},"locale":"zh-CN","timezone":"Asia/Shanghai","library":{"name":"@segment/analytics-node","version":"3.1.0"}},"userId":"user_1","anonymousId":"c4bc2f8d-7590-500d-8eac-81ebd9176b0a","messageId":"c1b73274-fba0-54fc-9904-ffa3c8e5a720","_metadata":{"nodeVersion":"v20.20.2","jsRuntime":"node"}}`

func BenchmarkParse(b *testing.B) {
	b.SetBytes(int64(len(segmentEvent)))
	b.ReportAllocs()
	var tape capture.Tape
	for b.Loop() {
		tape, _ = capture.Parse(tape[:0], segmentEvent)
	}
	b.ReportMetric(float64(len(tape)), "nodes")
}

// BenchmarkFloorValid is what the standard library takes to look at the same text without keeping anything.
func BenchmarkFloorValid(b *testing.B) {
	text := []byte(segmentEvent)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		json.Valid(text)
	}
}
