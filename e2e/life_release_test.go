package e2e_test

import (
	"time"

	"github.com/stretchr/testify/require"
)

const (
	paid        = `{"price": 5}`
	withCoupon  = `{"price": 5, "coupon": 1}`
	withChannel = `{"price": 5, "coupon": 1, "channel": 2}`
)

// test has the bot hand the work over, and devices report it: each app version is judged by its own definition.
func (l *life) test() {
	l.t.Helper()
	first := l.moved(l.bot, "SHOP-0001", "IN_TESTING", transition{build: "https://ci.shop.test/1"})
	require.ElementsMatch(l.t, []string{
		"IN_DEVELOPMENT IN_TESTING android https://ci.shop.test/1 true dev", "IN_DEVELOPMENT IN_TESTING ios https://ci.shop.test/1 true dev",
		"IN_DEVELOPMENT IN_TESTING web https://ci.shop.test/1 true dev",
	}, said(first.list("moves"), "from", "to", "terminal", "build", "byToken", "createdBy.name"))
	l.judged("VALID", "SHOP-0001 8.6.0", "test", "iOS", "8.6.0", paid)
	l.judged("UNPLANNED version_unplanned", "", "test", "iOS", "8.5.0", paid)

	l.moved(l.bot, "SHOP-0002", "IN_TESTING", transition{})
	got := l.judged("INVALID property_missing", "SHOP-0002 8.7.0", "test", "iOS", "8.7.1", paid)
	require.Equal(l.t, "coupon", got.text("violations", 0, "property"))
	require.NotEmpty(l.t, got.text("definitionHash"))
	require.Equal(l.t, []string{"2 2"}, said([]value{got}, "releaseNumber", "release.number"))
	l.judged("VALID", "SHOP-0002 8.7.0", "test", "iOS", "8.7.1", withCoupon)

	l.moved(l.bot, "SHOP-0003", "IN_TESTING", transition{})
	l.judged("VALID", "SHOP-0003 8.8.0", "test", "Windows", "9.0", withCoupon)
	got = l.judged("VALID", "SHOP-0001 8.6.0", "test", "Android", "8.6.9", paid)
	require.Equal(l.t, []string{"https://docs.shop.test/42 pm rita ben"}, []string{got.text("judgedBy", "approval", "batch", "documents", 0, "url") + " " +
		said([]value{got.at("judgedBy", "approval")}, "batch.createdBy.name", "createdBy.name", "revision.updatedBy.name")[0]}, "the whole trace in one query")
}

// changeAfterApproval: an optional property takes effect at once, wherever the item is; a required one is reviewed again.
func (l *life) changeAfterApproval() {
	l.t.Helper()
	properties := func(presence string) vars {
		return vars{"properties": []any{carries("price", "REQUIRED"), carries("coupon", "REQUIRED"), carries("channel", presence)}}
	}
	l.judged("VALID extra_property", "SHOP-0003 8.8.0", "test", "iOS", "8.8.0", withChannel)
	l.edit(l.ann, "SHOP-0003", properties("OPTIONAL"))
	l.remember("light")
	require.Equal(l.t, []string{"", "IN_TESTING"}, []string{l.item("SHOP-0003", "review").text("review"), l.state("SHOP-0003")})
	l.judged("VALID", "SHOP-0003 8.8.0", "test", "iOS", "8.8.0", withChannel)

	l.edit(l.ann, "SHOP-0003", properties("REQUIRED"))
	require.Equal(l.t, "IN_REVIEW", l.item("SHOP-0003", "review").text("review"))
	l.refused("item_in_review", l.tess, "SHOP-0003", "ACCEPTED", transition{})
	l.judged("VALID", "SHOP-0003 8.8.0", "test", "iOS", "8.8.0", withCoupon)
	require.Equal(l.t, "IN_DEVELOPMENT", l.approved("SHOP-0003", "heavy").text("state"), "the item alone, and it is built anew")
	l.moved(l.bot, "SHOP-0003", "IN_TESTING", transition{build: "https://ci.shop.test/2"})
	l.judged("INVALID property_missing", "SHOP-0003 8.8.0", "test", "iOS", "8.8.0", withCoupon)
}

