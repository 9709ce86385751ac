package graph_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/graph"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
)

// nodeTypes are the types with ids, each with the placeholder of one that belongs to an app; empty for what belongs to none.
var nodeTypes = map[string]string{
	"App": "app", "Terminal": "terminal", "Environment": "environment", "WriteKey": "writeKey", "Batch": "batch", "BatchItem": "item",
	"Event": "event", "EventRevision": "revision", "EventProperty": "eventProperty", "Property": "property",
	"PropertyRevision": "propertyRevision", "ValueSet": "valueSet", "ValueSetRevision": "valueSetRevision", "DataIncident": "incident", "RegressionCase": "regression",
	"CaptureSession": "session", "SessionBinding": "binding", "AcceptanceMark": "mark", "CoverageEvidence": "evidence", "SignOff": "signOff",
	"APIToken": "token", "Invitation": "invitation", "CapturedEvent": "captured", "Release": "release", "ReleaseSlot": "slot",
	"Approval": "approval", "Comment": "comment", "File": "document",
	"User": "", // everybody may know who others are; what is private of them has rules of its own
}

// viewers are those who may see nothing of the mall.
func (f *foreign) viewers() map[string]string {
	return map[string]string{"signed in, an administrator elsewhere": f.vera, "by token, a reader elsewhere": f.reader}
}

var idForm = regexp.MustCompile(`^([a-z]{2,3}_)(?:[0-9a-f]{32}|[0-9]+)$`)

// unknown are ids, keys and numbers that look like those of the mall, of nothing.
func (f *foreign) unknown() map[string]any {
	none := map[string]any{}
	for name, known := range f.their {
		text, isText := known.(string)
		if !isText {
			none[name] = known
			continue
		}
		switch prefix := idForm.FindStringSubmatch(text); {
		case strings.HasPrefix(text, "cap_"):
			none[name] = "cap_77777777"
		case name == "sessionCode":
			none[name] = "77777777"
		case prefix != nil:
			none[name] = prefix[1] + fmt.Sprintf("%032x", len(none))
		default:
			none[name] = strings.NewReplacer("mall", "none", "MALL", "NONE").Replace(text)
		}
	}
	return none
}

// blank writes an answer with placeholders in the place of ids, keys and numbers.
func blank(t *testing.T, a answer, ids map[string]any) string {
	t.Helper()
	raw, err := json.Marshal(a)
	require.NoError(t, err)
	text := string(raw)
	longest := slices.SortedFunc(maps.Keys(ids), func(x, y string) int {
		return cmp.Or(len(fmt.Sprint(ids[y]))-len(fmt.Sprint(ids[x])), strings.Compare(x, y))
	})
	for _, name := range longest {
		if id, isText := ids[name].(string); isText {
			text = strings.ReplaceAll(text, id, "{"+name+"}")
		}
	}
	return text
}

// TestWhatIsForeignIsAsIfItWereNot: whatever names something of another app is answered exactly as what names nothing.
func TestWhatIsForeignIsAsIfItWereNot(t *testing.T) {
	t.Parallel()
	eachForeign(t, func(t *testing.T, f *foreign) {
		none := f.unknown()
		all := variants(t, f.own, f.their)
		for who, token := range f.viewers() {
			f.requireNoNodes(t, who, token, none)
			entries, rows := len(f.entries()), f.rows()
			for _, v := range all {
				got, want := f.ask(token, v.typ, v.with(f.their)), f.ask(token, v.typ, v.with(none))
				require.Equal(t, blank(t, want, none), blank(t, got, f.their), "%s by %s", v.document, who)
				if v.typ == "Mutation" && token == f.vera {
					requireRefusal(t, &v, got)
				}
			}
			require.Len(t, f.entries(), entries, who)
			require.Equal(t, rows, f.rows(), who)
		}
	})
}

