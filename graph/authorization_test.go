package graph_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/waymarkhq/waymark/graph/generated"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
)

// calls is one call of each root field, on the app "shop"; {name} stands for an id that the world knows. Subscriptions
// are asked over server-sent events. Fields that are here and not in the schema, or the other way round, fail the test.
var calls = map[string]string{
	"Query.node":            `node(id: "{event}") { id }`,
	"Query.nodes":           `nodes(ids: ["{event}", "{property}", "{app}"]) { id }`,
	"Query.viewer":          `viewer { user { id } }`,
	"Query.app":             `app(key: "shop") { id }`,
	"Query.apps":            `apps { totalCount nodes { key } }`,
	"Query.batch":           `batch(number: "SHOP-0001") { id }`,
	"Query.batches":         `batches(app: "shop") { nodes { id } }`,
	"Query.event":           `event(app: "shop", key: "e_1_1") { id }`,
	"Query.events":          `events(app: "shop") { nodes { id } }`,
	"Query.properties":      `properties(app: "shop") { nodes { id } }`,
	"Query.valueSets":       `valueSets(app: "shop") { nodes { id } }`,
	"Query.compare":         `compare(app: "shop", before: {drafts: true}, after: {environment: "test"}) { added changes { nodes { key } } }`,
	"Query.difference":      `difference(from: "{revision}", to: "{revision}") { path }`,
	"Query.capturedEvents":  `capturedEvents(app: "shop", environment: "test") { nodes { id } }`,
	"Query.search":          `search(query: "支付", app: "shop") { nodes { __typename } facets { totalCount } }`,
	"Query.auditEntries":    `auditEntries(app: "shop") { nodes { id } }`,
	"Query.presets":         `presets(format: "sensors") { format }`,
	"Query.similarNames":    `similarNames(app: "shop", type: EVENT, key: "x") { code }`,
	"Query.users":           `users { nodes { id } }`,
	"Query.invitations":     `invitations(app: "shop") { nodes { id } }`,
	"Query.singleSignOn":    `singleSignOn { path }`,
	"Query.monitor":         `monitor(app: "shop") { events }`,
	"Query.refusedRequests": `refusedRequests(app: "shop") { nodes { id } }`,
	"Query.testRun":         `testRun(app: "shop", environment: "test", id: "ci-1") { runId }`,
	"Query.unplanned":       `unplanned(app: "shop", environment: "test") { totalCount }`,

	"Subscription.liveCapture":     `liveCapture(app: "shop", environment: "test") { dropped }`,
	"Subscription.monitor":         `monitor(app: "shop") { events }`,
	"Subscription.refusedRequests": `refusedRequests(app: "shop") { id }`,

	"Mutation.signIn":           `signIn(input: {email: "nobody@shop.test", password: "wrong password"}) { viewer { user { id } } }`,
	"Mutation.signOut":          `signOut(input: {}) { clientMutationId }`,
	"Mutation.setUp":            `setUp(input: {token: "no", email: "x@shop.test", name: "x", password: "long enough 1"}) { viewer { user { id } } }`,
	"Mutation.changePassword":   `changePassword(input: {oldPassword: "wrong password", newPassword: "long enough 1"}) { viewer { user { id } } }`,
	"Mutation.createUser":       `createUser(input: {email: "new@shop.test", name: "New", password: "long enough 1"}) { user { id } }`,
	"Mutation.updateUser":       `updateUser(input: {id: "{admin}", name: "Ann B."}) { user { id } }`,
	"Mutation.deactivateUser":   `deactivateUser(input: {id: "{victim}"}) { user { id } }`,
	"Mutation.reactivateUser":   `reactivateUser(input: {id: "{victim}"}) { user { id } }`,
	"Mutation.inviteUser":       `inviteUser(input: {email: "guest@shop.test", name: "Guest", roles: [{role: VIEWER, app: "shop"}]}) { path }`,
	"Mutation.revokeInvitation": `revokeInvitation(input: {id: "{invitation}"}) { invitation { id } }`,
	"Mutation.acceptInvitation": `acceptInvitation(input: {token: "no", name: "x", password: "long enough 1"}) { viewer { user { id } } }`,
	"Mutation.grantRole":        `grantRole(input: {userId: "{victim}", role: VIEWER, app: "shop"}) { user { id } }`,
	"Mutation.revokeRole":       `revokeRole(input: {userId: "{victim}", role: VIEWER, app: "shop"}) { user { id } }`,
	"Mutation.createAPIToken":   `createAPIToken(input: {name: "t", roles: []}) { secret }`,
	"Mutation.revokeAPIToken":   `revokeAPIToken(input: {id: "{token}"}) { apiToken { id } }`,

	"Mutation.createApp":            `createApp(input: {key: "second", name: "Second"}) { app { id } }`,
	"Mutation.updateApp":            `updateApp(input: {id: "{app}", name: "商城"}) { app { id } }`,
	"Mutation.deleteApp":            `deleteApp(input: {id: "{app}"}) { deletedId }`,
	"Query.runRegressionCase":       `runRegressionCase(id: "{regression}", against: {environment: "test"}) { held }`,
	"Mutation.saveRegressionCase":   `saveRegressionCase(input: {app: "shop", name: "x", capturedEventIds: ["{captured}"]}) { regressionCase { id } }`,
	"Mutation.updateRegressionCase": `updateRegressionCase(input: {id: "{regression}", name: "y"}) { regressionCase { id } }`,
	"Mutation.deleteRegressionCase": `deleteRegressionCase(input: {id: "{regression2}"}) { deletedId }`,
	"Query.captureSession":          `captureSession(code: "{sessionCode}") { id }`,
	"Query.recentDevices":           `recentDevices(app: "shop", environment: "test") { deviceId }`,
	"Subscription.captureSession":   `captureSession(code: "{sessionCode}") { dropped session { id } }`,
	"Mutation.startCaptureSession":  `startCaptureSession(input: {app: "shop", environment: "test", batches: ["SHOP-0001"]}) { captureSession { id } }`,
	"Mutation.joinCaptureSession":   `joinCaptureSession(input: {code: "{sessionCode}"}) { captureSession { id } }`,
	"Mutation.bindDevice":           `bindDevice(input: {sessionId: "{session}", value: "phone-2"}) { captureSession { id } }`,
	"Mutation.unbindDevice":         `unbindDevice(input: {id: "{binding}"}) { captureSession { id } }`,
	"Mutation.markStep":             `markStep(input: {sessionId: "{session}", text: "下单"}) { captureSession { id } }`,
	"Mutation.addSessionScreenshot": `addSessionScreenshot(input: {sessionId: "{session}", file: $file}) { file { id } }`,
	"Mutation.mark":                 `mark(input: {sessionId: "{session}", eventKey: "e_1_1", terminal: "ios", kind: PASS}) { mark { id } }`,
	"Mutation.signOff":              `signOff(input: {sessionId: "{session}"}) { signOff { id } }`,
	"Mutation.setMustTest":          `setMustTest(input: {batch: "SHOP-0001", eventKey: "e_1_1", property: "x", mustTest: true}) { batch { id } }`,
	"Mutation.endCaptureSession":    `endCaptureSession(input: {id: "{session}"}) { captureSession { id } }`,
	"Mutation.deletePerson":         `deletePerson(input: {app: "shop", userIds: ["u"], dryRun: true}) { capturedEvents }`,
	"Mutation.archiveApp":           `archiveApp(input: {id: "{app}"}) { app { id } }`,
	"Mutation.restoreApp":           `restoreApp(input: {id: "{app}"}) { app { id } }`,
	"Mutation.createTerminal":       `createTerminal(input: {app: "shop", key: "web", name: "Web", kind: WEB}) { terminal { id } }`,
	"Mutation.updateTerminal":       `updateTerminal(input: {id: "{terminal}", name: "iPhone"}) { terminal { id } }`,
	"Mutation.deleteTerminal":       `deleteTerminal(input: {id: "{terminal}"}) { deletedId }`,
	"Mutation.createEnvironment":    `createEnvironment(input: {app: "shop", key: "gray", name: "灰度"}) { environment { id } }`,
	"Mutation.updateEnvironment":    `updateEnvironment(input: {id: "{environment}", retentionDays: 8}) { environment { id } }`,
	"Mutation.deleteEnvironment":    `deleteEnvironment(input: {id: "{environment}"}) { deletedId }`,
	"Mutation.createWriteKey":       `createWriteKey(input: {app: "shop", environment: "test"}) { writeKey { id } }`,
	"Mutation.updateWriteKey":       `updateWriteKey(input: {id: "{writeKey}", name: "x"}) { writeKey { id } }`,
	"Mutation.revokeWriteKey":       `revokeWriteKey(input: {id: "{writeKey}"}) { writeKey { id } }`,
	"Mutation.deleteWriteKey":       `deleteWriteKey(input: {id: "{writeKey2}"}) { deletedId }`,
	"Mutation.createBatch":          `createBatch(input: {app: "shop", title: "x"}) { batch { id } }`,
	"Mutation.updateBatch":          `updateBatch(input: {id: "{batch}", title: "y"}) { batch { id } }`,
	"Mutation.deleteBatch":          `deleteBatch(input: {id: "{batch}"}) { deletedId }`,
	"Mutation.addBatchItem":         `addBatchItem(input: {batch: "SHOP-0001", propertyId: "{property}"}) { batchItem { id } }`,
	"Mutation.updateBatchItem":      `updateBatchItem(input: {id: "{item}", note: "x"}) { batchItem { id } }`,
	"Mutation.removeBatchItem":      `removeBatchItem(input: {id: "{item}"}) { deletedId }`,
	"Mutation.publish":              `publish(input: {app: "shop", environment: "test", batch: "SHOP-0001"}) { release { id } }`,
	"Mutation.rollback":             `rollback(input: {app: "shop", environment: "test", release: 1}) { release { id } }`,
	"Mutation.transitionBatch":      `transitionBatch(input: {batch: "SHOP-0001", to: "ACCEPTED"}) { batch { id } }`,
	"Mutation.resolveConflicts":     `resolveConflicts(input: {id: "{item}", choices: []}) { batchItem { id } }`,
	"Mutation.copyBatch":            `copyBatch(input: {batch: "SHOP-0001"}) { batch { id } }`,
	"Mutation.uploadDocument":       `uploadDocument(input: {batch: "SHOP-0001", title: "PRD", file: $file}) { document { title } }`,
	"Mutation.deleteDocument":       `deleteDocument(input: {id: "{document}"}) { deletedId }`,
	"Mutation.addComment":           `addComment(input: {batch: "SHOP-0001", text: "@P look"}) { comment { id } }`,
	"Mutation.updateComment":        `updateComment(input: {id: "{comment}", text: "x"}) { comment { id } }`,
	"Mutation.deleteComment":        `deleteComment(input: {id: "{comment2}"}) { deletedId }`,
	"Mutation.resolveComment":       `resolveComment(input: {id: "{comment}"}) { comment { id } }`,
	"Mutation.markMentionRead":      `markMentionRead(input: {id: "{mention}"}) { mention { id } }`,
	"Mutation.addScreenshot":        `addScreenshot(input: {eventId: "{event}", file: $file}) { screenshot { caption } }`,
	"Mutation.removeScreenshot":     `removeScreenshot(input: {id: "{screenshot}"}) { deletedId }`,
	"Mutation.createEvent":          `createEvent(input: {batch: "SHOP-0001", name: "x", wireName: "brand_new"}) { event { id } }`,
	"Mutation.updateEvent":          `updateEvent(input: {id: "{event}", name: "y"}) { event { id } }`,
	"Mutation.deleteEvent":          `deleteEvent(input: {id: "{event2}"}) { deletedId }`,
	"Mutation.createProperty":       `createProperty(input: {app: "shop", key: "brand_new", name: "x", type: {base: STRING}}) { property { id } }`,
	"Mutation.updateProperty":       `updateProperty(input: {id: "{property}", name: "y"}) { property { id } }`,
	"Mutation.deleteProperty":       `deleteProperty(input: {id: "{property}"}) { deletedId }`,
	"Mutation.mergeProperties":      `mergeProperties(input: {batch: "SHOP-0001", keep: "{property2}", merge: "{property}"}) { left }`,
	"Mutation.createValueSet":       `createValueSet(input: {app: "shop", key: "brand_new", name: "x", values: [{value: "1"}]}) { valueSet { id } }`,
	"Mutation.updateValueSet":       `updateValueSet(input: {id: "{valueSet}", name: "y"}) { valueSet { id } }`,
	"Mutation.deleteValueSet":       `deleteValueSet(input: {id: "{valueSet}"}) { deletedId }`,

	"Mutation.updateDictionary":   `updateDictionary(input: {id: "{event}", synonyms: ["下单"]}) { subject { __typename } }`,
	"Mutation.addUnplanned":       `addUnplanned(input: {batch: "SHOP-0001", environment: "test", items: [{name: "nobody_knows"}]}) { events { id } }`,
	"Mutation.mapUnplanned":       `mapUnplanned(input: {app: "shop", name: "paid", eventId: "{event}"}) { event { id } }`,
	"Mutation.ignoreUnplanned":    `ignoreUnplanned(input: {app: "shop", items: [{name: "debug"}], reason: "old app"}) { app { id } }`,
	"Mutation.reopenUnplanned":    `reopenUnplanned(input: {app: "shop", items: [{name: "ignored"}]}) { app { id } }`,
	"Mutation.createDataIncident": `createDataIncident(input: {eventId: "{event}", title: "x", startedAt: "2026-11-23T08:00:00Z"}) { dataIncident { id } }`,
	"Mutation.updateDataIncident": `updateDataIncident(input: {id: "{incident}", title: "y"}) { dataIncident { id } }`,
	"Mutation.deleteDataIncident": `deleteDataIncident(input: {id: "{incident2}"}) { deletedId }`,
}

