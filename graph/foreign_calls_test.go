package graph_test

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/waymarkhq/waymark/graph/generated"
)

// deeper are calls beside those of the authorization test, with the references that those have not.
var deeper = []string{
	`query { event(app: "{appKey}", key: "{eventKey}") { id } }`,
	`query { difference(from: "{approval}", to: "{approval}") { path } }`,
	`query { difference(from: "{propertyRevision}", to: "{propertyRevision}") { path } }`,
	`query { difference(from: "{valueSetRevision}", to: "{valueSetRevision}") { path } }`,
	`query { capturedEvents(app: "{appKey}", environment: "{environmentKey}") { nodes { id } } }`,
	`query { compare(app: "{appKey}", before: {drafts: true}, after: {environment: "{environmentKey}"}) { added } }`,
	`query { compare(app: "{appKey}", before: {environment: "{environmentKey}"}, after: {drafts: true}) { added } }`,
	`query { compare(app: "{appKey}", before: {environment: "production", batch: "{number}"}, after: {environment: "production", batch: "{published}"}) { added } }`,
	`query { events(app: "{appKey}", filter: {batch: "{number}"}) { totalCount } }`,
	`query { events(app: "{appKey}", filter: {propertyId: "{property}"}) { totalCount } }`,
	`query { events(filter: {batch: "{number}", propertyId: "{property}"}) { totalCount nodes { id } } }`,
	`query { auditEntries(app: "{appKey}", filter: {objectId: "{event}"}) { totalCount } }`,
	`query { auditEntries(app: "{appKey}", filter: {token: "{token}"}) { totalCount } }`,
	`query { batch(number: "{number}") { comments(filter: {itemId: "{item}"}) { totalCount } activity(filter: {objectId: "{event}"}) { totalCount } } }`,
	`query { batch(number: "{number}") { comments(filter: {eventId: "{event}"}) { totalCount } events(filter: {batch: "{published}"}) { totalCount } } }`,
	`query { app(key: "{appKey}") { environment(key: "{environmentKey}") { id } activity(filter: {objectId: "{event}"}) { totalCount } } }`,
	`query { event(app: "{appKey}", key: "{eventKey}") { statistics(environment: "{environmentKey}") { count } } }`,
	`query { event(app: "{appKey}", key: "{eventKey}") { samples(environment: "{environmentKey}") { nodes { id } } } }`,
	`query { event(app: "{appKey}", key: "{eventKey}") { inForce(environment: "{environmentKey}") { id } } }`,
	`query { node(id: "{user}") { ... on User { activity(filter: {objectId: "{event}"}) { totalCount nodes { id } } } } }`,
	`query { event(app: "{appKey}", key: "{eventKey}") { sideBySide(environment: "{environmentKey}", left: "ios", right: "ios") { left { id } } } }`,
	`mutation { mark(input: {sessionId: "{session}", eventKey: "{eventKey}", terminal: "ios", kind: FAIL, note: "x", screenshotId: "{screenshot}"}) { mark { id } } }`,
	`query { testRun(app: "{appKey}", environment: "{environmentKey}", id: "ci-1") { validCount } }`,
	`query { event(app: "{appKey}", key: "{eventKey}") { seen(environment: "{environmentKey}") { count } } }`,
	`query { node(id: "{eventProperty}") { ... on EventProperty { seen(environment: "{environmentKey}") { events } } } }`,
	`query { node(id: "{property}") { ... on Property { seen(environment: "{environmentKey}", app: "{appKey}") { events } } } }`,
	`query { unplanned(app: "{appKey}", environment: "{environmentKey}") { totalCount } }`,
	`query { refusedRequests(app: "{appKey}", environment: "{environmentKey}") { nodes { id } } }`,
	`query { refusedRequests(key: "{secretKey}") { nodes { id } } }`,
	`subscription { refusedRequests(app: "{appKey}", environment: "{environmentKey}") { id } }`,
	`subscription { liveCapture(app: "{appKey}", environment: "{environmentKey}") { dropped } }`,

	`query { recentDevices(app: "{appKey}", environment: "{environmentKey}") { deviceId session { id } } }`,
	`query { node(id: "{session}") { ... on CaptureSession { devices { model } captured { nodes { captured { id } } } } } }`,
	`mutation { startCaptureSession(input: {app: "{appKey}", environment: "{environmentKey}"}) { captureSession { id } } }`,
	`mutation { startCaptureSession(input: {app: "{appKey}", environment: "test", eventKeys: ["{eventKey}"]}) { captureSession { id } } }`,
	`mutation { startCaptureSession(input: {app: "{appKey}", environment: "test", levels: [P0], title: "x"}) { captureSession { id } } }`,
	`query { app(key: "{appKey}") { captureSessions(batch: "{number}") { nodes { code batches { id } events { id } bindings { value } } } } }`,
	`mutation { setMustTest(input: {batch: "{number}", eventKey: "{eventKey}", property: "x", mustTest: true}) { batch { id } } }`,
	`mutation { mark(input: {sessionId: "{session}", eventKey: "{eventKey}", terminal: "ios", kind: PASS}) { mark { id } } }`,
	`mutation { signOff(input: {sessionId: "{session}"}) { signOff { id } } }`,
	`mutation { signOff(input: {batch: "{number}"}) { signOff { id } } }`,
	`query { batch(number: "{number}") { coverage { required cells { terminal } } signOffs { id } } }`,
	`query { captureSession(code: "{sessionCode}") { coverage { required } marks { note } signOffs { id } } }`,
	`mutation { addSessionScreenshot(input: {sessionId: "{session}", file: $file, caption: "x"}) { file { id } } }`,
	`query { batch(number: "{number}") { productionChecks { terminal } } }`,
	`query { event(app: "{appKey}", key: "{eventKey}") { sideBySide(environment: "test", left: "ios", right: "android") { properties { name } } } }`,
	`query { runRegressionCase(id: "{regression}", against: {environment: "{environmentKey}"}) { held } }`,
	`query { runRegressionCase(id: "{regression}", against: {environment: "production", batch: "{number}"}) { held } }`,
	`mutation { saveRegressionCase(input: {app: "{appKey}", name: "x", capturedEventIds: ["{captured}"]}) { regressionCase { id } } }`,
	`mutation { deletePerson(input: {app: "{appKey}", environment: "{environmentKey}", userIds: ["u"]}) { capturedEvents } }`,
	`mutation { createAPIToken(input: {name: "t", roles: [{role: VIEWER, app: "{appKey}"}]}) { secret } }`,
	`mutation { createUser(input: {email: "x@x.test", name: "x", password: "long enough 1", roles: [{role: VIEWER, app: "{appKey}"}]}) { user { id } } }`,
	`mutation { createWriteKey(input: {app: "{appKey}", environment: "{environmentKey}"}) { writeKey { id } } }`,
	`mutation { addBatchItem(input: {batch: "{number}", eventId: "{event}"}) { batchItem { id } } }`,
	`mutation { addBatchItem(input: {batch: "{number}", valueSetId: "{valueSet}"}) { batchItem { id } } }`,
	`mutation { addUnplanned(input: {batch: "{number}", environment: "{environmentKey}", items: [{eventId: "{event}", property: "x"}]}) { events { id } } }`,
	`mutation { mapUnplanned(input: {app: "{appKey}", name: "nobody_knows", eventId: "{event}", batch: "{number}"}) { event { id } } }`,
	`mutation { ignoreUnplanned(input: {app: "{appKey}", items: [{eventId: "{event}", property: "x"}], reason: "x"}) { app { id } } }`,
	`mutation { reopenUnplanned(input: {app: "{appKey}", items: [{eventId: "{event}", property: "x"}]}) { app { id } } }`,
	`mutation { addComment(input: {batch: "{number}", text: "x", itemId: "{item}"}) { comment { id } } }`,
	`mutation { addComment(input: {batch: "{number}", text: "x", eventId: "{event}"}) { comment { id } } }`,
	`mutation { addComment(input: {batch: "{number}", text: "x", replyTo: "{comment}"}) { comment { id } } }`,
	`mutation { createDataIncident(input: {app: "{appKey}", title: "x", startedAt: "2026-11-23T08:00:00Z"}) { dataIncident { id } } }`,
	`mutation { createDataIncident(input: {propertyId: "{property}", title: "x", startedAt: "2026-11-23T08:00:00Z"}) { dataIncident { id } } }`,
	`mutation { updateDictionary(input: {id: "{property}", synonyms: ["x"]}) { subject { __typename } } }`,
	`mutation { updateDictionary(input: {id: "{app}", synonyms: ["x"]}) { subject { __typename } } }`,
	`mutation { updateDictionary(input: {id: "{event}", columns: [{propertyId: "{property}", column: "x"}]}) { subject { __typename } } }`,
	`mutation { createEvent(input: {batch: "{number}", name: "x", wireName: "new", properties: [{propertyId: "{property}"}]}) { event { id } } }`,
	`mutation { createEvent(input: {batch: "{number}", name: "x", wireName: "new", properties: [{key: "{propertyKey}"}]}) { event { id } } }`,
	`mutation { createEvent(input: {batch: "{number}", name: "x", wireName: "new", properties: [{key: "land", narrowing: {valueSetId: "{valueSet}"}}]}) { event { id } } }`,
	`mutation { createEvent(input: {batch: "{number}", name: "x", wireName: "new", properties: [{key: "land", narrowing: {valueSetKey: "{valueSetKey}"}}]}) { event { id } } }`,
	`mutation { updateEvent(input: {id: "{event}", batch: "{number}", properties: [{propertyId: "{property}"}]}) { event { id } } }`,
	`mutation { updateEvent(input: {id: "{event}", batch: "{number}", properties: [{key: "land", narrowingOn: [{terminal: "ios", constraints: {valueSetId: "{valueSet}"}}]}]}) { event { id } } }`,
	`mutation { createProperty(input: {app: "{appKey}", batch: "{number}", key: "new", name: "x", type: {base: ENUM, constraints: {valueSetId: "{valueSet}"}}}) { property { id } } }`,
	`mutation { createProperty(input: {app: "{appKey}", key: "new", name: "x", type: {base: ENUM, constraints: {valueSetKey: "{valueSetKey}"}}}) { property { id } } }`,
	`mutation { updateProperty(input: {id: "{property}", batch: "{number}", type: {base: ENUM, constraints: {valueSetId: "{valueSet}"}}}) { property { id } } }`,
	`mutation { createValueSet(input: {app: "{appKey}", batch: "{number}", key: "new", name: "x", values: [{value: "1"}]}) { valueSet { id } } }`,
	`mutation { updateValueSet(input: {id: "{valueSet}", batch: "{number}", name: "x"}) { valueSet { id } } }`,
	`mutation { deleteEvent(input: {id: "{event}", withItemsOf: ["{number}"]}) { deletedId } }`,
	`mutation { deleteProperty(input: {id: "{property}", withItemsOf: ["{number}"]}) { deletedId } }`,
	`mutation { deleteValueSet(input: {id: "{valueSet}", withItemsOf: ["{number}"]}) { deletedId } }`,
	`mutation { mergeProperties(input: {batch: "{number}", alsoUnder: ["{published}"], keep: "{property2}", merge: "{property}"}) { left } }`,
	`mutation { publish(input: {app: "{appKey}", environment: "{environmentKey}", batch: "{published}"}) { baseRelease } }`,
	`mutation { publish(input: {app: "{appKey}", environment: "test", items: ["{item}"]}) { baseRelease } }`,
	`mutation { rollback(input: {app: "{appKey}", environment: "{environmentKey}", release: 1}) { baseRelease } }`,
	`mutation { transitionBatch(input: {batch: "{number}", to: "IN_REVIEW", items: ["{item}"]}) { batch { id } } }`,
	`mutation { transitionBatch(input: {batch: "{approved}", to: "MOVED", note: "x", toBatch: "{number}"}) { batch { id } } }`,
}

