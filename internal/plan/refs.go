package plan

import (
	"fmt"
	"maps"
	"slices"

	"github.com/waymarkhq/waymark/internal/fault"
)

// ValueSets appends the ids of the value sets that the type draws on, at any depth, to dst.
func (t *Type) ValueSets(dst []string) []string {
	if t.ValueSetID != "" {
		dst = append(dst, t.ValueSetID)
	}
	if t.Items != nil {
		dst = t.Items.ValueSets(dst)
	}
	for i := range t.Fields {
		dst = t.Fields[i].Type.ValueSets(dst)
	}
	return dst
}

// ValueSets returns the ids of the value sets that the definition draws on, each once, in order.
func (d *Definition) ValueSets() []string {
	var ids []string
	for i := range d.Properties {
		r := &d.Properties[i]
		ids = r.Type.ValueSets(ids)
		narrowings := append(slices.Collect(maps.Values(r.NarrowingOn)), r.Narrowing)
		for _, n := range narrowings {
			if n != nil && n.ValueSetID != "" {
				ids = append(ids, n.ValueSetID)
			}
		}
	}
	slices.Sort(ids)
	return slices.Compact(ids)
}

// ValidateValueSets refuses a type that draws on a value set which sets does not hold, or whose values are not of the
// type: an integer's value set lists integers. The path is where the client wrote the type. Reasons: unknown_value_set,
// value_set_mismatch.
func (t *Type) ValidateValueSets(path string, sets map[string]*ValueSet, f *fault.Fields) {
	t.Constraints.ValidateValueSet(path+".constraints", t.Base, sets, f)
	if t.Items != nil {
		t.Items.ValidateValueSets(path+".items", sets, f)
	}
	for i := range t.Fields {
		t.Fields[i].Type.ValidateValueSets(fmt.Sprintf("%s.fields[%d].type", path, i), sets, f)
	}
}

// ValidateValueSet is ValidateValueSets for one set of constraints, such as a narrowing, of a type with the given base.
func (c *Constraints) ValidateValueSet(path string, base BaseType, sets map[string]*ValueSet, f *fault.Fields) {
	if c.ValueSetID == "" {
		return
	}
	set := sets[c.ValueSetID]
	if set == nil {
		f.Add(path+".valueSet", "unknown_value_set", "there is no such value set")
		return
	}
	for _, v := range set.Values {
		number, isNumber := ParseDecimal(v.Value)
		if base == TypeNumber && !isNumber || base == TypeInteger && !(isNumber && number.IsInteger()) {
			f.Add(path+".valueSet", "value_set_mismatch", fmt.Sprintf("value %q of %s is not of type %s", v.Value, set.Key, base))
			return
		}
	}
}