// narrowed are the roles that a new app lets in of those that the table does: by its template, and what it grants.
var narrowed = map[string]auth.RoleSet{
	"Mutation.publish":  auth.SetOf(auth.Editor, auth.Developer, auth.Admin),
	"Mutation.rollback": auth.SetOf(auth.Editor, auth.Developer, auth.Admin),
}

// holder is somebody who asks, and which roles count for the app "shop" and for the organisation.
type holder struct {
	name         string
	grant        *auth.Grant
	in, anywhere auth.RoleSet
	organisation auth.RoleSet
	signedIn     bool
}

func holders() []holder {
	all := []holder{{name: "nobody"}}
	for _, role := range auth.Roles() {
		set := auth.SetOf(role)
		all = append(all,
			holder{name: "shop " + string(role), grant: &auth.Grant{Role: role, App: "shop"}, in: set, anywhere: set, signedIn: true},
			holder{name: "organisation " + string(role), grant: &auth.Grant{Role: role}, in: set, anywhere: set, organisation: set, signedIn: true},
			holder{name: "elsewhere " + string(role), grant: &auth.Grant{Role: role, App: "other"}, anywhere: set, signedIn: true})
	}
	return all
}

// may says what the table says.
func (h holder) may(rule auth.Rule) bool {
	held := map[auth.Scope]auth.RoleSet{auth.InApp: h.in, auth.Anywhere: h.anywhere, auth.Organisation: h.organisation}[rule.Scope]
	return rule.Public || (h.signedIn && rule.Roles&auth.SignedIn != 0) || held&rule.Roles&^auth.SignedIn != 0
}