// state is that of a batch.
func (l *life) state(number string) string {
	l.t.Helper()
	return l.pm.must(l.t, `query($b: String!) { batch(number: $b) { state } }`, vars{"b": number}).text("batch", "state")
}

// accept has a terminal sent back once, and then everything signed off, by whom the app lets.
func (l *life) accept() {
	l.t.Helper()
	l.refused("role_missing", l.dev, "SHOP-0001", "ACCEPTED", transition{})
	l.refused("no_such_move", l.bot, "SHOP-0001", "ONLINE", transition{})
	require.Equal(l.t, "ACCEPTED", l.moved(l.pm, "SHOP-0001", "ACCEPTED", transition{}).text("batch", "state"))

	l.refused("input_missing", l.tess, "SHOP-0002", "IN_DEVELOPMENT", transition{only: "android"})
	back := l.moved(l.tess, "SHOP-0002", "IN_DEVELOPMENT", transition{only: "android", note: "金额少了一位"}).at("batch")
	require.Equal(l.t, "IN_DEVELOPMENT", back.text("state"), "that of the least advanced")
	require.ElementsMatch(l.t, []string{"android IN_DEVELOPMENT 1", "ios IN_TESTING 1", "web IN_TESTING 1"}, said(back.list("progress"), "terminal", "state", "count"))
	l.moved(l.bot, "SHOP-0002", "IN_TESTING", transition{build: "https://ci.shop.test/3"})
	for _, number := range []string{"SHOP-0002", "SHOP-0003"} {
		require.Equal(l.t, "ACCEPTED", l.moved(l.tess, number, "ACCEPTED", transition{}).text("batch", "state"))
	}
}

// differs compares two sides and returns the numbers of events added, changed and removed, and of the releases compared.
func (l *life) differs(before, after vars) []string {
	l.t.Helper()
	c := l.dev.must(l.t, `query($x: CompareSideInput!, $y: CompareSideInput!) { compare(app: "shop", before: $x, after: $y) {
	  added changed removed before { release } after { release } } }`, vars{"x": before, "y": after}).at("compare")
	return said([]value{c}, "added", "changed", "removed", "before.release", "after.release")
}

// side is an environment, after a release unless that is 0.
func side(environment string, release int) vars {
	v := vars{"environment": environment}
	if release > 0 {
		v["release"] = release
	}
	return v
}

// compare shows what is to come, and a dry run what stands in the way.
func (l *life) compare() {
	l.t.Helper()
	// Test has had: three batches handed over, a light change, the same batch again; the build of SHOP-0002 that was
	// handed over again brought nothing new.
	require.Equal(l.t, []string{"0 1 0 0 5"}, l.differs(side("production", 0), side("test", 0)), "production goes by the drafts yet")
	preview := func(more string) value {
		return l.dev.must(l.t, `mutation { publish(input: {app: "shop", environment: "production", dryRun: true, `+more+`}) { release { id } draftsLeft baseRelease
		  refusals { reason params } changes { key kind slots { terminal fromVersion } } } }`, nil).at("publish")
	}
	got := preview(`batch: "SHOP-0002"`)
	require.Equal(l.t, []string{"ancestor_unpublished SHOP-0001"}, said(got.list("refusals"), "reason", "params.batch"))
	got = preview(`batch: "SHOP-0001", terminals: ["ios"]`)
	require.Empty(l.t, got.list("refusals"))
	require.Nil(l.t, got.at("release").v)
	require.Equal(l.t, []string{"order_paid ADDED"}, said(got.list("changes"), "key", "kind"))
	require.Equal(l.t, []string{"ios 8.6.0"}, said(got.list("changes", 0, "slots"), "terminal", "fromVersion"))
	require.Equal(l.t, "ACCEPTED", l.state("SHOP-0001"))
	l.refused("ancestor_unpublished", l.dev, "SHOP-0002", "ONLINE", transition{})
}

