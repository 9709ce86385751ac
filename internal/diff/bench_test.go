package diff_test

import (
	"fmt"
	"testing"

	"github.com/waymarkhq/waymark/internal/diff"
	"github.com/waymarkhq/waymark/internal/plan"
)

// twelve is a definition with 12 properties.
func twelve() *plan.Frozen {
	f := &plan.Frozen{EventID: "evt_1", Key: "order_paid", Kind: plan.KindTrack, Name: "Order paid", WireName: "order_paid", Level: plan.LevelP0}
	for i := range 12 {
		f.Properties = append(f.Properties, plan.FrozenProperty{
			PropertyID: fmt.Sprintf("prp_%032d", i), Key: fmt.Sprintf("property_%d", i), Name: "A property", Description: "What it says",
			Type:        plan.Type{Base: plan.TypeString, Constraints: plan.Constraints{Pattern: "[a-z]+"}},
			Sensitivity: plan.SensitivityNone, Presence: plan.PresenceRequired, PropertyExample: "abc",
		})
	}
	return f
}

func BenchmarkDefinitions(b *testing.B) {
	before, after := twelve(), twelve()
	after.Properties[5].Type.Pattern = "[a-y]+"
	for b.Loop() {
		if len(diff.Definitions(before, after, nil)) != 1 {
			b.Fatal("another difference")
		}
	}
}

func BenchmarkMerge(b *testing.B) {
	base, ours, theirs := twelve(), twelve(), twelve()
	ours.Properties[5].Type.Pattern, theirs.Name = "[a-y]+", "Paid"
	x, y, z := base.Canonical(), ours.Canonical(), theirs.Canonical()
	for b.Loop() {
		if _, conflicts, err := diff.Merge(x, y, z, diff.EventShape); err != nil || len(conflicts) > 0 {
			b.Fatal(conflicts, err)
		}
	}
}
