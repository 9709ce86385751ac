package e2e_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// filler fills a server with what a fixture holds, through the API alone.
type filler struct {
	*server
	people map[string]*client // by address
	ids    map[string]string  // by kind and key, e.g. event order_paid
}

// do runs one mutation, with its input as JSON, as the person with an address, and returns the object that it answers with.
// Words like `$event order_paid$` in the input stand for ids.
func (f *filler) do(t *testing.T, who, mutation, selection, input string) value {
	t.Helper()
	kind := strings.ToUpper(mutation[:1]) + mutation[1:] + "Input"
	switch mutation {
	case "grantRole", "revokeRole":
		kind = "RoleInput"
	case "deleteEvent":
		kind = "DeleteDefinitionInput"
	case "deleteBatch":
		kind = "DeleteInput"
	}
	for name, id := range f.ids {
		input = strings.ReplaceAll(input, "$"+name+"$", id)
	}
	require.NotContains(t, input, "$")
	return f.people[who].must(t, "mutation($input: "+kind+"!) { "+mutation+"(input: $input) { "+selection+" } }",
		vars{"input": json.RawMessage(input)}).at(mutation)
}

// make is do for something new of a kind, whose id is kept under the name.
func (f *filler) make(t *testing.T, who, kind, name, input string) {
	t.Helper()
	made := f.do(t, who, "create"+strings.ToUpper(kind[:1])+kind[1:], kind+" { id }", input)
	f.ids[kind+" "+name] = made.text(kind, "id")
}

// The people of a fixture. All of them have the password of the administrator.
const (
	editorEmail    = "editor@example.com"    // edits the mall, sees the desk
	reviewerEmail  = "reviewer@example.com"  // reviews everything
	developerEmail = "developer@example.com" // builds and tests the desk
	leaverEmail    = "leaver@example.com"    // has left
)

// apps makes the apps, with what they run on, report from and report with.
func (f *filler) apps(t *testing.T) {
	t.Helper()
	f.make(t, adminEmail, "app", "mall", `{"key": "mall", "name": "商城", "description": "卖货的主应用 🛒", "terminals": [
		{"key": "ios", "name": "苹果", "kind": "IOS", "systems": ["iOS", "iPadOS"]},
		{"key": "android", "name": "安卓", "kind": "ANDROID", "systems": ["Android"]},
		{"key": "web", "name": "网页", "kind": "WEB", "libraries": ["analytics.js", "RudderLabs JavaScript SDK"]}]}`)
	f.make(t, adminEmail, "app", "desk", `{"key": "desk", "name": "客服台", "terminals": [{"key": "h5", "name": "H5", "kind": "H5"}]}`)
	f.make(t, adminEmail, "terminal", "mini", `{"app": "desk", "key": "mini", "name": "小程序", "kind": "MINI_PROGRAM", "libraries": ["mini-sdk"]}`)
	f.make(t, adminEmail, "terminal", "server", `{"app": "desk", "key": "server", "name": "服务端", "kind": "SERVER", "libraries": ["analytics-go"]}`)
	f.make(t, adminEmail, "environment", "staging", `{"app": "mall", "key": "staging", "name": "预发", "retentionDays": 30, "maxSamples": 5000}`)
	for name, input := range map[string]string{
		"mall test":       `"app": "mall", "environment": "test"`,
		"mall production": `"app": "mall", "environment": "production"`,
		"mall staging":    `"app": "mall", "environment": "staging"`,
		"mall ios":        `"app": "mall", "environment": "test", "terminal": "ios"`,
		"mall android":    `"app": "mall", "environment": "test", "terminal": "android"`,
		"mall web":        `"app": "mall", "environment": "test", "terminal": "web"`,
		"mall gone":       `"app": "mall", "environment": "test"`,
		"desk test":       `"app": "desk", "environment": "test"`,
		"desk production": `"app": "desk", "environment": "production"`,
		"desk server":     `"app": "desk", "environment": "production", "terminal": "server"`,
	} {
		f.make(t, adminEmail, "writeKey", name, `{`+input+`, "name": "for `+name+`", "key": `+quoted(writeKey(name))+`}`)
	}
	f.do(t, adminEmail, "revokeWriteKey", "writeKey { id }", `{"id": "$writeKey mall gone$"}`)
	f.do(t, adminEmail, "updateWriteKey", "writeKey { id }", `{"id": "$writeKey mall web$", "name": "网页 SDK"}`)
	f.do(t, adminEmail, "updateApp", "app { id }", `{"id": "$app desk$", "description": "客服同事使用"}`)
}

