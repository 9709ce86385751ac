package e2e_test

import "github.com/stretchr/testify/require"

// words: the requester says what is wanted, and cannot do more.
func (l *life) words() {
	l.t.Helper()
	number := l.batch(l.pm, "下单支付埋点", `description: "支付成功要能看到金额", documents: [{title: "PRD", url: "https://docs.shop.test/42"}], `+targets("8.6.0"))
	require.Equal(l.t, "SHOP-0001", number)
	require.Equal(l.t, "FORBIDDEN", l.pm.ask(l.t, `mutation { createEvent(input: {batch: "SHOP-0001", name: "x", wireName: "x"}) { event { id } } }`, nil).code())
	l.refused("role_missing", l.pm, number, "IN_REVIEW", transition{})
	l.refused("empty_batch", l.ann, number, "IN_REVIEW", transition{})
}

// design turns the words into an event; the rules of the app are held against it.
func (l *life) design() {
	l.t.Helper()
	for _, p := range []string{"price", "coupon", "channel"} {
		l.ann.must(l.t, `mutation($k: String!) { createProperty(input: {app: "shop", key: $k, name: $k, type: {base: NUMBER}}) { property { id } } }`, vars{"k": p})
	}
	l.event = l.ann.must(l.t, `mutation { createEvent(input: {batch: "SHOP-0001", name: "支付成功", key: "order_paid", wireName: "orderPaid", level: P0,
	  properties: [{key: "price"}]}) { event { id } } }`, nil).text("createEvent", "event", "id")
	l.refused("naming_casing", l.ann, "SHOP-0001", "IN_REVIEW", transition{})
	l.edit(l.ann, "SHOP-0001", vars{"wireName": "order_paid"})
	l.refused("incomplete", l.ann, "SHOP-0001", "IN_REVIEW", transition{})
	l.edit(l.ann, "SHOP-0001", vars{"trigger": "支付后"})
}

// review: changes are requested and made; who made them does not approve.
func (l *life) review() {
	l.t.Helper()
	l.moved(l.ann, "SHOP-0001", "IN_REVIEW", transition{})
	locked := l.ann.ask(l.t, `mutation($id: ID!) { updateEvent(input: {id: $id, name: "x"}) { event { id } } }`, vars{"id": l.event})
	require.Equal(l.t, "batch_in_review", locked.reason())
	require.ElementsMatch(l.t, []string{"CHANGES_REQUESTED", "APPROVED", "CANCELLED"}, l.openTo(l.rita))
	require.ElementsMatch(l.t, []string{"DRAFT", "CANCELLED"}, l.openTo(l.ann))
	require.Empty(l.t, l.openTo(l.dev))

	l.refused("input_missing", l.rita, "SHOP-0001", "CHANGES_REQUESTED", transition{})
	l.moved(l.rita, "SHOP-0001", "CHANGES_REQUESTED", transition{note: "支付前还是支付后？"})
	l.edit(l.ben, "SHOP-0001", vars{"trigger": "支付网关确认后"})
	l.moved(l.ann, "SHOP-0001", "IN_REVIEW", transition{})
	l.refused("role_missing", l.dev, "SHOP-0001", "APPROVED", transition{})
	l.refused("reviewer_is_last_editor", l.ben, "SHOP-0001", "APPROVED", transition{})
	l.remember("nothing")
	require.Equal(l.t, "IN_DEVELOPMENT", l.approved("SHOP-0001", "first").text("state"))

	history := l.pm.must(l.t, `{ batch(number: "SHOP-0001") { submittedBy { name } approvedBy { name } progress { terminal state count }
	  moves { nodes { from to note createdBy { name } } } } }`, nil).at("batch")
	require.Equal(l.t, []string{"ann", "rita"}, []string{history.text("submittedBy", "name"), history.text("approvedBy", "name")})
	require.Equal(l.t, []string{"IN_REVIEW APPROVED rita ", "CHANGES_REQUESTED IN_REVIEW ann ", "IN_REVIEW CHANGES_REQUESTED rita 支付前还是支付后？", "DRAFT IN_REVIEW ann "},
		said(history.list("moves", "nodes"), "from", "to", "createdBy.name", "note"))
	require.ElementsMatch(l.t, []string{"ios IN_DEVELOPMENT", "android IN_DEVELOPMENT", "web IN_DEVELOPMENT"}, said(history.list("progress"), "terminal", "state"))
}

// openTo are the states that somebody may move the first batch to.
func (l *life) openTo(c *client) (states []string) {
	l.t.Helper()
	for _, o := range c.must(l.t, `{ batch(number: "SHOP-0001") { transitions { to allowed bars { rule lift } } } }`, nil).list("batch", "transitions") {
		if o.at("allowed").v == true {
			states = append(states, o.text("to"))
		} else {
			require.NotEmpty(l.t, o.text("bars", 0, "lift"))
		}
	}
	return states
}

// parallel has two batches change the event at once: their changes merge, and what both changed is a conflict.
func (l *life) parallel() {
	l.t.Helper()
	second, third := l.batch(l.ben, "优惠券", targets("8.7.0")), l.batch(l.ann, "文案", targets("8.8.0"))
	got := l.edit(l.ben, second, vars{"name": "订单支付成功", "properties": []any{carries("price", "REQUIRED"), carries("coupon", "REQUIRED")}})
	require.Equal(l.t, "支付成功", got.text("name"), "a draft does not touch what is approved")
	l.edit(l.ann, third, vars{"name": "支付完成", "description": "以网关为准"})
	l.moved(l.ben, second, "IN_REVIEW", transition{})
	l.moved(l.ann, third, "IN_REVIEW", transition{})
	l.approved(second, "second")

	l.refused("open_conflict", l.rita, third, "APPROVED", transition{})
	l.moved(l.ann, third, "DRAFT", transition{})
	item := l.item(third, `id conflicts { path base ours theirs } changes { path to }`)
	require.Equal(l.t, []string{"name 支付成功 支付完成 订单支付成功"}, said(item.list("conflicts"), "path", "base", "ours", "theirs"))
	l.ann.must(l.t, `mutation($i: ID!) { resolveConflicts(input: {id: $i, choices: [{path: "name", side: OURS}]}) { batchItem { id } } }`,
		vars{"i": item.text("id")})
	l.moved(l.ann, third, "IN_REVIEW", transition{})
	l.approved(third, "third")

	now := l.ann.must(l.t, `{ event(app: "shop", key: "order_paid") { name description properties { nodes { property { key } presence } }
	  revision { number base { batch { number } } merged { batch { number } } batch { number } } } }`, nil).at("event")
	require.Equal(l.t, []string{"支付完成", "以网关为准"}, []string{now.text("name"), now.text("description")})
	require.Equal(l.t, []string{"price REQUIRED", "coupon REQUIRED"}, said(now.list("properties", "nodes"), "property.key", "presence"), "no side is lost")
	require.Equal(l.t, []string{"SHOP-0002 SHOP-0003"}, said([]value{now.at("revision")}, "base.batch.number", "merged.batch.number"))
}
