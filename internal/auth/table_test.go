package auth_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/vektah/gqlparser/v2"
	"github.com/vektah/gqlparser/v2/ast"

	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
)

var update = flag.Bool("update", false, "write the golden files")

// TestTableCoversTheAPI: every root field and every type with an id has a rule, and no rule is about something else.
func TestTableCoversTheAPI(t *testing.T) {
	t.Parallel()
	schema := loadSDL(t)
	var want []string
	for _, root := range []*ast.Definition{schema.Query, schema.Mutation, schema.Subscription} {
		for _, f := range root.Fields {
			if !strings.HasPrefix(f.Name, "__") {
				want = append(want, root.Name+"."+f.Name)
			}
		}
	}
	for _, d := range schema.PossibleTypes["Node"] {
		want = append(want, d.Name)
	}
	var got []string
	for _, r := range auth.Rules() {
		if r.Action == "AuditEntry.request" { // three fields that say by which token and request
			require.NotNil(t, schema.Types["AuditEntry"].Fields.ForName("requestId"))
			continue
		}
		if typ, field, dotted := strings.Cut(string(r.Action), "."); dotted && (typ == "User" || typ == "App" || typ == "CapturedEvent") {
			if field != "password" { // the operator's command only
				require.NotNil(t, schema.Types[typ].Fields.ForName(field), r.Action)
			}
			continue
		}
		got = append(got, string(r.Action))
	}
	slices.Sort(want)
	slices.Sort(got)
	require.Equal(t, want, got)
}

func loadSDL(t *testing.T) *ast.Schema {
	t.Helper()
	files, err := filepath.Glob("../../graph/schema/*.graphqls")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var sources []*ast.Source
	for _, name := range files {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		sources = append(sources, &ast.Source{Name: name, Input: string(text)})
	}
	schema, err := gqlparser.LoadSchema(sources...)
	require.NoError(t, err)
	return schema
}

// TestMatrix keeps the whole decision table before the reviewer's eyes: every action for every role, held in the app or
// organisation-wide, on an object of the app, of another app, and of none.
func TestMatrix(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	b.WriteString("each column: in app, of own in app, in another app, of no app; + yes, - FORBIDDEN, 0 NOT_FOUND, ! UNAUTHENTICATED\n\n")
	fmt.Fprintf(&b, "%-28s%-10s%-10s", "", "nobody", "no role")
	for _, place := range []string{"app", "org"} {
		for _, r := range auth.Roles() {
			fmt.Fprintf(&b, "%-15s", place+" "+string(r))
		}
	}
	for _, rule := range auth.Rules() {
		fmt.Fprintf(&b, "\n%-28s%-10s%-10s", rule.Action, column(t, rule.Action, nil), column(t, rule.Action, person(0, 0)))
		for _, r := range auth.Roles() {
			fmt.Fprintf(&b, "%-15s", column(t, rule.Action, person(auth.SetOf(r), 0)))
		}
		for _, r := range auth.Roles() {
			fmt.Fprintf(&b, "%-15s", column(t, rule.Action, person(0, auth.SetOf(r))))
		}
	}
	lines := strings.Split(b.String()+"\n", "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	golden(t, "testdata/matrix.golden", strings.Join(lines, "\n"))
}

func person(inApp, organisation auth.RoleSet) *auth.Principal {
	return auth.NewPrincipal(auth.Identity{
		UserID: "usr_1", SessionID: "ses_1", Organisation: organisation, Apps: map[string]auth.RoleSet{"app_1": inApp},
	})
}

// TestTokensLeaveTheAccountAlone: what is open to people whatever their roles is not open to their tokens.
func TestTokensLeaveTheAccountAlone(t *testing.T) {
	t.Parallel()
	token := func(organisation auth.RoleSet) *auth.Principal {
		return auth.NewPrincipal(auth.Identity{UserID: "usr_1", TokenID: "tok_1", Organisation: organisation})
	}
	for action, administrators := range map[auth.Action]bool{
		"Mutation.changePassword": false, "Mutation.updateUser": true, "Mutation.createAPIToken": true, "Mutation.revokeAPIToken": true,
	} {
		own := auth.Object{Owner: "usr_1"}
		for _, role := range auth.Roles() {
			p := token(auth.SetOf(role))
			require.Equal(t, role == auth.Admin && administrators, p.Can(action, own), "%s by %s", action, role)
		}
		requireReason(t, auth.AllowOn(auth.With(t.Context(), token(0)), action, own), fault.Forbidden, "session_needed")
	}
}

func column(t *testing.T, action auth.Action, p *auth.Principal) string {
	t.Helper()
	ctx := t.Context()
	if p != nil {
		ctx = auth.With(ctx, p)
	}
	signs := map[fault.Code]string{fault.Forbidden: "-", fault.NotFound: "0", fault.Unauthenticated: "!"}
	text := ""
	for _, o := range []auth.Object{
		{App: "app_1", Owner: "usr_2"}, {App: "app_1", Owner: "usr_1"}, {App: "app_2", Owner: "usr_2"}, {Owner: "usr_2"},
	} {
		err := auth.AllowOn(ctx, action, o)
		if p != nil {
			require.Equal(t, err == nil, p.Can(action, o), "Can and Allow agree")
		}
		if err == nil {
			text += "+"
			continue
		}
		require.Contains(t, signs, fault.CodeOf(err), "%s: %v", action, err)
		text += signs[fault.CodeOf(err)]
	}
	return text
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got)
}

func TestAllowSaysWhatWouldDo(t *testing.T) {
	t.Parallel()
	ctx := auth.With(t.Context(), person(auth.SetOf(auth.Viewer), 0))
	err := auth.Allow(ctx, "Mutation.createEvent", "app_1")
	var e *fault.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, "role_missing", e.Reason)
	require.Equal(t, []string{"EDITOR", "ADMIN"}, e.Params["roles"])
	require.Equal(t, "this needs the role EDITOR or ADMIN in this app", e.Message)

	err = auth.AllowOn(ctx, "Mutation.updateEvent", auth.Object{App: "app_2", Type: "Event", Name: "evt_1"})
	require.ErrorAs(t, err, &e)
	require.Equal(t, fault.NotFound, e.Code)
	require.Equal(t, "evt_1", e.Params["name"])

	require.ErrorContains(t, auth.Allow(ctx, "Mutation.nonsense", ""), "no rule")
	require.False(t, person(0, auth.SetOf(auth.Admin)).Can("Mutation.nonsense", auth.Object{}))
}

func TestVisible(t *testing.T) {
	t.Parallel()
	_, _, err := auth.Visible(t.Context())
	require.True(t, fault.Is(err, fault.Unauthenticated))

	p := auth.NewPrincipal(auth.Identity{Apps: map[string]auth.RoleSet{"b": auth.SetOf(auth.Tester), "a": auth.SetOf(auth.Viewer), "none": 0}})
	all, ids, err := auth.Visible(auth.With(t.Context(), p))
	require.NoError(t, err)
	require.False(t, all)
	require.Equal(t, []string{"a", "b"}, ids)
	require.True(t, p.CanSee("a"))
	require.True(t, p.CanSee(""))
	require.False(t, p.CanSee("none"))

	all, _, err = auth.Visible(auth.With(t.Context(), person(0, auth.SetOf(auth.Viewer))))
	require.NoError(t, err)
	require.True(t, all)
}