// refersToPeople are the references to people, who belong to no app: everybody may know who they are.
var refersToPeople = []string{
	"AuditEntryFilter.actor", "BatchFilter.ownerId", "BatchFilter.createdById", "CommentFilter.createdById", "AssigneeInput.userId",
	"CreateBatchInput.ownerId", "UpdateBatchInput.ownerId", "CreateEventInput.ownerIds", "UpdateEventInput.ownerIds",
	"RoleInput.userId", "UpdateUserInput.id", "DeactivateUserInput.id", "ReactivateUserInput.id",
}

// byKey are the arguments and fields of inputs, beside those of type ID, that name something by its key or number.
var byKey = regexp.MustCompile(`\.(app|batch|batches|code|toBatch|alsoUnder|withItemsOf|environment|valueSetKey|number)$|^Query\.(app|event)\.key$|^App\.environment\.key$|^EventPropertyInput\.key$|^Query\.refusedRequests\.key$|^StartCaptureSessionInput\.eventKeys$`)

// variant is a call with one of its references into the mall.
type variant struct {
	field, typ string // e.g. "Mutation.createEvent", "Mutation"
	// document has "{their …}" in the place of that reference.
	document string
}

var reference = regexp.MustCompile(`\{(\w+)\}`)

// variants are the calls of both tables, each once for each of its references, and once with all of them.
func variants(t *testing.T, own, their map[string]any) (all []variant) {
	t.Helper()
	documents := slices.Clone(deeper)
	for _, field := range slices.Sorted(maps.Keys(calls)) {
		typ, _, _ := strings.Cut(field, ".")
		call := strings.NewReplacer(`"shop"`, `"{appKey}"`, `"SHOP-0001"`, `"{number}"`, `"e_1_1"`, `"{eventKey}"`).Replace(calls[field])
		documents = append(documents, strings.ToLower(typ)+" { "+call+" }")
	}
	for _, d := range documents {
		root := parse(t, d).Operations[0]
		field := root.SelectionSet[0].(*ast.Field)
		typ := field.ObjectDefinition.Name
		var places [][]int
		for _, at := range reference.FindAllStringSubmatchIndex(d, -1) {
			name := d[at[2]:at[3]]
			require.Contains(t, own, name, d)
			if their[name] != nil {
				places = append(places, at)
			}
		}
		swap := func(places ...[]int) {
			out := d
			for _, at := range slices.Backward(places) {
				out = out[:at[0]] + "{their " + out[at[2]:at[3]] + "}" + out[at[1]:]
			}
			all = append(all, variant{typ + "." + field.Name, typ, replaceIDs(out, own)})
		}
		for _, at := range places {
			swap(at)
		}
		if len(places) > 1 {
			swap(places...)
		}
	}
	return all
}