// writeKey is the write key for a purpose, e.g. mall test.
func writeKey(name string) string { return "upgrade-" + strings.ReplaceAll(name, " ", "-") }

// invite makes the people and signs them in.
func (f *filler) invite(t *testing.T) {
	t.Helper()
	for email, roles := range map[string]string{
		editorEmail:    `{"role": "EDITOR", "app": "mall"}, {"role": "VIEWER", "app": "desk"}`,
		reviewerEmail:  `{"role": "REVIEWER"}, {"role": "VIEWER"}`,
		developerEmail: `{"role": "DEVELOPER", "app": "desk"}, {"role": "EDITOR", "app": "desk"}`,
		leaverEmail:    `{"role": "REQUESTER"}`,
	} {
		name, _, _ := strings.Cut(email, "@")
		made := f.do(t, adminEmail, "createUser", "user { id }",
			`{"email": `+quoted(email)+`, "name": "小`+name+` 🧭", "password": `+quoted(adminPassword)+`, "roles": [`+roles+`]}`)
		f.ids["user "+email] = made.text("user", "id")
		f.people[email] = f.person(t, email)
	}
	f.do(t, adminEmail, "grantRole", "user { id }", `{"userId": "$user developer@example.com$", "role": "TESTER", "app": "desk"}`)
	f.do(t, adminEmail, "grantRole", "user { id }", `{"userId": "$user editor@example.com$", "role": "ADMIN", "app": "mall"}`)
	f.do(t, adminEmail, "revokeRole", "user { id }", `{"userId": "$user editor@example.com$", "role": "ADMIN", "app": "mall"}`)
	f.make(t, leaverEmail, "batch", "DESK-0001", `{"app": "desk", "title": "离职前提的需求"}`)
	f.do(t, adminEmail, "deactivateUser", "user { id }", `{"id": "$user leaver@example.com$"}`)
}

// tokens makes API tokens and returns their secrets by name.
func (f *filler) tokens(t *testing.T) map[string]string {
	t.Helper()
	secrets := map[string]string{}
	for name, input := range map[string]string{
		"robot":  `"roles": [{"role": "EDITOR"}, {"role": "TESTER", "app": "desk"}]`,
		"viewer": `"roles": [{"role": "VIEWER", "app": "mall"}], "expiresAt": "2199-12-31T23:59:59Z"`,
		"gone":   `"roles": [{"role": "ADMIN"}]`,
	} {
		made := f.do(t, adminEmail, "createAPIToken", "secret apiToken { id }", `{"name": `+quoted(name)+`, `+input+`}`)
		secrets[name] = made.text("secret")
		f.ids["apiToken "+name] = made.text("apiToken", "id")
		f.people[adminEmail].with(secrets[name]).must(t, `{ apps { totalCount } }`, nil)
	}
	f.do(t, adminEmail, "revokeAPIToken", "apiToken { id }", `{"id": "$apiToken gone$"}`)
	return secrets
}

// batches makes the mall's requirements.
func (f *filler) batches(t *testing.T) {
	t.Helper()
	for _, number := range []string{"MALL-0001", "MALL-0002", "MALL-0003", "MALL-0004", "MALL-0005"} {
		f.make(t, editorEmail, "batch", number, `{"app": "mall", "title": `+quoted("会员与交易埋点 "+number)+`,
			"description": "第一行\n第二行", "externalReference": "https://tracker.example.com/`+number+`",
			"documents": [{"title": "需求文档", "url": "https://docs.example.com/`+number+`"}, {"title": "原型", "url": "http://proto.example.com/"}],
			"targetVersions": [{"terminal": "ios", "version": "8.6.0"}, {"terminal": "web", "version": "2.4.0"}],
			"ownerId": "$user reviewer@example.com$"}`)
	}
	// The newest number is not used twice, nor one of the middle.
	f.do(t, editorEmail, "deleteBatch", "deletedId", `{"id": "$batch MALL-0005$"}`)
	f.do(t, editorEmail, "updateBatch", "batch { id }", `{"id": "$batch MALL-0004$", "title": "只有意向的需求", "documents": [],
		"targetVersions": [{"terminal": "android", "version": "9.0.0"}], "ownerId": "$user editor@example.com$"}`)
	f.make(t, developerEmail, "batch", "DESK-0002", `{"app": "desk", "title": "工单埋点"}`)
}

