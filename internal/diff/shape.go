package diff

// Shape says how texts of one kind are built: which lists have elements with names of their own, where order counts, and
// what is one field though it has parts. What a shape does not know is compared member by member, lists as a whole.
type Shape struct{ form *form }

// The shapes of what people define.
var (
	// EventShape is that of events: of revisions, and of plan.Frozen.
	EventShape = Shape{eventForm()}
	// PropertyShape is that of shared properties.
	PropertyShape = Shape{propertyForm()}
	// ValueSetShape is that of value sets: of revisions, and of plan.FrozenValueSet.
	ValueSetShape = Shape{valueSetForm()}
)

// form is how one value is built; nil is any value, of which objects are compared member by member.
type form struct {
	kind formKind
	// order is where members stand in the canonical text; others follow in the order of their names.
	order map[string]int
	parts map[string]*form // of an object, by name
	each  *form            // of all other members, or of the elements
	group map[string]bool  // members that people know as parts of "constraints"
	tag   string           // a member whose value decides what the others mean: where it differs, the object is one field

	id, shown string // members of an element: what it is found by, and what people call it
	ordered   bool   // the order of the elements counts
	optional  bool   // what is absent says the same as what is empty
	emptyAll  bool   // an empty set stands for everything
}

type formKind int

const (
	anyForm formKind = iota
	objectForm
	elementsForm
	setForm
)

// object is a form whose members stand in the given order.
func object(names ...string) *form {
	f := &form{kind: objectForm, order: make(map[string]int, len(names)), parts: map[string]*form{}}
	for i, name := range names {
		f.order[name] = i
	}
	return f
}

func (f *form) with(name string, part *form) *form {
	f.parts[name] = part
	return f
}

// dictionary is an object whose members people name themselves.
func dictionary(each *form) *form { return &form{kind: objectForm, each: each, optional: true} }

// elements is a list of objects with an id each.
func elements(id string, each *form) *form {
	return &form{kind: elementsForm, id: id, shown: id, each: each, optional: true}
}

func (f *form) inOrder() *form {
	f.ordered = true
	return f
}

func set() *form { return &form{kind: setForm, optional: true} }

func eventForm() *form {
	property := object("propertyId", "key", "name", "description", "type", "sensitivity", "propertyExample", "presence",
		"presenceOn", "narrowing", "narrowingOn", "example", "note").
		with("type", typeForm()).with("presenceOn", dictionary(nil)).
		with("narrowing", constraintsForm()).with("narrowingOn", dictionary(constraintsForm()))
	properties := elements("propertyId", property).inOrder()
	properties.shown = "key"
	terminals := set()
	terminals.emptyAll = true
	return object("eventId", "key", "kind", "name", "wireName", "match", "aliases", "description", "trigger", "level",
		"module", "ownerIds", "terminals", "excludedCommonProperties", "properties", "valueSets").
		with("match", elements("property", object("property", "value"))).
		with("aliases", elements("name", object("name", "until"))).
		with("ownerIds", set()).with("terminals", terminals).with("excludedCommonProperties", set()).
		with("properties", properties).with("valueSets", dictionary(nil))
}

func propertyForm() *form {
	return object("key", "name", "description", "type", "sensitivity", "example", "replacedBy").with("type", typeForm())
}

func valueSetForm() *form {
	values := valuesForm()
	values.optional = false
	return object("id", "key", "name", "description", "values").with("values", values)
}

func valuesForm() *form { return elements("value", object("value", "label")).inOrder() }

// constraintNames are the members of plan.Constraints, in order.
var constraintNames = []string{
	"pattern", "minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "valueSet", "constant", "nullable",
	"nonEmpty", "encoding",
}

func constraintsForm() *form {
	f := object(constraintNames...)
	f.optional = true
	return f
}

// typeForm is that of plan.Type: it holds itself.
func typeForm() *form {
	t := object(append([]string{"base", "items", "fields", "values"}, constraintNames...)...)
	t.tag = "base"
	t.group = make(map[string]bool, len(constraintNames))
	for _, name := range constraintNames {
		t.group[name] = true
	}
	field := object("name", "label", "required", "type").with("type", t)
	return t.with("items", t).with("fields", elements("name", field).inOrder()).with("values", valuesForm())
}