// requireRefusal fails for a call that vera was refused for another reason than for what it names: that would prove nothing.
func requireRefusal(t *testing.T, v *variant, got answer) {
	t.Helper()
	may := []fault.Code{fault.NotFound, fault.InvalidInput}
	if strings.Contains(v.document, `withItemsOf: ["{their`) {
		may = append(may, fault.FailedPrecondition) // it allows what is asked of other batches, and asks nothing itself
	}
	if rule, _ := auth.RuleOf(auth.Action(v.field)); rule.Scope != auth.InApp {
		may = append(may, fault.Forbidden)
	}
	require.Contains(t, may, fault.Code(got.code()), "%s: %v", v.document, got.Errors)
}

// requireNoNodes asks for what the mall has of every type by its id, alone and among what the viewer has.
func (f *foreign) requireNoNodes(t *testing.T, who, token string, none map[string]any) {
	t.Helper()
	for _, d := range apiSchema().GetPossibleTypes(apiSchema().Types["Node"]) {
		name, known := nodeTypes[d.Name]
		require.True(t, known, "%s has ids, and needs a line in nodeTypes", d.Name)
		if name == "" {
			continue
		}
		require.NotNil(t, f.their[name], "the mall has no %s", name)
		owner := f.as(f.token, `query($id: ID!) { node(id: $id) { __typename } }`, map[string]any{"id": f.their[name]})
		require.Equal(t, d.Name, at(owner.Data, "node", "__typename"), "what the mall has as %s", name)
		for _, document := range []string{
			`query($own: ID!, $id: ID!) { node(id: $id) { __typename id } nodes(ids: [$id, $own, $id]) { __typename id } }`,
			`query($own: ID!, $id: ID!) { nodes(ids: [$own]) { id } node(id: $id) { ... on ` + d.Name + ` { id } } }`,
		} {
			ask := func(ids map[string]any) answer {
				return f.as(token, document, map[string]any{"own": f.own["event"], "id": ids[name]})
			}
			got := ask(f.their)
			require.Nil(t, at(got.Data, "node"), "%s by %s", d.Name, who)
			require.Empty(t, got.Errors)
			require.Equal(t, ask(none), got, "%s by %s", d.Name, who)
		}
	}
}

// TestForeignFilesAndLogsAreAsIfTheyWereNot: what is handed out beside the API.
func TestForeignFilesAndLogsAreAsIfTheyWereNot(t *testing.T) {
	t.Parallel()
	eachForeign(t, func(t *testing.T, f *foreign) {
		log := slog.New(slog.DiscardHandler)
		mux := http.NewServeMux()
		mux.Handle("/files/", graph.Files{Catalog: f.catalog, Logger: log})
		mux.Handle("/export/audit", graph.AuditExport{Catalog: f.catalog, Logger: log})
		server := httptest.NewServer(f.auth.Middleware(mux))
		defer server.Close()
		get := func(token, path string) (answer [2]string) {
			req, err := http.NewRequestWithContext(context.Background(), http.MethodGet, server.URL+path, http.NoBody)
			require.NoError(t, err)
			identify(req, token)
			resp, err := http.DefaultClient.Do(req)
			require.NoError(t, err)
			defer func() { _ = resp.Body.Close() }()
			body, err := io.ReadAll(resp.Body)
			require.NoError(t, err)
			return [2]string{resp.Status, string(body)}
		}
		none := f.unknown()
		for who, token := range f.viewers() {
			for name, path := range map[string]string{"document": "/files/", "screenshot": "/files/", "appKey": "/export/audit?app="} {
				their, nothing := fmt.Sprint(f.their[name]), fmt.Sprint(none[name])
				got, want := get(token, path+their), get(token, path+nothing)
				require.Equal(t, want[0], got[0], "%s%s by %s", path, name, who)
				require.Equal(t, strings.ReplaceAll(want[1], nothing, ""), strings.ReplaceAll(got[1], their, ""), "%s%s by %s", path, name, who)
			}
			require.Contains(t, get(f.token, "/files/"+fmt.Sprint(f.their["document"]))[1], picture, "there is something to see")
		}
	})
}