func TestEveryRootFieldKeepsTheTableForEveryRole(t *testing.T) {
	t.Parallel()
	requireCallsMatchSchema(t)
	for _, h := range holders() {
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			eachStore(t, func(t *testing.T, w *world) { w.requireTable(t, h) })
		})
	}
}

// requireTable makes every call as a holder.
func (w *world) requireTable(t *testing.T, h holder) {
	t.Helper()
	token, ids := w.prepare(h)
	for field, call := range calls {
		rule, ok := auth.RuleOf(auth.Action(field))
		require.True(t, ok, "%s has no rule", field)
		if by, ok := narrowed[field]; ok {
			require.Equal(t, by, by&rule.Roles, "%s narrows", field)
			rule.Roles = by
		}
		typ, _, _ := strings.Cut(field, ".")
		document := strings.ToLower(typ) + " { " + replaceIDs(call, ids) + " }"
		got := w.ask(token, typ, document)
		requireOutcome(t, h, rule, field, ids, got)
	}
}

// requireOutcome compares an answer with what the table says.
func requireOutcome(t *testing.T, h holder, rule auth.Rule, field string, ids map[string]any, got answer) {
	t.Helper()
	code := fault.Code(got.code())
	if code == fault.Forbidden && got.Errors[0].Extensions.Reason == "session_needed" {
		return // a token cannot do what only a person may, whatever its roles
	}
	switch {
	case !h.signedIn && !rule.Public:
		require.Equal(t, fault.Unauthenticated, code, "%s by %s", field, h.name)
	case h.may(rule):
		require.NotEqual(t, fault.Forbidden, code, "%s by %s: %v", field, h.name, got.Errors)
		if !rule.Public {
			require.NotEqual(t, fault.Unauthenticated, code, "%s by %s: %v", field, h.name, got.Errors)
		}
	case h.in == 0 && h.signedIn:
		// A stranger must not learn what exists: an error, or an answer without anything of the app in it.
		require.False(t, leaks(got, ids), "%s by %s: %v", field, h.name, got.Data)
		require.Contains(t, []fault.Code{fault.Forbidden, fault.NotFound, ""}, code, "%s by %s: %v", field, h.name, got.Errors)
	case field == "Mutation.revokeAPIToken":
		require.Equal(t, fault.NotFound, code, "%s by %s: %v", field, h.name, got.Errors) // nobody sees others' tokens
	default:
		require.Equal(t, fault.Forbidden, code, "%s by %s: %v", field, h.name, got.Errors)
	}
}

