package e2e_test

import (
	"net/http"
	"strings"
	"testing"
)

// shop is a planned app: what the SDK scripts in clients/ report.
type shop struct {
	App, Batch string            // key, number
	Test       string            // write key of the environment test
	Production string            // that of production
	Events     map[string]string // ids by wire name
}

// The events of the shop, each with all of its properties.
var shopEvents = map[string]string{"product_viewed": "浏览商品", "search_performed": "搜索", "order_paid": "订单支付"}

var shopProperties = map[string]string{
	"product_name": `{base: STRING}`, "category": `{base: STRING}`, "price": `{base: NUMBER, constraints: {minimum: "0"}}`,
	"quantity": `{base: INTEGER}`, "is_vip": `{base: BOOLEAN}`, "tags": `{base: LIST, items: {base: STRING}}`,
	"seq": `{base: INTEGER}`, "run_id": `{base: STRING}`,
}

// What the events may carry besides.
var shopExtras = map[string]string{
	"family": `{base: STRING}`, "order_no": `{base: INTEGER}`, "discount": `{base: NUMBER, constraints: {minimum: "0", maximum: "1"}}`,
	"address": `{base: OBJECT, fields: [{name: "city", required: true, type: {base: STRING}}, {name: "zip", type: {base: STRING}}]}`,
	"goods":   `{base: LIST, items: {base: OBJECT, fields: [{name: "sku", required: true, type: {base: STRING}}, {name: "count", type: {base: INTEGER}}]}}`,
}

// planShop plans the shop through the API, as a person would: the app, a batch, properties, events, the profile of a user
// and that of an item.
func planShop(t *testing.T, c *client) shop {
	t.Helper()
	made := c.must(t, `mutation { createApp(input: {key: "shop", name: "商城", terminals: [
		{key: "android", name: "安卓", kind: ANDROID, systems: ["Android"]},
		{key: "web", name: "网页", kind: WEB, libraries: ["analytics.js", "RudderLabs JavaScript SDK"]}]}) {
		app { key environments { key writeKeys { key } } } } }`, nil)
	s := shop{App: made.text("createApp", "app", "key"), Events: map[string]string{}}
	for _, e := range made.list("createApp", "app", "environments") {
		switch e.text("key") {
		case "test":
			s.Test = e.text("writeKeys", 0, "key")
		case "production":
			s.Production = e.text("writeKeys", 0, "key")
		}
	}
	s.Batch = c.must(t, `mutation { createBatch(input: {app: "shop", title: "商城基础埋点 🛒"}) { batch { number } } }`, nil).
		text("createBatch", "batch", "number")
	uses := []string{}
	for key, typ := range shopProperties {
		s.property(t, c, key, typ)
		uses = append(uses, `{key: "`+key+`"}`)
	}
	for key, typ := range shopExtras {
		s.property(t, c, key, typ)
		uses = append(uses, `{key: "`+key+`", presence: OPTIONAL}`)
	}
	for wireName, name := range shopEvents {
		made := c.must(t, `mutation($batch: String!, $name: String!, $wireName: String) { createEvent(input: {batch: $batch, name: $name,
			wireName: $wireName, properties: [`+strings.Join(uses, ", ")+`]}) { event { id } } }`,
			vars{"batch": s.Batch, "name": name, "wireName": wireName})
		s.Events[wireName] = made.text("createEvent", "event", "id")
	}
	s.property(t, c, "nickname", `{base: STRING}`)
	s.property(t, c, "level", `{base: INTEGER}`)
	c.must(t, `mutation($batch: String!) { createEvent(input: {batch: $batch, key: "user", kind: USER_PROFILE, name: "用户",
		properties: [{key: "nickname", presence: OPTIONAL}, {key: "level", presence: OPTIONAL}]}) { event { id } } }`, vars{"batch": s.Batch})
	c.must(t, `mutation($batch: String!) { createEvent(input: {batch: $batch, key: "goods", kind: ITEM, name: "商品",
		properties: [{key: "product_name"}, {key: "price"}]}) { event { id } } }`, vars{"batch": s.Batch})
	awaitPlan(t, c, c.server)
	return s
}

// awaitPlan waits until nodes judge by the shop's plan as it is now. They learn of changes a moment later, of all at once:
// who knows the newest write key knows everything that was planned before it.
func awaitPlan(t *testing.T, c *client, nodes ...*server) {
	t.Helper()
	key := c.must(t, `mutation { createWriteKey(input: {app: "shop", environment: "production", name: "newest"}) { writeKey { key } } }`, nil).
		text("createWriteKey", "writeKey", "key")
	for _, node := range nodes {
		eventually(t, "the node knows the plan", func() bool { return post(t, node.URL+"/v1/batch", key, `{"batch":[]}`).status == http.StatusOK })
	}
}

func (s shop) property(t *testing.T, c *client, key, typ string) {
	t.Helper()
	c.must(t, `mutation($batch: String!, $key: String!) { createProperty(input: {app: "shop", batch: $batch, key: $key, name: $key,
		type: `+typ+`}) { property { id } } }`, vars{"batch": s.Batch, "key": key})
}
