package e2e_test

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/stretchr/testify/require"
)

// holding is what production went by after a release.
type holding struct {
	number int
	at     time.Time
	slots  []string // "terminal version batch", offline said
}

// holds asks what production went by, after a release or at a moment.
func (l *life) holds(variables vars) []string {
	l.t.Helper()
	variables["id"] = l.production
	nodes := l.pm.must(l.t, `query($id: ID!, $n: Int, $at: Time) { node(id: $id) { ... on Environment { planAt(release: $n, time: $at, first: 100) { nodes {
	  terminal fromVersion offline hash approval { batch { number } } } } } } }`, variables).list("node", "planAt", "nodes")
	return slices.Sorted(slices.Values(said(nodes, "terminal", "fromVersion", "approval.batch.number", "offline", "hash")))
}

// released notes what production goes by after a release that was just made.
func (l *life) released() {
	l.t.Helper()
	at := time.Now().UTC()
	l.held = append(l.held, holding{number: len(l.held) + 1, at: at, slots: l.holds(vars{"at": at})})
}

// askWhatHolds blames the fields while everything is online.
func (l *life) askWhatHolds() {
	l.t.Helper()
	lines := l.blamed()
	for path, want := range map[string]string{
		"wireName":                       "order_paid SHOP-0001 ben rita 1 android@8.6.0#2 ios@8.6.0#1 web@8.6.0#2",
		"trigger":                        "支付网关确认后 SHOP-0001 ben rita 1 android@8.6.0#2 ios@8.6.0#1 web@8.6.0#2",
		"properties[price].presence":     "REQUIRED SHOP-0001 ben rita 1 android@8.6.0#2 ios@8.6.0#1 web@8.6.0#2",
		"properties[coupon].presence":    "REQUIRED SHOP-0002 ben rita 2 android@8.7.0#3 ios@8.7.0#3 web@8.7.0#3",
		"properties[channel].type.base":  "NUMBER SHOP-0003 ann ann 4 android@8.8.0#6 ios@8.8.0#6 web@8.8.0#6", // interrupted by a rollback
		"properties[channel].presence":   "OPTIONAL SHOP-0005 dev dev 7 android@8.8.0#7 ios@8.8.0#7 web@8.8.0#7",
		"name":                           "付款完成 SHOP-0004 ann rita 6 ", // approved, and not in production
		"description":                    "以支付网关为准 SHOP-0006 ben ben 8 ",
		"properties[coupon].sensitivity": "NONE SHOP-0002 ben rita 2 android@8.7.0#3 ios@8.7.0#3 web@8.7.0#3",
	} {
		require.Equal(l.t, want, inWords(lines[path]), path)
	}
	coupon := lines["properties[coupon].presence"]
	require.Equal(l.t, "coupon", coupon.text("property", "key"))
	when, err := time.Parse(time.RFC3339Nano, coupon.text("approval", "createdAt"))
	require.NoError(l.t, err)
	require.True(l.t, when.After(l.moments["first"]) && when.Before(l.moments["second"]), when)
	since, err := time.Parse(time.RFC3339Nano, coupon.text("since", 0, "at"))
	require.NoError(l.t, err)
	require.True(l.t, since.After(l.held[1].at) && since.Before(l.held[2].at), since)
}

// blamed is what gave each field of the event its value, by path.
func (l *life) blamed() map[string]value {
	l.t.Helper()
	found := map[string]value{}
	for _, line := range l.pm.must(l.t, `query($id: ID!) { node(id: $id) { ... on Event { blame { path value property { key }
	  approval { position createdAt batch { number } createdBy { name } revision { updatedBy { name } } }
	  since { terminal version release at } } } } }`, vars{"id": l.event}).list("node", "blame") {
		found[line.text("path")] = line
	}
	return found
}

// inWords is a line of blame: the value, the batch that gave it, who designed it, who approved it as which entry, and since
// which version and release it holds on which terminals.
func inWords(line value) string {
	text := said([]value{line}, "value", "approval.batch.number", "approval.revision.updatedBy.name", "approval.createdBy.name", "approval.position")[0] + " "
	for i, s := range line.list("since") {
		if i > 0 {
			text += " "
		}
		text += fmt.Sprintf("%s@%s#%v", s.text("terminal"), s.text("version"), s.number("release"))
	}
	return text
}