// leaks says whether an answer holds anything of the app.
func leaks(got answer, ids map[string]any) bool {
	text := fmt.Sprint(got.Data)
	for name, id := range ids {
		if name != "admin" && name != "victim" && name != "token" && strings.Contains(text, fmt.Sprint(id)) {
			return true
		}
	}
	return strings.Contains(text, "shop")
}

func requireCallsMatchSchema(t *testing.T) {
	t.Helper()
	schema := generated.NewExecutableSchema(generated.Config{}).Schema()
	want := map[string]bool{}
	for _, d := range []*ast.Definition{schema.Query, schema.Mutation, schema.Subscription} {
		for _, f := range d.Fields {
			if !strings.HasPrefix(f.Name, "__") {
				want[d.Name+"."+f.Name] = true
			}
		}
	}
	for field := range want {
		require.Contains(t, calls, field, "a new root field needs a call here, and a rule in the table")
	}
	require.Len(t, calls, len(want))
	for _, rule := range auth.Rules() {
		typ, _, root := strings.Cut(string(rule.Action), ".")
		if root && (typ == "Query" || typ == "Mutation" || typ == "Subscription") {
			require.True(t, want[string(rule.Action)], "the table has a rule for %s, which the schema does not have", rule.Action)
		}
	}
}

// ask sends a document: over server-sent events for a subscription, of which the first event counts; with a picture where
// it has a place for one.
func (w *world) ask(token, typ, document string) answer {
	w.t.Helper()
	if strings.Contains(document, "$file") {
		return w.upload(token, strings.Replace(document, "mutation", "mutation($file: Upload!)", 1), nil, sent{"file", "x.png", picture})
	}
	if typ != "Subscription" {
		return w.as(token, document, nil)
	}
	return w.firstEvent(token, document)
}

