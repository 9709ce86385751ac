package sighting_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/sighting"
)

func TestTypesAreInferred(t *testing.T) {
	t.Parallel()
	list := func(base plan.BaseType) plan.Type {
		return plan.Type{Base: plan.TypeList, Items: &plan.Type{Base: base}}
	}
	infer := func(values ...string) (plan.Type, []string) {
		var s sighting.Summary
		for _, v := range values {
			s.Note(value(t, v), false)
		}
		return s.Infer()
	}
	for _, c := range []struct {
		of     plan.Type
		values []string
	}{
		{plan.Type{Base: plan.TypeInteger}, []string{`1`, `-2`, `3.0`}},
		{plan.Type{Base: plan.TypeNumber}, []string{`1`, `2.5`}},
		{plan.Type{Base: plan.TypeBoolean}, []string{`true`}},
		{plan.Type{Base: plan.TypeDate}, []string{`"2026-11-23"`}},
		{plan.Type{Base: plan.TypeDatetime}, []string{`"2026-11-23T10:00:00Z"`}},
		{plan.Type{Base: plan.TypeObject}, []string{`{}`}},
		{list(plan.TypeInteger), []string{`[1]`, `[]`}},
		{list(plan.TypeNumber), []string{`[1]`, `[1,2.5]`, `[]`}},
		{list(plan.TypeBoolean), []string{`[true]`}},
		{list(plan.TypeObject), []string{`[{}]`}},
		{list(plan.TypeString), []string{`["1"]`}},
		{list(plan.TypeString), []string{`[]`}},
		{list(plan.TypeString), []string{`[1]`, `["a"]`}},
		{plan.Type{Base: plan.TypeString}, []string{`[1]`, `1`}},
		{plan.Type{Base: plan.TypeString}, []string{`"7"`}},
		{plan.Type{Base: plan.TypeString}, []string{`"2026-11-23"`, `"2026-11-23T10:00:00Z"`}},
		{plan.Type{Base: plan.TypeString}, []string{`1`, `"x"`}},
		{plan.Type{Base: plan.TypeString}, []string{`1`, `""`}},
		{plan.Type{Base: plan.TypeString}, []string{`null`}},
		{plan.Type{Base: plan.TypeString}, nil},
	} {
		of, enum := infer(c.values...)
		of.Nullable = nil
		require.Equal(t, c.of, of, c.values)
		require.Empty(t, enum, "a few values tell nothing")
	}
	of, _ := infer(`1`, `null`)
	require.Equal(t, plan.TypeInteger, of.Base)
	require.True(t, *of.Nullable)

	var many []string
	for i := range 60 {
		many = append(many, fmt.Sprintf(`"v%d"`, i%4))
	}
	_, enum := infer(many...)
	slices.Sort(enum)
	require.Equal(t, []string{"v0", "v1", "v2", "v3"}, enum)
	for i := range 60 {
		many = append(many, fmt.Sprintf(`"v%d"`, i%11))
	}
	_, enum = infer(many...)
	require.Empty(t, enum)
	many = slices.Repeat([]string{`" a"`, `"b"`}, 40)
	_, enum = infer(many...)
	require.Empty(t, enum, "a plan has no such value")
	many = slices.Repeat([]string{`"a"`, `"` + strings.Repeat("b", sighting.MaxValue+1) + `"`}, 40)
	_, enum = infer(many...)
	require.Empty(t, enum, "one is too long to be counted")
}
