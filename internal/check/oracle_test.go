package check_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/plan"
)

// oracle translates definitions to JSON Schema, for santhosh-tekuri/jsonschema v6 to judge the same events. What of our
// rules JSON Schema has no keyword for is put in its words, so that verdicts can be compared without exception:
//
//   - placeholder_value: a string without a list of values must not be one of the placeholders ("not", "enum");
//   - property_empty: minLength, minItems and minProperties of 1;
//   - datetime: the format date-time, or its RFC 3339 form with a blank, or a zoneless pattern whose day is a date;
//   - encodings: contentEncoding "url" (a decoder of ours), contentMediaType and contentSchema;
//   - an enum's value that reads as a number takes that number, too;
//   - warnings (extra_property, property_case, invalid_text, too_deep) do not make an event invalid: no keyword.
//
// duplicate_property is about the text of the event, which a JSON Schema validator never sees: generated events have no
// duplicates.
type oracle struct {
	compiler *jsonschema.Compiler
	sets     map[string]*plan.ValueSet
	// plain leaves out what JSON Schema users would not ask for, for a fair benchmark: placeholders, other datetimes.
	plain bool
}

type schema map[string]any

var placeholders = []any{
	"null", "NULL", "(null)", "<null>", "undefined", "NaN", "[object Object]", "None", "nan", "nil", "<nil>",
}

var errNotDecoded = errors.New("not decoded")

func newOracle(tb tester) *oracle {
	tb.Helper()
	c := jsonschema.NewCompiler()
	c.DefaultDraft(jsonschema.Draft2020)
	c.AssertFormat()
	c.AssertContent()
	c.RegisterContentEncoding(&jsonschema.Decoder{Name: "url", Decode: decodeURL})
	c.RegisterContentEncoding(&jsonschema.Decoder{Name: "utf8", Decode: func(s string) ([]byte, error) {
		return []byte(s), nil
	}})
	c.RegisterContentMediaType(&jsonschema.MediaType{
		Name:          "text/plain",
		Validate:      func([]byte) error { return nil },
		UnmarshalJSON: func(b []byte) (any, error) { return string(b), nil },
	})
	// Text is parsed by our own scanner, whose faults are the business of its own tests.
	c.RegisterContentMediaType(&jsonschema.MediaType{
		Name:          "application/json",
		Validate:      func(b []byte) error { _, err := parseValue(b); return err },
		UnmarshalJSON: parseValue,
	})
	registerDatetimes(tb, c)
	return &oracle{compiler: c, sets: map[string]*plan.ValueSet{
		"vst_pay":   {Values: []plan.Value{{Value: "wechat"}, {Value: "alipay"}, {Value: "None"}}},
		"vst_level": {Values: []plan.Value{{Value: "1"}, {Value: "2"}, {Value: "1e3"}}},
	}}
}

// compile translates a definition for the terminal ios.
func (o *oracle) compile(tb tester, d *plan.Definition) *jsonschema.Schema {
	tb.Helper()
	properties, required := schema{}, []any{}
	for i := range d.Properties {
		r := &d.Properties[i]
		e := r.On("ios")
		if e.Presence == plan.PresenceAbsent {
			continue
		}
		properties[r.Name] = o.value(&r.Type, &e)
		if e.Presence == plan.PresenceRequired {
			required = append(required, r.Name)
		}
	}
	text, err := json.Marshal(schema{"type": "object", "properties": properties, "required": required})
	require.NoError(tb, err)
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
	require.NoError(tb, err)
	require.NoError(tb, o.compiler.AddResource("mem://definition", doc))
	compiled, err := o.compiler.Compile("mem://definition")
	require.NoError(tb, err, string(text))
	return compiled
}

// value is the schema of a value, null and its encoding included.
func (o *oracle) value(t *plan.Type, e *plan.Effective) schema {
	s := o.decoded(t, e)
	if e.Nullable() {
		s = schema{"anyOf": []any{schema{"type": "null"}, s}}
	}
	media := "application/json"
	switch t.Encoding {
	case plan.EncodingNone:
		return s
	case plan.EncodingURL:
		switch t.Base {
		case plan.TypeString, plan.TypeEnum, plan.TypeDatetime, plan.TypeDate:
			media = "text/plain"
		}
		s = schema{"type": "string", "contentEncoding": "url", "contentMediaType": media, "contentSchema": s}
	case plan.EncodingJSON:
		s = schema{"type": "string", "contentEncoding": "utf8", "contentMediaType": media, "contentSchema": s}
	}
	if e.Nullable() {
		s = schema{"anyOf": []any{schema{"type": "null"}, s}}
	}
	return s
}

// decoded is the schema of a value that is not null.
func (o *oracle) decoded(t *plan.Type, e *plan.Effective) schema {
	parts := []any{o.base(t, e)}
	if len(t.Values) > 0 {
		parts = append(parts, schema{"enum": enumOf(t.Base, t.Values)})
	}
	listed := len(t.Values) > 0
	for _, c := range e.Constraints {
		parts = append(parts, o.constraints(t.Base, c)...)
		listed = listed || c.ValueSetID != "" || c.Constant != ""
	}
	if t.Base == plan.TypeString && !listed && !o.plain {
		parts = append(parts, schema{"not": schema{"enum": placeholders}})
	}
	if o.plain {
		return merge(parts)
	}
	return schema{"allOf": parts}
}

// merge puts keywords that do not clash into one schema.
func merge(parts []any) schema {
	all := schema{}
	for _, p := range parts {
		maps.Copy(all, p.(schema))
	}
	return all
}