// with puts ids in the place of the references into the mall.
func (v *variant) with(ids map[string]any) string {
	return theirs.ReplaceAllStringFunc(v.document, func(m string) string { return fmt.Sprint(ids[m[len("{their "):len(m)-1]]) })
}

var theirs = regexp.MustCompile(`\{their \w+\}`)

func parse(t *testing.T, document string) *ast.QueryDocument {
	t.Helper()
	if strings.Contains(document, "$file") {
		document = strings.Replace(document, "mutation", "mutation($file: Upload!)", 1)
	}
	parsed, err := gqlparser.LoadQuery(apiSchema(), document) //nolint:staticcheck // the rules are gqlparser's own
	require.Empty(t, err, document)
	return parsed
}

func apiSchema() *ast.Schema { return generated.NewExecutableSchema(generated.Config{}).Schema() }

// TestEveryReferenceIsTried: each argument, and each field of an input, that names something of an app is one that a variant
// has something of the mall in.
func TestEveryReferenceIsTried(t *testing.T) {
	t.Parallel()
	names := map[string]any{}
	for _, call := range append(slices.Collect(maps.Values(calls)), deeper...) {
		for _, m := range reference.FindAllStringSubmatch(call, -1) {
			names[m[1]] = "{" + m[1] + "}"
		}
	}
	for _, name := range []string{"appKey", "number", "eventKey"} {
		names[name] = "{" + name + "}"
	}
	tried := map[string]bool{}
	for _, v := range variants(t, names, names) {
		for _, s := range parse(t, v.document).Operations[0].SelectionSet {
			noteReferences(s, tried)
		}
	}
	for _, place := range references(apiSchema()) {
		require.True(t, tried[place], "%s needs a call with a reference, in deeper or calls", place)
	}
}