var placeholder = regexp.MustCompile(`\{(\w+)\}`)

func replaceIDs(call string, ids map[string]any) string {
	return placeholder.ReplaceAllStringFunc(call, func(m string) string {
		if id, ok := ids[m[1:len(m)-1]]; ok {
			return fmt.Sprint(id)
		}
		return m
	})
}

// prepare fills the world with one of everything, and makes the holder's token.
func (w *world) prepare(h holder) (token string, ids map[string]any) {
	w.t.Helper()
	w.plan(1, 2, 1)
	w.must(`mutation { createApp(input: {key: "other", name: "Other"}) { app { id } } }`)
	found := w.must(`{ viewer { user { id } } app(key: "shop") { id terminals { id } environments { id writeKeys { id } }
	  batches { nodes { id items { nodes { id } } } } events { nodes { id revision { id } } } properties { nodes { id } } valueSets { nodes { id } } } }`)
	app := found["app"]
	ids = map[string]any{
		"admin": at(found, "viewer", "user", "id"), "app": at(app, "id"), "terminal": at(app, "terminals", 0, "id"),
		"environment": at(app, "environments", 0, "id"), "writeKey": at(app, "environments", 0, "writeKeys", 0, "id"),
		"writeKey2": at(app, "environments", 1, "writeKeys", 0, "id"), "batch": at(app, "batches", "nodes", 0, "id"),
		"item": at(app, "batches", "nodes", 0, "items", "nodes", 0, "id"), "event": at(app, "events", "nodes", 0, "id"),
		"event2": at(app, "events", "nodes", 1, "id"), "property": at(app, "properties", "nodes", 0, "id"),
		"revision": at(app, "events", "nodes", 0, "revision", "id"),
		"valueSet": at(app, "valueSets", "nodes", 0, "id"),
	}
	for name, title := range map[string]string{"incident": "lost", "incident2": "doubled"} {
		made := w.must(`mutation($title: String!) { createDataIncident(input: {app: "shop", title: $title, startedAt: "2026-11-01T00:00:00Z"}) { dataIncident { id } } }`, "title", title)
		ids[name] = at(made, "createDataIncident", "dataIncident", "id")
	}
	w.must(`mutation { ignoreUnplanned(input: {app: "shop", items: [{name: "ignored"}], reason: "x"}) { app { id } } }`)
	w.strange(fmt.Sprint(ids["environment"]), "", "nobody_knows")
	w.captured("test", 1, nil)
	ids["captured"] = at(w.must(`{ capturedEvents(app: "shop", environment: "test") { nodes { id } } }`), "capturedEvents", "nodes", 0, "id")
	for _, name := range []string{"regression", "regression2"} {
		ids[name] = w.saveRegression("shop", name, ids["captured"])
	}
	w.prepareSession(ids)
	ids["invitation"] = at(w.must(`mutation { inviteUser(input: {email: "invited@shop.test", name: "I", roles: [{role: VIEWER, app: "shop"}]}) { invitation { id } } }`),
		"inviteUser", "invitation", "id")
	w.prepareTalk(ids)
	ids["property2"] = at(w.must(`mutation { createProperty(input: {app: "shop", key: "kept", name: "x", type: {base: STRING}}) { property { id } } }`),
		"createProperty", "property", "id")
	ids["victim"] = w.person("victim@shop.test")
	ids["token"] = at(w.must(`mutation { createAPIToken(input: {name: "other", roles: [{role: ADMIN}]}) { apiToken { id } } }`), "createAPIToken", "apiToken", "id")
	if h.grant == nil {
		return "", ids
	}
	w.person("holder@shop.test", *h.grant)
	return w.tokenFor("holder@shop.test", *h.grant), ids
}

