package check_test

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
	"github.com/waymarkhq/waymark/internal/plan"
)

// benchmarkCPU measures f in processor time, since wall time on a shared machine means little.
func benchmarkCPU(b *testing.B, f func()) {
	b.Helper()
	b.ReportAllocs()
	begin := cpuTime(b)
	for b.Loop() {
		f()
	}
	b.ReportMetric(float64(cpuTime(b)-begin)/float64(b.N), "cpu-ns/op")
}

func cpuTime(tb testing.TB) time.Duration {
	tb.Helper()
	var u syscall.Rusage
	require.NoError(tb, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// released is a plan of many events of 10 properties on 4 terminals, with 8 common properties, each of a release. Every
// tenth event has another definition from a version on, which comes to iOS before the others.
func released(tb tester, events int) *plan.Plan {
	tb.Helper()
	p := &plan.Plan{}
	for _, key := range []string{"ios", "android", "web", "mini"} {
		p.Terminals = append(p.Terminals, plan.Terminal{Key: key})
	}
	everywhere := func(d plan.Definition, from string, release int) {
		d.Hash = d.Digest()
		p.Definitions = append(p.Definitions, d)
		for i, t := range p.Terminals {
			p.Slots = append(p.Slots, plan.Slot{
				Terminal: t.Key, From: from, Definition: len(p.Definitions) - 1, Release: release + min(i, 1),
			})
		}
	}
	common := plan.Definition{EventID: "evt_common", Key: "common", Kind: plan.KindCommon}
	for i := range 8 {
		common.Properties = append(common.Properties, plan.PropertyRule{
			Name: fmt.Sprintf("common_%d", i), Type: plan.Type{Base: plan.TypeString}, Presence: plan.PresenceOptional,
		})
	}
	everywhere(common, "", 1)
	flat, _ := flat12()
	for i := range events {
		d := definition(tb, flat)
		d.Properties = d.Properties[:10]
		d.EventID, d.Key, d.WireName = fmt.Sprintf("evt_%d", i), fmt.Sprintf("event_%d", i), fmt.Sprintf("event_%d", i)
		everywhere(d, "", 1)
		if i%10 == 0 {
			d.Properties = d.Properties[1:]
			everywhere(d, "8.6", 2)
		}
	}
	return p
}

// changed is a plan with one event changed, as another reading of the catalog would make it.
func changed(p *plan.Plan) *plan.Plan {
	next := *p
	next.Definitions = append([]plan.Definition{}, p.Definitions...)
	next.Slots = append([]plan.Slot{}, p.Slots...)
	d := next.Definitions[len(next.Definitions)/2]
	d.Properties = d.Properties[:5]
	d.Hash = d.Digest()
	next.Definitions[len(next.Definitions)/2] = d
	return &next
}

func BenchmarkCompile50000(b *testing.B) {
	p := released(b, 50_000)
	benchmarkCPU(b, func() {
		_, err := check.Compile(p)
		require.NoError(b, err)
	})
}

// BenchmarkBudgetRecompile50000 takes one changed event into a plan of 50,000: the budget is 1 s from the commit on, with
// all that reading costs.
func BenchmarkBudgetRecompile50000(b *testing.B) {
	p := released(b, 50_000)
	c, err := check.Compile(p)
	require.NoError(b, err)
	next := changed(p)
	benchmarkCPU(b, func() {
		_, err := check.Recompile(c, next)
		require.NoError(b, err)
	})
}

// BenchmarkRecompileVariants takes one changed event into a plan of 50,000 that share one name and are told apart by a match.
func BenchmarkRecompileVariants(b *testing.B) {
	p := released(b, 50_000)
	for i := range p.Definitions {
		d := &p.Definitions[i]
		d.Match, d.WireName = []plan.Condition{{Property: "spm", Value: d.Key}}, "element_click"
	}
	c, err := check.Compile(p)
	require.NoError(b, err)
	next := changed(p)
	benchmarkCPU(b, func() {
		_, err := check.Recompile(c, next)
		require.NoError(b, err)
	})
}

// BenchmarkBudgetCheckVersions judges one valid event of 12 properties, 4 of them common ones, where definitions and common
// properties have 8 versions each: the budget is that of BenchmarkBudgetCheck12.
func BenchmarkBudgetCheckVersions(b *testing.B) {
	flat, sent := flat12()
	d, common := definition(b, flat), definition(b, flat)
	common.EventID, common.Kind = "evt_common", plan.KindCommon
	d.Properties, common.Properties = d.Properties[:8], common.Properties[8:]
	p := &plan.Plan{Terminals: []plan.Terminal{{Key: "ios"}}}
	for i := range 8 {
		d.RevisionID = fmt.Sprint("evr_", i)
		p.Definitions = append(p.Definitions, d, common)
		from := fmt.Sprintf("8.%d.0", i)
		p.Slots = append(p.Slots, plan.Slot{Terminal: "ios", From: from, Definition: 2 * i, Release: i},
			plan.Slot{Terminal: "ios", From: from, Definition: 2*i + 1, Release: i})
	}
	c, err := check.Compile(p)
	require.NoError(b, err)
	ev := of("8.5.3", track(b, "order_paid", sent))
	var r check.Result
	c.Check(ev, "ios", &r)
	require.Equal(b, capture.Valid, r.Verdict)
	require.Empty(b, r.Violations)
	require.Equal(b, "evr_5", r.RevisionID)
	benchmarkCPU(b, func() { c.Check(ev, "ios", &r) })
}
