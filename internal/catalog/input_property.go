package catalog

import "github.com/waymarkhq/waymark/internal/plan"

// PropertyTypeInput is what a property's values are.
type PropertyTypeInput struct {
	Base        plan.BaseType
	Items       *PropertyTypeInput
	Fields      []ObjectFieldInput
	Values      []EnumValueInput
	Constraints *ConstraintsInput
}

// ObjectFieldInput is a member of an object type.
type ObjectFieldInput struct {
	Name, Label string
	Required    bool
	Type        PropertyTypeInput
}

// EnumValueInput is one allowed value with its label.
type EnumValueInput = plan.Value

// ConstraintsInput is what narrows a type; nil does not constrain.
type ConstraintsInput struct {
	Pattern              *string
	MinLength, MaxLength *int
	Minimum, Maximum     *string // decimal literals
	MinItems, MaxItems   *int
	// At most one of the two names a value set; the key within the app and the global ones.
	ValueSetID, ValueSetKey *string
	Constant                *string // a JSON scalar
	Nullable                *bool
	NonEmpty                *bool
	Encoding                plan.Encoding
}

// CreatePropertyInput is what a new property is; App is a key (global where it is nil), Batch a number.
type CreatePropertyInput struct {
	App, Batch             *string
	Key, Name, Description string
	Type                   PropertyTypeInput
	Sensitivity            plan.Sensitivity
	Example                string
}

// UpdatePropertyInput is what changes in a property; nil stays.
type UpdatePropertyInput struct {
	ID                string
	Batch             *string // that of the newest revision where it is nil
	Name, Description *string
	Type              *PropertyTypeInput
	Sensitivity       *plan.Sensitivity
	Example           *string
	// ExpectedHash is that of the revision which the change was made against.
	ExpectedHash *string
}

// CreateValueSetInput is what a new value set is; App is a key (global where it is nil), Batch a number.
type CreateValueSetInput struct {
	App, Batch             *string
	Key, Name, Description string
	Values                 []EnumValueInput
}

// UpdateValueSetInput is what changes in a value set; nil stays.
type UpdateValueSetInput struct {
	ID                string
	Batch             *string // that of the newest revision where it is nil
	Name, Description *string
	Values            []EnumValueInput
	// ExpectedHash is that of the revision which the change was made against.
	ExpectedHash *string
}