func (o *oracle) base(t *plan.Type, e *plan.Effective) schema {
	least := 0
	if e.NonEmpty() {
		least = 1
	}
	switch t.Base {
	case plan.TypeString:
		return schema{"type": "string", "minLength": least}
	case plan.TypeEnum:
		return schema{"type": []any{"string", "number"}}
	case plan.TypeDate:
		return schema{"type": "string", "format": "date"}
	case plan.TypeDatetime:
		if o.plain {
			return schema{"type": "string", "format": "date-time"}
		}
		return datetime
	case plan.TypeList:
		items := plan.Effective{Presence: plan.PresenceOptional, Constraints: []*plan.Constraints{&t.Items.Constraints}}
		return schema{"type": "array", "minItems": least, "items": o.value(t.Items, &items)}
	case plan.TypeObject:
		return o.object(t, least)
	default:
		return schema{"type": strings.ToLower(string(t.Base))}
	}
}

// datetime takes what plan.IsDatetime says it does, composed of jsonschema's date-time.
var datetime = schema{"type": "string", "anyOf": []any{
	schema{"format": "date-time", "pattern": `^.{10}[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$`},
	schema{"format": "blank-date-time", "pattern": `^.{10} \d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$`},
	schema{"format": "zoneless-date-time", "pattern": `^.{10} \d\d:\d\d:[0-5]\d(\.\d+)?$`},
}}

func registerDatetimes(tb tester, c *jsonschema.Compiler) {
	tb.Helper()
	plain := jsonschema.NewCompiler()
	plain.AssertFormat()
	require.NoError(tb, plain.AddResource("mem://date-time", map[string]any{"format": "date-time"}))
	check := plain.MustCompile("mem://date-time")
	for name, mend := range map[string]func(string) string{
		"blank-date-time":    func(s string) string { return strings.Replace(s, " ", "T", 1) },
		"zoneless-date-time": func(s string) string { return strings.Replace(s, " ", "T", 1) + "Z" },
	} {
		c.RegisterFormat(&jsonschema.Format{Name: name, Validate: func(v any) error {
			if s, ok := v.(string); ok {
				return check.Validate(mend(s))
			}
			return nil
		}})
	}
}

func decodeURL(s string) ([]byte, error) {
	text, err := url.QueryUnescape(s)
	if err != nil || !utf8.ValidString(text) {
		return nil, errNotDecoded
	}
	return []byte(text), nil
}

// parseValue reads JSON to Go values as jsonschema wants them, digits kept.
func parseValue(text []byte) (any, error) {
	tape, err := capture.Parse(nil, string(text))
	if err != nil {
		return nil, err
	}
	value, _ := goValue(tape)
	return value, nil
}

func goValue(nodes []capture.Node) (value any, rest []capture.Node) {
	n := &nodes[0]
	members, rest := nodes[1:1+n.Size], nodes[1+n.Size:]
	switch n.Kind {
	case capture.Null:
		return nil, rest
	case capture.Bool:
		return n.Text == "true", rest
	case capture.Number:
		return json.Number(n.Text), rest
	case capture.String:
		return n.Text, rest
	case capture.Array:
		list := []any{}
		for len(members) > 0 {
			var v any
			v, members = goValue(members)
			list = append(list, v)
		}
		return list, rest
	default:
		return goObject(members), rest
	}
}

func goObject(members []capture.Node) map[string]any {
	m := map[string]any{}
	for len(members) > 0 {
		name := members[0].Name
		m[name], members = goValue(members)
	}
	return m
}

func (o *oracle) object(t *plan.Type, least int) schema {
	properties, required := schema{}, []any{}
	for i := range t.Fields {
		f := &t.Fields[i]
		e := plan.Effective{Presence: plan.PresenceOptional, Constraints: []*plan.Constraints{&f.Type.Constraints}}
		if f.Required {
			e.Presence = plan.PresenceRequired
			required = append(required, f.Name)
		}
		properties[f.Name] = o.value(&f.Type, &e)
	}
	return schema{"type": "object", "minProperties": least, "properties": properties, "required": required}
}

func (o *oracle) constraints(base plan.BaseType, c *plan.Constraints) []any {
	s := schema{}
	if c.Pattern != "" {
		s["pattern"] = "^(?:" + c.Pattern + ")$"
	}
	for keyword, n := range map[string]*int{
		"minLength": c.MinLength, "maxLength": c.MaxLength, "minItems": c.MinItems, "maxItems": c.MaxItems,
	} {
		if n != nil {
			s[keyword] = *n
		}
	}
	if c.Minimum != "" {
		s["minimum"] = json.Number(c.Minimum)
	}
	if c.Maximum != "" {
		s["maximum"] = json.Number(c.Maximum)
	}
	if c.Constant != "" {
		s["const"] = json.RawMessage(c.Constant)
	}
	if c.ValueSetID != "" {
		s["enum"] = enumOf(base, o.sets[c.ValueSetID].Values)
	}
	return []any{s}
}

func enumOf(base plan.BaseType, values []plan.Value) []any {
	list := []any{}
	add := func(v any) {
		for _, have := range list {
			if fmt.Sprint(have) == fmt.Sprint(v) && fmt.Sprintf("%T", have) == fmt.Sprintf("%T", v) {
				return
			}
		}
		list = append(list, v)
	}
	for _, v := range values {
		if base == plan.TypeString || base == plan.TypeEnum {
			add(v.Value)
		}
		if _, ok := plan.ParseDecimal(v.Value); ok && base != plan.TypeString {
			add(json.Number(v.Value))
		}
	}
	return list
}