// online puts iOS online before Android, then what was built upon it.
func (l *life) online() {
	l.t.Helper()
	l.refused("role_missing", l.tess, "SHOP-0001", "ONLINE", transition{})
	state := l.moved(l.dev, "SHOP-0001", "ONLINE", transition{only: "ios"}).at("batch") // release 1
	l.released()
	require.Equal(l.t, "ACCEPTED", state.text("state"), "it is partly online")
	require.ElementsMatch(l.t, []string{"ios ONLINE", "android ACCEPTED", "web ACCEPTED"}, said(state.list("progress"), "terminal", "state"))
	l.judged("VALID", "SHOP-0001 8.6.0", "production", "iOS", "8.6.0", paid)
	l.judged("UNPLANNED terminal_unplanned", "", "production", "Android", "8.6.0", paid)

	require.Equal(l.t, "ONLINE", l.moved(l.bot, "SHOP-0001", "ONLINE", transition{}).text("batch", "state")) // release 2
	l.released()
	l.judged("VALID", "SHOP-0001 8.6.0", "production", "Android", "8.6.0", paid)

	l.refused("target_moved", l.dev, "SHOP-0002", "ONLINE", transition{base: 1})
	l.refused("breaking_unexplained", l.dev, "SHOP-0002", "ONLINE", transition{base: 2})
	require.Equal(l.t, "ONLINE", l.moved(l.dev, "SHOP-0002", "ONLINE", transition{note: "新版本才有优惠券", base: 2}).text("batch", "state")) // release 3
	l.released()
	l.judged("INVALID property_missing", "SHOP-0002 8.7.0", "production", "iOS", "8.7.0", paid)
	l.judged("VALID", "SHOP-0001 8.6.0", "production", "iOS", "8.6.5", paid)

	l.moved(l.dev, "SHOP-0003", "ONLINE", transition{note: "新版本都有渠道"}) // release 4
	l.released()
	l.judged("VALID", "SHOP-0003 8.8.0", "production", "Windows", "8.8.0", withChannel)
	l.judged("VALID", "SHOP-0002 8.7.0", "production", "Windows", "8.7.0", withCoupon)
	require.Equal(l.t, []string{"0 0 0 4 5"}, l.differs(side("production", 0), side("test", 0)), "what was tested is what is online")
}

// goBack brings the release before back, as a release of its own, and then the newest again.
func (l *life) goBack() {
	l.t.Helper()
	back := func(c *client, release int, reason string) answer {
		return c.ask(l.t, `mutation($n: Int!, $r: String!) { rollback(input: {app: "shop", environment: "production", release: $n, reason: $r, baseRelease: `+
			`4}) { release { number kind restores createdBy { name } } } }`, vars{"n": release, "r": reason})
	}
	require.Equal(l.t, "FORBIDDEN", back(l.ann, 3, "x").code())
	got := back(l.dev, 3, "渠道上报有误") // release 5
	require.Empty(l.t, got.Errors)
	l.released()
	require.Equal(l.t, []string{"5 ROLLBACK 3 dev"}, said([]value{got.Data.at("rollback", "release")}, "number", "kind", "restores", "createdBy.name"))
	l.judged("VALID", "SHOP-0002 8.7.0", "production", "iOS", "8.8.0", withCoupon)
	require.Equal(l.t, []string{"0 0 0 3 5"}, l.differs(side("production", 3), side("production", 0)))
	require.Equal(l.t, []string{"0 1 0 4 5"}, l.differs(side("production", 4), side("production", 0)))

	require.Equal(l.t, "target_moved", back(l.dev, 4, "修好了").reason(), "somebody has been faster: oneself")
	l.dev.must(l.t, `mutation { rollback(input: {app: "shop", environment: "production", release: 4, reason: "修好了"}) { release { number } } }`, nil) // release 6
	l.released()
	l.judged("INVALID property_missing", "SHOP-0003 8.8.0", "production", "iOS", "8.8.0", withCoupon)
}