// askBlame: what is offline holds no more, what older versions go by does.
func (l *life) askBlame() {
	l.t.Helper()
	lines := l.blamed()
	require.Equal(l.t, "OPTIONAL SHOP-0005 dev dev 7 ", inWords(lines["properties[channel].presence"]))
	require.Equal(l.t, "REQUIRED SHOP-0002 ben rita 2 android@8.7.0#3 ios@8.7.0#3 web@8.7.0#3", inWords(lines["properties[coupon].presence"]))
}

// askApprovedAt asks what was approved of the event, when.
func (l *life) askApprovedAt() {
	l.t.Helper()
	for moment, want := range map[string]string{
		"nothing": "",
		"first":   "1 EVENT SHOP-0001 rita 支付成功",
		"second":  "2 EVENT SHOP-0002 rita 订单支付成功",
		"third":   "3 MERGE SHOP-0003 rita 支付完成",
		"light":   "4 LIGHT SHOP-0003 ann 支付完成",
		"heavy":   "5 EVENT SHOP-0003 rita 支付完成",
		"waiting": "6 EVENT SHOP-0004 rita 付款完成",
		"hotfix":  "7 MERGE SHOP-0005 dev 付款完成",
		"offline": "8 MERGE SHOP-0006 ben 付款完成",
	} {
		got := l.pm.must(l.t, `query($id: ID!, $at: Time!) { node(id: $id) { ... on Event { approvedAt(time: $at) {
		  position cause batch { number } createdBy { name } definition } } } }`, vars{"id": l.event, "at": l.moments[moment]}).at("node", "approvedAt")
		if want == "" {
			require.Nil(l.t, got.v, moment)
			continue
		}
		require.Equal(l.t, []string{want}, said([]value{got}, "position", "cause", "batch.number", "createdBy.name", "definition.name"), moment)
	}
}

// askPlanAt: each release still says what it said, by its number and by its time, and the numbers have no gaps.
func (l *life) askPlanAt() {
	l.t.Helper()
	first, second, third := "8.6.0 SHOP-0001 false", "8.7.0 SHOP-0002 false", "8.8.0 SHOP-0003 false"
	story := [][]string{
		{first},
		{first},
		{first, second},
		{first, second, third},
		{first, second},
		{first, second, third},
		{first, second, "8.8.0 SHOP-0005 false"},
		{first, second, "8.8.0 SHOP-0005 true"},
	}
	require.Len(l.t, l.held, len(story))
	for i, held := range l.held {
		require.Equal(l.t, i+1, held.number)
		terminals := []string{"android", "ios", "web"}
		if held.number == 1 {
			terminals = []string{"ios"}
		}
		var want []string
		for _, terminal := range terminals {
			for _, s := range story[i] {
				want = append(want, terminal+" "+s)
			}
		}
		require.Equal(l.t, want, withoutHash(held.slots), "release %d", held.number)
		require.Equal(l.t, held.slots, l.holds(vars{"n": held.number}), "release %d", held.number)
		require.Equal(l.t, held.slots, l.holds(vars{"at": held.at}), "release %d", held.number)
	}
	releases := l.pm.must(l.t, `{ app(key: "shop") { environments { key lastRelease releases { nodes { number kind restores reason byToken
	  batches { number } createdBy { name } } } } } }`, nil).list("app", "environments", 1, "releases", "nodes")
	slices.Reverse(releases)
	require.Equal(l.t, []string{
		"1 PUBLISH   false SHOP-0001 dev", "2 PUBLISH   true SHOP-0001 dev", "3 PUBLISH  新版本才有优惠券 false SHOP-0002 dev",
		"4 PUBLISH  新版本都有渠道 false SHOP-0003 dev", "5 ROLLBACK 3 渠道上报有误 false  dev", "6 ROLLBACK 4 修好了 false  dev",
		"7 PUBLISH  线上大量报错 false SHOP-0005 dev", "8 PUBLISH  业务下线 false SHOP-0007 dev",
	}, said(releases, "number", "kind", "restores", "reason", "byToken", "batches.0.number", "createdBy.name"))
}

func withoutHash(slots []string) []string {
	list := make([]string, len(slots))
	for i, s := range slots {
		list[i] = s[:strings.LastIndexByte(s, ' ')]
	}
	return list
}

