package graph_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"
)

// asked are the arguments that fields cannot do without.
var asked = map[string]string{
	"App.environment": `key: "test"`, "Environment.release": `number: 1`, "Event.approvedAt": `time: "2100-01-01T00:00:00Z"`,
	"Environment.seen": `name: "nobody_knows"`, "Event.seen": `environment: "test"`, "EventProperty.seen": `environment: "test"`,
	"Property.seen":               `environment: "test", app: "shop"`,
	"CaptureSession.handShakeUrl": `scheme: "sa1"`, "CaptureSession.pageUrl": `page: "https://shop.test/"`, "CaptureSession.qr": `text: "x"`,
	"Event.sideBySide": `environment: "test", left: "ios", right: "ios"`,
}

// across are questions about all that the viewer may see, beside calls, which asks about one app.
var across = []string{
	`batches { nodes { id } }`, `events { nodes { id } }`, `properties { nodes { id } }`, `properties(filter: {global: true}) { nodes { id } }`,
	`valueSets { nodes { id } }`, `search(query: "支付") { nodes { __typename } }`, `search(query: "everywhere") { nodes { __typename } }`,
	`search(query: "paid", first: 1) { nodes { __typename } }`, `search(query: "maii") { nodes { __typename } }`,
	`similarNames(type: EVENT, key: "mail_paid", name: "支付成功") { code }`, `similarNames(app: "shop", type: EVENT, wireName: "mail_paid") { code }`,
	`similarNames(app: "shop", type: PROPERTY, key: "mail_kept") { code }`, `similarNames(app: "shop", type: VALUE_SET, key: "mailcolors") { code }`,
	`monitor { events }`, `refusedRequests(address: "192.0.2.1") { nodes { id } }`, `refusedRequests(app: "shop") { nodes { id } }`, `batches(filter: {text: "mall"}) { nodes { id } }`, `events(filter: {text: "mall"}) { nodes { id } }`,
	`apps(filter: {text: "mall"}) { nodes { id } }`, `properties(filter: {text: "mall"}) { nodes { id } }`,
}

// TestCountsTellNothingOfAForeignApp: all that somebody can see by any field of the API stays as it is, byte for byte, when
// an app that they may not see doubles; and holds nothing of it.
func TestCountsTellNothingOfAForeignApp(t *testing.T) {
	t.Parallel()
	eachForeign(t, func(t *testing.T, f *foreign) {
		before := f.everything(t)
		for question, answer := range before {
			require.Empty(t, f.told(answer), question)
		}
		f.fill("mall", "mall2")
		for question, answer := range f.everything(t) {
			require.Equal(t, before[question], answer, question)
		}
		saved := f.as(f.vera, replaceIDs(`mutation {
			createEvent(input: {batch: "{number}", name: "mall 支付成功", wireName: "mail_paid"}) { warnings { text } }
			createProperty(input: {app: "shop", key: "mail_color", name: "mall", type: {base: STRING}}) { warnings { text } } }`, f.own), nil)
		require.Empty(t, saved.Errors)
		require.NotContains(t, fmt.Sprint(saved.Data), "mall", "what is warned of")
	})
}

// told are the lines of an answer that have anything of the mall in them.
func (f *foreign) told(answer string) (lines []string) {
	for line := range strings.Lines(answer) {
		secret := strings.Contains(strings.ToLower(line), "mall")
		for _, id := range f.their {
			text, isText := id.(string)
			secret = secret || (isText && idForm.MatchString(text) && strings.Contains(line, text))
		}
		if secret {
			lines = append(lines, line)
		}
	}
	return lines
}

// everything is what vera can see by her own objects of every type, and by every root field, each with all of its fields.
func (f *foreign) everything(t *testing.T) map[string]string {
	t.Helper()
	schema, found := apiSchema(), map[string]string{}
	ask := func(document string) {
		got := f.as(f.vera, document, nil)
		require.Empty(t, got.Errors, document)
		for field, value := range got.Data {
			require.NotNil(t, value, "%s of %s", field, document)
		}
		raw, err := json.MarshalIndent(got.Data, "", " ")
		require.NoError(t, err)
		found[document] = string(raw)
	}
	for typ, name := range nodeTypes {
		if name == "" {
			name = "user"
		}
		ask(fmt.Sprintf(`{ node(id: "%v") { ... on %s { %s } } }`, f.own[name], typ, selection(t, schema, schema.Types[typ], 2)))
	}
	global := f.must(`{ properties(filter: {global: true}) { nodes { id } } valueSets(filter: {global: true}) { nodes { id } } }`)
	for list, typ := range map[string]string{"properties": "Property", "valueSets": "ValueSet"} {
		for _, n := range at(global, list, "nodes").([]any) {
			ask(fmt.Sprintf(`{ node(id: "%v") { ... on %s { %s } } }`, at(n, "id"), typ, selection(t, schema, schema.Types[typ], 2)))
		}
	}
	questions := slices.Clone(across)
	for _, field := range slices.Sorted(maps.Keys(calls)) {
		if strings.HasPrefix(field, "Query.") && field != "Query.singleSignOn" {
			questions = append(questions, strings.NewReplacer(`"SHOP-0001"`, `"{number}"`, `"e_1_1"`, `"{eventKey}"`).Replace(calls[field]))
		}
	}
	for _, q := range questions {
		q = replaceIDs(q, f.own)
		field := parse(t, "{ "+q+" }").Operations[0].SelectionSet[0].(*ast.Field)
		inner := selection(t, schema, schema.Types[field.Definition.Type.Name()], 2)
		ask("{ " + q[:strings.LastIndex(head(q), "{")] + "{ " + inner + " } }")
	}
	return found
}

// head is a call up to its selection.
func head(call string) string {
	depth := 0
	for i, r := range call {
		switch {
		case r == '(':
			depth++
		case r == ')':
			depth--
		case r == '{' && depth == 0:
			return call[:i+1]
		}
	}
	return call
}

// selection writes all fields of a type, and of what they lead to, so many steps deep; of connections a few nodes, and how many
// there are.
func selection(t *testing.T, s *ast.Schema, d *ast.Definition, depth int) string {
	t.Helper()
	if d.IsAbstractType() {
		return "__typename ... on Node { id }"
	}
	var out []string
	for _, field := range d.Fields {
		typ := s.Types[field.Type.Name()]
		call := field.Name
		isPage := field.Arguments.ForName("first") != nil
		switch required := requiredOf(field); {
		case strings.HasPrefix(field.Name, "__") || (strings.HasSuffix(d.Name, "Connection") && field.Name == "edges"):
			continue
		case required:
			args, known := asked[d.Name+"."+field.Name]
			require.True(t, known, "%s.%s needs a line in asked", d.Name, field.Name)
			call += "(" + args + ")"
		case isPage:
			call += "(first: 5)"
		}
		switch {
		case typ.IsLeafType():
			out = append(out, call)
		case depth > 0 && strings.HasSuffix(d.Name, "Connection"): // a page is no step
			out = append(out, call+" { "+selection(t, s, typ, depth)+" }")
		case depth > 0:
			out = append(out, call+" { "+selection(t, s, typ, depth-1)+" }")
		case isPage && typ.Fields.ForName("totalCount") != nil:
			out = append(out, call+" { totalCount }")
		}
	}
	return strings.Join(append(out, "__typename"), " ")
}

// requiredOf says whether a field has an argument that it cannot do without.
func requiredOf(f *ast.FieldDefinition) bool {
	return slices.ContainsFunc(f.Arguments, func(a *ast.ArgumentDefinition) bool { return a.Type.NonNull && a.DefaultValue == nil })
}
