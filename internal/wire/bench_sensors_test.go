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

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/wire"
	"github.com/waymarkhq/waymark/internal/wire/sensors"
	"github.com/waymarkhq/waymark/internal/wire/thinkingdata"
)

// sensorsRecord is a record of Sensors Analytics with the properties of message.
const sensorsRecord = `{"_track_id":%d,"type":"track","event":"product_viewed","time":1767323045000,"distinct_id":"user_1",` +
	`"properties":{"$lib":"Android","$lib_version":"6.8.4","$app_version":"3.2.1","$os":"Android","$os_version":"14","$manufacturer":"Xiaomi",` +
	`"$model":"2312DRA50C","$screen_width":1080,"$screen_height":2400,"$network_type":"WIFI","$is_first_day":false,` +
	`"$device_id":"c4bc2f8d-7590-500d-8eac-81ebd9176b0a","product_name":"苹果手机 15 Pro 🍎","category":"手机/数码","price":5999.5,"quantity":1,` +
	`"is_vip":true,"tags":["新品","促销"],"seq":0,"run_id":"run1","coupon_code":"SUMMER-2026","currency":"CNY","store_id":"store-0042","position":12},` +
	`"lib":{"$lib":"Android","$lib_version":"6.8.4","$lib_method":"code","$lib_detail":"com.example.Shop##onCreate##Shop.java##42","$app_version":"3.2.1"},` +
	`"anonymous_id":"c4bc2f8d-7590-500d-8eac-81ebd9176b0a","login_id":"user_1","_flush_time":1767323046000}`

func sensorsList(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprintf(sensorsRecord, 4425338752+i)
	}
	return "[" + strings.Join(list, ",") + "]"
}

// payloadBenchmark measures what one event of a payload costs from the bytes of its body to events.
func payloadBenchmark(b *testing.B, format wire.Format, path, query string, header http.Header, body []byte, events int) {
	b.Helper()
	router, err := wire.NewRouter(format)
	require.NoError(b, err)
	var r wire.Request
	var d wire.Decoded
	reader := bytes.NewReader(body)
	b.ReportAllocs()
	for b.Loop() {
		r.Reset()
		d.Reset()
		reader.Reset(body)
		r.Method, r.Path, r.Query, r.Header, r.ReceivedAt = "POST", path, query, header, time.Unix(1795356338, 0)
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
}

func sensorsBenchmark(b *testing.B, data string, gzip int) {
	b.Helper()
	body := fmt.Sprintf("data_list=%s&gzip=%d", url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(data))), gzip)
	payloadBenchmark(b, sensors.Format(), "/sa", "project=default&token=demo-test", http.Header{}, []byte(body), 50)
}

// BenchmarkDecodeSensors50 is a payload of the SDKs that do not compress, BenchmarkDecodeSensors50Gzip one of all others.
func BenchmarkDecodeSensors50(b *testing.B) { sensorsBenchmark(b, sensorsList(50), 0) }

func BenchmarkDecodeSensors50Gzip(b *testing.B) {
	sensorsBenchmark(b, string(zipped(sensorsList(50))), 1)
}

// BenchmarkDecodeSensors50Plain is what is left without form, base64 and gzip.
func BenchmarkDecodeSensors50Plain(b *testing.B) {
	payloadBenchmark(b, sensors.Format(), "/sa", "token=demo-test", http.Header{}, []byte(sensorsList(50)), 50)
}

// thinkingRecord is a record of ThinkingData with the properties of message.
const thinkingRecord = `{"#type":"track","#time":"2026-01-02 11:04:05.000","#distinct_id":"c4bc2f8d-7590-500d-8eac-81ebd9176b0a",` +
	`"#account_id":"user_1","#event_name":"product_viewed","#uuid":"ff8c75db-72e4-5443-9eea-%012d","properties":{"#lib":"Android",` +
	`"#lib_version":"3.0.2","#app_version":"3.2.1","#os":"Android","#os_version":"14","#manufacturer":"Xiaomi","#device_model":"2312DRA50C",` +
	`"#screen_width":1080,"#screen_height":2400,"#network_type":"WIFI","#zone_offset":8,"#device_id":"dev-0001","#bundle_id":"com.example.shop",` +
	`"product_name":"苹果手机 15 Pro 🍎","category":"手机/数码","price":5999.5,"quantity":1,"is_vip":true,"tags":["新品","促销"],"seq":0,` +
	`"run_id":"run1","coupon_code":"SUMMER-2026","currency":"CNY","store_id":"store-0042","position":12}}`

func BenchmarkDecodeThinkingData50(b *testing.B) {
	list := make([]string, 50)
	for i := range list {
		list[i] = fmt.Sprintf(thinkingRecord, i)
	}
	body := "[" + strings.Join(list, ",") + "]"
	payloadBenchmark(b, thinkingdata.Format(), "/sync_server", "", http.Header{"Appid": {"demo-test"}}, []byte(body), 50)
}
