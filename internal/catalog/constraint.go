package catalog

import (
	"context"
	"fmt"
	"strings"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/valueset"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// dictionary finds the value sets that an input names.
type dictionary struct {
	byID, byKey map[string]*ent.ValueSet
}

// dictionary reads the value sets that constraints name, of an app and global ones; for an empty app only global ones.
func (c *change) dictionary(ctx context.Context, appID string, constraints []*ConstraintsInput) (*dictionary, error) {
	d := &dictionary{byID: map[string]*ent.ValueSet{}, byKey: map[string]*ent.ValueSet{}}
	var ids, keys []string
	for _, in := range constraints {
		if in.ValueSetID != nil {
			ids = append(ids, *in.ValueSetID)
		}
		if in.ValueSetKey != nil {
			keys = append(keys, *in.ValueSetKey)
		}
	}
	if len(ids)+len(keys) == 0 {
		return d, nil
	}
	rows, err := c.ValueSet.Query().Where(func(q *sql.Selector) {
		ofAppOrGlobal(q, appID)
		q.Where(sql.Or(among(q.C(valueset.FieldID), ids), among(q.C(valueset.FieldKey), keys)))
	}).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for value sets: %w", err)
	}
	for _, row := range rows {
		d.byID[row.ID] = row
		if there := d.byKey[row.Key]; there == nil || there.AppID == "" { // the app's own goes before the global
			d.byKey[row.Key] = row
		}
	}
	return d, nil
}

// find returns the value set that constraints name, or nil.
func (d *dictionary) find(path string, in *ConstraintsInput, f *fault.Fields) *ent.ValueSet {
	var row *ent.ValueSet
	switch {
	case in.ValueSetID != nil && in.ValueSetKey != nil:
		f.Add(path+".valueSetKey", "both_given", "a value set is named by id or by key, not both")
	case in.ValueSetID != nil:
		if row = d.byID[*in.ValueSetID]; row == nil {
			f.Add(path+".valueSetId", "unknown_value_set", fmt.Sprintf("there is no value set %q here", *in.ValueSetID))
		}
	case in.ValueSetKey != nil:
		if row = d.byKey[*in.ValueSetKey]; row == nil {
			f.Add(path+".valueSetKey", "unknown_value_set", fmt.Sprintf("there is no value set %q here", *in.ValueSetKey))
		}
	}
	return row
}

// constraints turns an input into constraints of a type with the given base. What package plan checks is not checked here.
func (d *dictionary) constraints(
	path string, base plan.BaseType, in *ConstraintsInput, f *fault.Fields,
) *plan.Constraints {
	if in == nil {
		return nil
	}
	c := &plan.Constraints{
		Pattern: value(in.Pattern), MinLength: in.MinLength, MaxLength: in.MaxLength, Minimum: value(in.Minimum),
		Maximum: value(in.Maximum), MinItems: in.MinItems, MaxItems: in.MaxItems, Constant: value(in.Constant),
		Nullable: in.Nullable, NonEmpty: in.NonEmpty, Encoding: in.Encoding,
	}
	if set := d.find(path, in, f); set != nil {
		c.ValueSetID = set.ID
		if v, ok := misfit(base, set.Values); !ok {
			f.Add(path+valueSetField(in), "value_set_mismatch",
				fmt.Sprintf("the value set %q holds %q, which is not of type %s", set.Key, v, base))
		}
	}
	return c
}

// misfit returns a value that is not of a numeric type; ok is true where there is none.
func misfit(base plan.BaseType, values []plan.Value) (text string, ok bool) {
	if base != plan.TypeInteger && base != plan.TypeNumber {
		return "", true
	}
	for _, v := range values {
		d, ok := plan.ParseDecimal(v.Value)
		if !ok || (base == plan.TypeInteger && !d.IsInteger()) {
			return v.Value, false
		}
	}
	return "", true
}

func valueSetField(in *ConstraintsInput) string {
	if in.ValueSetID == nil {
		return ".valueSetKey"
	}
	return ".valueSetId"
}

// typeOf turns an input into a type. What package plan checks is not checked here.
func (d *dictionary) typeOf(path string, in *PropertyTypeInput, f *fault.Fields) plan.Type {
	t := plan.Type{Base: in.Base, Values: in.Values}
	if in.Items != nil {
		items := d.typeOf(path+".items", in.Items, f)
		t.Items = &items
	}
	for i := range in.Fields {
		m := &in.Fields[i]
		t.Fields = append(t.Fields, plan.Field{
			Name: m.Name, Label: m.Label, Required: m.Required,
			Type: d.typeOf(fmt.Sprintf("%s.fields[%d].type", path, i), &m.Type, f),
		})
	}
	if c := d.constraints(path+".constraints", in.Base, in.Constraints, f); c != nil {
		t.Constraints = *c
	}
	if t.Nullable != nil && !*t.Nullable { // that is what nil says
		t.Nullable = nil
	}
	return t
}

// each calls fn for all constraints of a type input.
func (in *PropertyTypeInput) each(fn func(*ConstraintsInput)) {
	if in.Constraints != nil {
		fn(in.Constraints)
	}
	if in.Items != nil {
		in.Items.each(fn)
	}
	for i := range in.Fields {
		in.Fields[i].Type.each(fn)
	}
}

// propertyType reads the type of a property of an app (empty: global), with everything that is wrong with it noted.
func (c *change) propertyType(
	ctx context.Context, path, appID string, in *PropertyTypeInput, f *fault.Fields,
) (plan.Type, error) {
	var all []*ConstraintsInput
	in.each(func(in *ConstraintsInput) { all = append(all, in) })
	d, err := c.dictionary(ctx, appID, all)
	if err != nil {
		return plan.Type{}, err
	}
	t := d.typeOf(path, in, f)
	var own fault.Fields
	t.Validate(path, &own)
	*f = append(*f, asInput(own)...)
	return t, nil
}

// asInput renames what the API calls otherwise than package plan.
func asInput(f fault.Fields) fault.Fields {
	for i := range f {
		if strings.HasSuffix(f[i].Path, ".valueSet") {
			f[i].Path += "Id"
		}
	}
	return f
}

// value is what p points to, or the zero value.
func value[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}