// valueSets makes value sets, and revises one under three batches.
func (f *filler) valueSets(t *testing.T) {
	t.Helper()
	f.make(t, adminEmail, "valueSet", "currency", `{"key": "currency", "name": "币种", "description": "全公司通用",
		"values": [{"value": "CNY", "label": "人民币"}, {"value": "USD", "label": "美元"}]}`)
	f.make(t, editorEmail, "valueSet", "pay_methods", `{"app": "mall", "batch": "MALL-0001", "key": "pay_methods", "name": "支付方式",
		"values": [{"value": "wechat", "label": "微信支付"}]}`)
	for i, batch := range []string{"MALL-0002", "MALL-0003"} {
		values := []string{`{"value": "wechat", "label": "微信支付"}`, `{"value": "alipay", "label": "支付宝"}`, `{"value": "unionpay", "label": "银联"}`}
		f.do(t, editorEmail, "updateValueSet", "valueSet { id }", `{"id": "$valueSet pay_methods$", "batch": `+quoted(batch)+`,
			"values": [`+strings.Join(values[:i+2], ", ")+`]}`)
	}
	f.make(t, developerEmail, "valueSet", "ticket_states", `{"app": "desk", "batch": "DESK-0002", "key": "ticket_states", "name": "工单状态",
		"values": [{"value": "1", "label": "待处理"}, {"value": "2", "label": "已关闭"}]}`)
}