// prepareSession adds a capture session, which somebody else has started, with a device.
func (w *world) prepareSession(ids map[string]any) {
	w.t.Helper()
	w.person("tess@shop.test", auth.Grant{Role: auth.Tester})
	token := w.token
	w.token = w.tokenFor("tess@shop.test", auth.Grant{Role: auth.Tester})
	defer func() { w.token = token }()
	started := w.must(`mutation { startCaptureSession(input: {app: "shop", environment: "test"}) { captureSession { id code } } }`)
	ids["session"], ids["sessionCode"] = at(started, "startCaptureSession", "captureSession", "id"), at(started, "startCaptureSession", "captureSession", "code")
	bound := w.must(`mutation($s: ID!) { bindDevice(input: {sessionId: $s, value: "phone-1"}) { captureSession { bindings { id } } } }`, "s", ids["session"])
	ids["binding"] = at(bound, "bindDevice", "captureSession", "bindings", 0, "id")
}

// prepareTalk adds a document, a screenshot, and a comment that mentions the administrator.
func (w *world) prepareTalk(ids map[string]any) {
	w.t.Helper()
	file := sent{"file", "x.png", picture}
	d := w.upload(w.token, `mutation($file: Upload!) { uploadDocument(input: {batch: "SHOP-0001", file: $file}) { document { file { id } } } }`, nil, file)
	ids["document"] = at(d.Data, "uploadDocument", "document", "file", "id")
	s := w.upload(w.token, `mutation($file: Upload!, $e: ID!) { addScreenshot(input: {eventId: $e, file: $file}) { screenshot { file { id } } } }`,
		map[string]any{"e": ids["event2"]}, file)
	ids["screenshot"] = at(s.Data, "addScreenshot", "screenshot", "file", "id")
	c := w.must(`mutation { addComment(input: {batch: "SHOP-0001", text: "@Ann"}) { comment { id } } }`)
	ids["comment"] = at(c, "addComment", "comment", "id")
	ids["comment2"] = at(w.must(`mutation { addComment(input: {batch: "SHOP-0001", text: "x"}) { comment { id } } }`), "addComment", "comment", "id")
	ids["mention"] = at(w.must(`{ viewer { mentions { nodes { id } } } }`), "viewer", "mentions", "nodes", 0, "id")
}

// person makes an account and returns its id.
func (w *world) person(email string, roles ...auth.Grant) string {
	w.t.Helper()
	ctx := auth.With(w.t.Context(), auth.Operator())
	u, err := w.auth.CreateUser(ctx, auth.CreateUser{Email: email, Name: "P", Password: "long enough 1", Roles: roles})
	require.NoError(w.t, err)
	return u.ID
}