// askCompare compares releases with each other, down to the field and what a change breaks.
func (l *life) askCompare() {
	l.t.Helper()
	require.Equal(l.t, []string{"0 1 0 2 3"}, l.differs(side("production", 2), side("production", 3)))
	require.Equal(l.t, []string{"0 0 0 3 5"}, l.differs(side("production", 3), side("production", 5)))
	require.Equal(l.t, []string{"0 1 0 8 5"}, l.differs(side("production", 0), side("test", 0)))
	change := l.dev.must(l.t, `query($x: CompareSideInput!, $y: CompareSideInput!) { compare(app: "shop", before: $x, after: $y) { breaking compatible
	  changes { nodes { key kind breaking slots { terminal fromVersion } definitions { starts { terminal version } fields { path kind impact rule reasonZh } } } } } }`,
		vars{"x": side("production", 2), "y": side("production", 3)}).at("compare")
	require.Equal(l.t, []string{"1 0"}, said([]value{change}, "breaking", "compatible"))
	one := change.at("changes", "nodes", 0)
	require.Equal(l.t, []string{"order_paid CHANGED true"}, said([]value{one}, "key", "kind", "breaking"))
	require.ElementsMatch(l.t, []string{"ios 8.7.0", "android 8.7.0", "web 8.7.0"}, said(one.list("slots"), "terminal", "fromVersion"))
	fields := one.list("definitions", 0, "fields")
	require.ElementsMatch(l.t, []string{"name CHANGED COMPATIBLE", "properties[coupon] ADDED BREAKING"}, said(fields, "path", "kind", "impact"))
	for _, f := range fields {
		require.NotEmpty(l.t, f.text("rule"))
		require.NotEmpty(l.t, f.text("reasonZh"))
	}
}

// askAudit: who did what, under which token, with before and after; for administrators alone.
func (l *life) askAudit() {
	l.t.Helper()
	audit := func(filter vars) []value {
		entries := l.admin.must(l.t, `query($f: AuditEntryFilter!) { auditEntries(app: "shop", filter: $f, first: 200) { nodes {
		  action operation actorKind actorName tokenName objectType objectName batch { number } before after requestId } } }`, vars{"f": filter}).list("auditEntries", "nodes")
		slices.Reverse(entries)
		return entries
	}
	first := l.pm.must(l.t, `{ batch(number: "SHOP-0001") { id } }`, nil).text("batch", "id")
	require.Equal(l.t, []string{
		"createBatch PERSON pm   DRAFT", "transitionBatch PERSON ann  DRAFT IN_REVIEW", "transitionBatch PERSON rita  IN_REVIEW CHANGES_REQUESTED",
		"transitionBatch PERSON ann  CHANGES_REQUESTED IN_REVIEW", "transitionBatch PERSON rita  IN_REVIEW IN_DEVELOPMENT",
		"transitionBatch TOKEN dev ci IN_DEVELOPMENT IN_TESTING", "transitionBatch PERSON pm  IN_TESTING ACCEPTED",
		"transitionBatch TOKEN dev ci ACCEPTED ONLINE",
	}, said(audit(vars{"objectId": first}), "action", "actorKind", "actorName", "tokenName", "before.state", "after.state"))

	event := audit(vars{"objectId": l.event, "action": "updateEvent"})
	require.Equal(l.t, []string{
		"ann SHOP-0001 orderPaid order_paid", "ann SHOP-0001 order_paid order_paid", "ben SHOP-0001 order_paid order_paid",
	}, said(event[:3], "actorName", "batch.number", "before.wireName", "after.wireName"))
	require.Equal(l.t, []string{"支付后 支付网关确认后"}, said(event[2:3], "before.trigger", "after.trigger"))
	for _, e := range event {
		require.NotEmpty(l.t, e.text("requestId"))
	}
	require.Len(l.t, audit(vars{"objectType": "Release", "action": "rollback"}), 2)
	require.NotEmpty(l.t, audit(vars{"action": "resolveConflicts"}))

	require.Equal(l.t, "FORBIDDEN", l.pm.ask(l.t, `{ auditEntries(app: "shop") { totalCount } }`, nil).code())
	activity := l.pm.must(l.t, `query($id: ID!) { node(id: $id) { ... on Event { activity(first: 200) { nodes { actorName action tokenName } } } } }`, vars{"id": l.event})
	require.Equal(l.t, "createEvent", activity.text("node", "activity", "nodes", len(activity.list("node", "activity", "nodes"))-1, "action"))
}