// properties makes shared properties of every type and with every constraint, and revises one of them.
func (f *filler) properties(t *testing.T) {
	t.Helper()
	global := map[string]string{
		"user_level": `{"base": "INTEGER", "constraints": {"minimum": "0", "maximum": "9"}}`,
		"phone":      `{"base": "STRING", "constraints": {"pattern": "1[0-9]{10}"}}`,
		"currency":   `{"base": "ENUM", "constraints": {"valueSetKey": "currency"}}`,
	}
	for key, typ := range global {
		f.make(t, adminEmail, "property", key, `{"key": `+quoted(key)+`, "name": "全局 `+key+`", "type": `+typ+`}`)
	}
	f.do(t, adminEmail, "updateProperty", "property { id }", `{"id": "$property phone$", "sensitivity": "SENSITIVE", "example": "13800000000"}`)
	for key, typ := range map[string]string{
		"title":    `{"base": "STRING", "constraints": {"minLength": 1, "maxLength": 40, "nonEmpty": true}}`,
		"sku":      `{"base": "STRING", "constraints": {"pattern": "SKU[0-9]{4,}"}}`,
		"spm":      `{"base": "STRING"}`,
		"quantity": `{"base": "INTEGER", "constraints": {"minimum": "1", "maximum": "99"}}`,
		"price":    `{"base": "NUMBER", "constraints": {"minimum": "0", "maximum": "99999.99"}}`,
		"is_vip":   `{"base": "BOOLEAN", "constraints": {"nullable": true}}`,
		"paid_at":  `{"base": "DATETIME"}`,
		"birthday": `{"base": "DATE", "constraints": {"nullable": true}}`,
		"channel":  `{"base": "ENUM", "values": [{"value": "store", "label": "应用商店"}, {"value": "ad", "label": "广告"}]}`,
		"pay_by":   `{"base": "ENUM", "constraints": {"valueSetKey": "pay_methods"}}`,
		"tags":     `{"base": "LIST", "items": {"base": "STRING", "constraints": {"maxLength": 10}}, "constraints": {"minItems": 1, "maxItems": 5}}`,
		"protocol": `{"base": "STRING", "constraints": {"constant": "\"v2\""}}`,
		"link":     `{"base": "STRING", "constraints": {"encoding": "URL", "nonEmpty": false}}`,
		"goods": `{"base": "LIST", "constraints": {"maxItems": 20}, "items": {"base": "OBJECT", "fields": [
			{"name": "sku", "label": "编号", "required": true, "type": {"base": "STRING", "constraints": {"pattern": "SKU[0-9]{4,}"}}},
			{"name": "price", "type": {"base": "NUMBER", "constraints": {"minimum": "0"}}},
			{"name": "origin", "label": "产地", "type": {"base": "OBJECT", "fields": [{"name": "city", "required": true, "type": {"base": "STRING"}}]}}]}}`,
		"extra": `{"base": "OBJECT", "constraints": {"encoding": "JSON"}, "fields": [
			{"name": "a", "required": true, "type": {"base": "OBJECT", "fields": [
				{"name": "b", "type": {"base": "OBJECT", "fields": [{"name": "c", "label": "三层", "type": {"base": "INTEGER"}}]}}]}},
			{"name": "list", "type": {"base": "LIST", "items": {"base": "INTEGER"}}}]}`,
	} {
		f.make(t, editorEmail, "property", key, `{"app": "mall", "batch": "MALL-0001", "key": `+quoted(key)+`, "name": "属性 `+key+`",
			"description": "说明 `+key+`", "sensitivity": "NONE", "type": `+typ+`}`)
	}
	f.do(t, editorEmail, "updateProperty", "property { id }", `{"id": "$property birthday$", "sensitivity": "PERSONAL", "example": "1999-12-31"}`)
	for _, batch := range []string{"MALL-0002", "MALL-0003"} {
		f.do(t, editorEmail, "updateProperty", "property { id }", `{"id": "$property title$", "batch": `+quoted(batch)+`, "name": "标题 `+batch+`",
			"type": {"base": "STRING", "constraints": {"minLength": 1, "maxLength": 60, "nonEmpty": true}}}`)
	}
	f.make(t, developerEmail, "property", "ticket_state", `{"app": "desk", "batch": "DESK-0002", "key": "ticket_state", "name": "状态",
		"type": {"base": "ENUM", "constraints": {"valueSetKey": "ticket_states"}}}`)
	f.make(t, developerEmail, "property", "ticket_id", `{"app": "desk", "key": "ticket_id", "name": "工单号", "type": {"base": "INTEGER"}}`)
}