// hotfix goes out at once, made from what production has; what others have approved meanwhile stays where it is, and
// both are kept. Its review is owed.
func (l *life) hotfix() {
	l.t.Helper()
	waiting := l.batch(l.ann, "改名", targets("9.0.0")) // approved, and not in production
	l.edit(l.ann, waiting, vars{"name": "付款完成"})
	l.moved(l.ann, waiting, "IN_REVIEW", transition{})
	l.approved(waiting, "waiting")

	number := l.batch(l.ann, "热修：渠道可选", "type: HOTFIX")
	l.edit(l.ann, number, vars{"properties": []any{carries("price", "REQUIRED"), carries("coupon", "REQUIRED"), carries("channel", "OPTIONAL")}})
	l.refused("input_missing", l.dev, number, "APPROVED", transition{})
	state := l.moved(l.dev, number, "APPROVED", transition{note: "线上大量报错"}).at("batch")
	l.remember("hotfix")
	due, err := time.Parse(time.RFC3339Nano, state.text("reviewDueAt"))
	require.NoError(l.t, err)
	require.Greater(l.t, time.Until(due), 2*24*time.Hour)
	l.moved(l.dev, number, "ONLINE", transition{note: "线上大量报错"}) // release 7
	l.released()
	l.judged("VALID", "SHOP-0005 8.8.0", "production", "iOS", "8.8.0", withCoupon)
	now := l.ann.must(l.t, `query($id: ID!) { node(id: $id) { ... on Event { name inForce(environment: "production") { terminal fromVersion definition } } } }`, vars{"id": l.event}).at("node")
	require.Equal(l.t, "付款完成", now.text("name"), "what is not in production yet is kept")
	for _, slot := range now.list("inForce") {
		require.NotEqual(l.t, "付款完成", slot.text("definition", "name"), "and does not ride along")
	}

	again := l.batch(l.ben, "热修二", "type: HOTFIX")
	l.edit(l.ben, again, vars{"description": "以支付网关为准"})
	require.Contains(l.t, said(l.moved(l.ben, again, "APPROVED", transition{note: "文案有误"}).list("warnings"), "rule"), "review_owed")
	l.refused("reviewer_is_last_editor", l.ben, again, "APPROVED", transition{})
	for _, owed := range []string{number, again} {
		l.moved(l.rita, owed, "APPROVED", transition{note: "补评审"})
		require.Nil(l.t, l.rita.must(l.t, `query($b: String!) { batch(number: $b) { reviewDueAt } }`, vars{"b": owed}).at("batch", "reviewDueAt").v)
	}
}

// offline takes the event out of production from its newest version on; what still reports it is told so, and older apps
// are judged as ever.
func (l *life) offline() {
	l.t.Helper()
	number := l.batch(l.ann, "下线", "type: OFFLINE")
	l.ann.must(l.t, `mutation($id: ID!, $b: String!) { addBatchItem(input: {batch: $b, eventId: $id}) { batchItem { action } } }`, vars{"id": l.event, "b": number})
	l.moved(l.ann, number, "IN_REVIEW", transition{})
	l.approved(number, "offline")
	l.moved(l.dev, number, "ONLINE", transition{note: "业务下线"}) // release 8
	l.released()
	got := l.judged("UNPLANNED event_offline", "", "production", "Android", "8.8.0", withCoupon)
	require.Equal(l.t, "offline since release 8", got.text("violations", 0, "expected"))
	require.Equal(l.t, number, got.text("release", "batches", 0, "number"))
	l.judged("VALID", "SHOP-0001 8.6.0", "production", "Android", "8.6.0", paid)
}