// noteReferences notes the places of a selection where something of the mall stands.
func noteReferences(s ast.Selection, tried map[string]bool) {
	var set ast.SelectionSet
	switch s := s.(type) {
	case *ast.Field:
		set = s.SelectionSet
		for _, a := range s.Arguments {
			noteValue(s.ObjectDefinition.Name+"."+s.Name+"."+a.Name, a.Value, tried)
		}
	case *ast.InlineFragment:
		set = s.SelectionSet
	}
	for _, inner := range set {
		noteReferences(inner, tried)
	}
}

func noteValue(place string, v *ast.Value, tried map[string]bool) {
	if theirs.MatchString(v.Raw) {
		tried[place] = true
	}
	for _, c := range v.Children {
		if v.Kind == ast.ObjectValue {
			noteValue(v.Definition.Name+"."+c.Name, c.Value, tried)
		} else {
			noteValue(place, c.Value, tried)
		}
	}
}

// references are the places in the schema where something of an app is named: "Query.app.key", "CreateEventInput.batch".
func references(s *ast.Schema) (places []string) {
	add := func(place, typ string) {
		isKey := typ == "String" && byKey.MatchString(place)
		if (typ == "ID" || isKey) && !slices.Contains(refersToPeople, place) {
			places = append(places, place)
		}
	}
	for _, d := range s.Types {
		for _, f := range d.Fields {
			if d.Kind == ast.InputObject {
				add(d.Name+"."+f.Name, f.Type.Name())
			}
			for _, a := range f.Arguments {
				add(d.Name+"."+f.Name+"."+a.Name, a.Type.Name())
			}
		}
	}
	slices.Sort(places)
	return places
}