// events makes events of all four kinds, with everything that a definition can say, and revises some of them.
func (f *filler) events(t *testing.T) {
	t.Helper()
	for _, input := range []string{
		`{"key": "common", "kind": "COMMON", "name": "公共属性", "properties": [{"key": "is_vip", "presence": "OPTIONAL"},
			{"key": "channel", "presence": "OPTIONAL", "presenceOn": [{"terminal": "web", "presence": "ABSENT"}]}]}`,
		`{"key": "common_web", "kind": "COMMON", "name": "网页公共属性", "terminals": ["web"], "properties": [{"key": "link", "presence": "OPTIONAL"}]}`,
		`{"key": "user", "kind": "USER_PROFILE", "name": "用户", "properties": [{"key": "birthday", "presence": "OPTIONAL"},
			{"key": "user_level", "presence": "OPTIONAL"}, {"key": "phone", "presence": "OPTIONAL"}]}`,
		`{"key": "goods_item", "kind": "ITEM", "name": "商品", "properties": [{"key": "sku"}, {"key": "price", "presence": "OPTIONAL"}]}`,
		`{"key": "order_paid", "name": "订单支付", "wireName": "order_paid", "level": "P0", "module": "交易", "description": "用户付款成功",
			"trigger": "支付网关回调成功后", "ownerIds": ["$user reviewer@example.com$", "$user leaver@example.com$"],
			"aliases": [{"name": "pay_success"}, {"name": "pay_ok", "until": "2199-01-01T00:00:00Z"}, {"name": "pay_done", "until": "2020-01-01T00:00:00Z"}],
			"properties": [{"key": "pay_by", "example": "wechat", "note": "网关返回"}, {"key": "price", "narrowing": {"maximum": "5000"},
				"narrowingOn": [{"terminal": "web", "constraints": {"maximum": "1000"}}]},
				{"key": "quantity", "presence": "OPTIONAL", "presenceOn": [{"terminal": "ios", "presence": "REQUIRED"}, {"terminal": "web", "presence": "ABSENT"}]},
				{"key": "goods", "presence": "OPTIONAL"}, {"key": "currency", "presence": "OPTIONAL"}, {"key": "paid_at", "presence": "OPTIONAL"},
				{"key": "extra", "presence": "OPTIONAL"}, {"key": "protocol", "presence": "OPTIONAL"}]}`,
		`{"key": "click_banner", "name": "点击横幅", "wireName": "element_click", "match": [{"property": "spm", "value": "a1.b2"}],
			"properties": [{"key": "spm"}, {"key": "title"}]}`,
		`{"key": "click_menu", "name": "点击菜单", "wireName": "element_click", "match": [{"property": "spm", "value": "a1.b3"}],
			"level": "P2", "properties": [{"key": "spm"}]}`,
		`{"key": "product_viewed", "name": "浏览商品", "wireName": "product_viewed", "terminals": ["ios", "android"],
			"excludedCommonProperties": ["is_vip"], "properties": [{"key": "sku"}, {"key": "title", "presence": "OPTIONAL"}, {"key": "tags", "presence": "OPTIONAL"}]}`,
		`{"key": "searched", "name": "搜索", "wireName": "search", "properties": [{"key": "title"}]}`,
		`{"key": "mistake", "name": "建错了", "wireName": "mistake"}`,
	} {
		var e struct{ Key string }
		require.NoError(t, json.Unmarshal([]byte(input), &e))
		f.make(t, editorEmail, "event", e.Key, `{"batch": "MALL-0001", `+input[1:])
	}
	f.do(t, editorEmail, "deleteEvent", "deletedId", `{"id": "$event mistake$"}`)
	// A chain of drafts, each made from the one before under a batch of its own; the newest is also edited in place.
	f.do(t, editorEmail, "updateEvent", "event { id }", `{"id": "$event searched$", "batch": "MALL-0002", "wireName": "search_performed",
		"aliases": [{"name": "search"}], "properties": [{"key": "title"}, {"key": "quantity", "presence": "OPTIONAL"}]}`)
	f.do(t, adminEmail, "updateEvent", "event { id }", `{"id": "$event searched$", "batch": "MALL-0003", "trigger": "结果首屏渲染完成",
		"properties": [{"key": "title", "narrowing": {"maxLength": 20}}, {"key": "quantity", "presence": "OPTIONAL"}, {"key": "tags", "presence": "OPTIONAL"}]}`)
	f.do(t, editorEmail, "updateEvent", "event { id }", `{"id": "$event searched$", "description": "搜索结果返回"}`)
	f.do(t, editorEmail, "updateEvent", "event { id }", `{"id": "$event order_paid$", "batch": "MALL-0003", "level": "P1", "name": "订单支付成功"}`)
	f.make(t, developerEmail, "event", "ticket_closed", `{"batch": "DESK-0002", "name": "关闭工单", "wireName": "Ticket Closed", "key": "ticket_closed",
		"terminals": ["server", "h5"], "properties": [{"key": "ticket_id"}, {"key": "ticket_state", "narrowing": {"constant": "\"2\""}}]}`)
}

// items takes things into batches without changing them yet.
func (f *filler) items(t *testing.T) {
	t.Helper()
	for i, what := range []string{`"eventId": "$event click_menu$"`, `"propertyId": "$property sku$"`, `"valueSetId": "$valueSet pay_methods$"`} {
		made := f.do(t, editorEmail, "addBatchItem", "batchItem { id }", `{"batch": "MALL-0004", "note": "先占位", `+what+`}`)
		if i == 0 {
			f.do(t, editorEmail, "updateBatchItem", "batchItem { id }", `{"id": `+quoted(made.text("batchItem", "id"))+`, "note": "菜单改版后再定 📝"}`)
		}
	}
}
