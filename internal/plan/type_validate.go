package plan

import (
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/waymarkhq/waymark/internal/fault"
)

// Limits of a type. They keep a definition readable, and the cost of judging an event by it bounded.
const (
	// MaxFields is how many members an object type may list.
	MaxFields = 200
	// MaxTypes is how many types one property's type may consist of, all its fields and elements counted.
	MaxTypes = 1000
	// MaxEnumValues is how many values an enum may list; MaxSetValues how many a value set may.
	MaxEnumValues = 1000
	MaxSetValues  = 10000
	// MaxLabel is the longest label, in code points.
	MaxLabel = 200
)

var baseTypes = []BaseType{
	TypeString, TypeInteger, TypeNumber, TypeBoolean, TypeDatetime, TypeDate, TypeEnum, TypeList, TypeObject,
}

// BaseTypes returns the base types.
func BaseTypes() []BaseType { return slices.Clone(baseTypes) }

// Validate refuses a type that no value could sensibly be checked by; path is where the client wrote it. Objects nest at
// most MaxDepth deep. A list holds anything but lists, which no warehouse column could take. An object without fields
// is free-form: it may hold any members. Reasons: unknown_type, required, not_allowed, too_deep, list_of_lists,
// duplicate, too_many, and those of names and constraints.
func (t *Type) Validate(path string, f *fault.Fields) {
	v := typeValidator{fields: f}
	v.visit(path, t, 0)
	if v.types > MaxTypes {
		f.Add(path, "too_many", fmt.Sprintf("a type consists of at most %d types", MaxTypes))
	}
}

type typeValidator struct {
	fields *fault.Fields
	types  int
}

// visit checks t, which lies in the given number of objects. It stops early once there are too many types.
func (v *typeValidator) visit(path string, t *Type, objects int) {
	if v.types++; v.types > MaxTypes {
		return
	}
	if !slices.Contains(baseTypes, t.Base) {
		v.fields.Add(path+".base", "unknown_type", fmt.Sprintf("%q is not a type", t.Base))
		return
	}
	v.items(path, t, objects)
	v.members(path, t, objects)
	v.values(path, t)
	t.Constraints.validate(path+".constraints", t, v.fields)
}

func (v *typeValidator) items(path string, t *Type, objects int) {
	switch {
	case t.Base == TypeList && t.Items == nil:
		v.fields.Add(path+".items", "required", "a list needs the type of its elements")
	case t.Base == TypeList && t.Items.Base == TypeList:
		v.fields.Add(path+".items", "list_of_lists", "a list cannot hold lists")
	case t.Base == TypeList:
		v.visit(path+".items", t.Items, objects)
	case t.Items != nil:
		v.fields.Add(path+".items", "not_allowed", "only a list has elements")
	}
}

func (v *typeValidator) members(path string, t *Type, objects int) {
	switch {
	case t.Base != TypeObject && len(t.Fields) > 0:
		v.fields.Add(path+".fields", "not_allowed", "only an object has fields")
	case t.Base != TypeObject:
	case objects == MaxDepth:
		v.fields.Add(path, "too_deep", fmt.Sprintf("objects nest at most %d deep", MaxDepth))
	case len(t.Fields) > MaxFields:
		v.fields.Add(path+".fields", "too_many", fmt.Sprintf("an object has at most %d fields", MaxFields))
	default:
		v.each(path+".fields", t.Fields, objects+1)
	}
}

func (v *typeValidator) each(path string, fields []Field, objects int) {
	seen := make(map[string]bool, len(fields))
	for i := range fields {
		field, at := &fields[i], fmt.Sprintf("%s[%d]", path, i)
		ValidateName(at+".name", field.Name, v.fields)
		validateLabel(at+".label", field.Label, v.fields)
		if seen[field.Name] {
			v.fields.Add(at+".name", "duplicate", fmt.Sprintf("%q is there twice", field.Name))
		}
		seen[field.Name] = true
		v.visit(at+".type", &field.Type, objects)
	}
}

func (v *typeValidator) values(path string, t *Type) {
	switch {
	case t.Base != TypeEnum && len(t.Values) > 0:
		v.fields.Add(path+".values", "not_allowed", "only an enum lists values; other types take a value set")
	case t.Base != TypeEnum:
	case len(t.Values) > 0 && t.ValueSetID != "":
		v.fields.Add(path+".values", "not_allowed", "an enum has either values of its own or a value set")
	case len(t.Values) == 0 && t.ValueSetID == "":
		v.fields.Add(path+".values", "required", "an enum needs values or a value set")
	default:
		validateValues(path+".values", t.Values, MaxEnumValues, v.fields)
	}
}

// Validate refuses a value set that is empty or ambiguous; path is where the client wrote it. Reasons: required,
// duplicate, too_many, and those of keys and names.
func (s *ValueSet) Validate(path string, f *fault.Fields) {
	ValidateKey(path+".key", s.Key, f)
	if len(s.Values) == 0 {
		f.Add(path+".values", "required", "a value set needs values")
	}
	validateValues(path+".values", s.Values, MaxSetValues, f)
}

func validateValues(path string, values []Value, limit int, f *fault.Fields) {
	if len(values) > limit {
		f.Add(path, "too_many", fmt.Sprintf("at most %d values are allowed", limit))
		return
	}
	seen := make(map[string]bool, len(values))
	for i, v := range values {
		at := fmt.Sprintf("%s[%d]", path, i)
		ValidateName(at+".value", v.Value, f)
		validateLabel(at+".label", v.Label, f)
		if seen[v.Value] {
			f.Add(at+".value", "duplicate", fmt.Sprintf("%q is there twice", v.Value))
		}
		seen[v.Value] = true
	}
}

func validateLabel(path, label string, f *fault.Fields) {
	if utf8.RuneCountInString(label) > MaxLabel {
		f.Add(path, "too_long", fmt.Sprintf("a label has at most %d characters", MaxLabel))
		return
	}
	validateText(path, label, f)
}
