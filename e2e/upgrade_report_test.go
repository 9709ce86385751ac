package e2e_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// source is where a fixture's devices report: a write key with where it leads to.
type source struct{ Key, App, Environment string }

// sources are the good write keys of the next fixture, by what they are for.
var sources = map[string]source{
	"mall test":       {writeKey("mall test"), "mall", "test"},
	"mall ios":        {writeKey("mall ios"), "mall", "test"},
	"mall android":    {writeKey("mall android"), "mall", "test"},
	"mall web":        {writeKey("mall web"), "mall", "test"},
	"mall production": {writeKey("mall production"), "mall", "production"},
	"mall staging":    {writeKey("mall staging"), "mall", "staging"},
	"desk test":       {writeKey("desk test"), "desk", "test"},
	"desk production": {writeKey("desk production"), "desk", "production"},
	"desk server":     {writeKey("desk server"), "desk", "production"},
}

// eachSource yields the sources in a fixed order.
func (f *fixture) eachSource(yield func(name string, s source)) {
	for _, name := range slices.Sorted(maps.Keys(f.Sources)) {
		yield(name, f.Sources[name])
	}
}

// The app versions of what is reported to the binary of the past, the last of which does not come into its database any
// more, and to the one of today.
const (
	firstVersion = "8.5.0"
	midVersion   = "8.6.0"
	lateVersion  = "8.7.1"
	newVersion   = "9.0.0"
)

// records are what devices of each app report to the next fixture: first what the plan finds good, then what it does not.
var records = map[string][]string{
	"mall": {
		`"type": "track", "event": "order_paid", "properties": {"pay_by": "wechat", "price": 59.5, "quantity": 2, "currency": "CNY",
				"is_vip": true, "paid_at": "2026-01-02T03:04:05Z", "protocol": "v2", "extra": "{\"a\": {\"b\": {\"c\": 1}}, \"list\": [1, 2]}",
				"goods": [{"sku": "SKU10086", "price": 59.5, "origin": {"city": "杭州"}}]}`,
		`"type": "track", "event": "pay_success", "properties": {"pay_by": "alipay", "price": 1, "quantity": 1}`,
		`"type": "track", "event": "element_click", "properties": {"spm": "a1.b2", "title": "双十一 🎉"}`,
		`"type": "track", "event": "search_performed", "properties": {"title": "手机", "tags": ["新品"], "surprise": [1, {"deep": null}]}`,
		`"type": "identify", "traits": {"user_level": 3, "phone": "13800000000", "birthday": null}`,
		`"type": "page", "name": "home", "properties": {"title": "首页"}`,
		`"type": "track", "event": "order_paid", "properties": {"pay_by": "shells", "price": "free", "quantity": 100, "goods": [{"price": -1}]}`,
		`"type": "track", "event": "element_click", "properties": {"spm": "a1.b9"}`,
		`"type": "track", "event": "product_viewed", "properties": {"sku": "10086", "tags": ["1", "2", "3", "4", "5", "6"]}`,
		`"type": "track", "event": "pay_done", "properties": {}`,
		`"type": "track", "event": "nobody_planned_this", "properties": {"x": 1}`,
		`"type": "identify", "traits": {"user_level": 12, "phone": "call me"}`,
		`"type": "unheard of"`,
	},
	"desk": {
		`"type": "track", "event": "Ticket Closed", "properties": {"ticket_id": 7, "ticket_state": 2}`,
		`"type": "track", "event": "Ticket Closed", "properties": {"ticket_state": 1}`,
		`"type": "track", "event": "ticket closed", "properties": {}`,
	},
}

// devices are where records come from, as SDKs say it.
var devices = []string{
	`"os": {"name": "iOS", "version": "17.1"}, "device": {"id": "dev-ios", "model": "iPhone16,1"}, "library": {"name": "analytics-ios", "version": "4.1.8"}`,
	`"os": {"name": "Android", "version": "14"}, "device": {"id": "dev-android", "model": "2312DRA50C"}, "library": {"name": "analytics-go", "version": "3.3.0"}`,
	`"page": {"url": "https://mall.example.com/?q=手机"}, "library": {"name": "analytics.js", "version": "1.2.3"}`,
}

// send sends records to a source as an SDK does, in one payload that also repeats the first of them, and returns the ids
// of what was answered with success.
func (f *fixture) send(t *testing.T, s *server, name, version string) (ids []string) {
	t.Helper()
	from, all := f.Sources[name], []string{}
	for i, record := range f.Records[from.App] {
		id := fmt.Sprintf("%s %s %d", name, version, i)
		ids = append(ids, id)
		all = append(all, fmt.Sprintf(`{%s, "messageId": %q, "userId": "user-%d", "anonymousId": "visitor", "timestamp": "2026-01-02T03:04:05.678Z",
			"context": {"app": {"name": "app", "version": %q, "build": "7"}, %s}}`, record, id, i, version, devices[i%len(devices)]))
	}
	path := "/v1/batch"
	if name == "desk test" { // The other format; its key is in the address.
		path = "/beacon/v1/batch?writeKey=" + from.Key
	}
	answer := post(t, s.URL+path, from.Key, `{"batch": [`+strings.Join(append(all, all[0]), ", ")+`], "sentAt": "2026-01-02T03:04:06Z"}`)
	require.Equal(t, http.StatusOK, answer.status, answer.body)
	return ids
}
