package app_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/store"
)

// TestAuditNamesTheRequest: an entry carries the id that the client got with the answer, and the export shows it.
func TestAuditNamesTheRequest(t *testing.T) {
	t.Parallel()
	w := start(t, settings(t))
	w.signUp()
	require.Contains(t, w.query(`mutation { createApp(input: {key: "shop", name: "Shop"}) { app { id } } }`, "X-Request-Id", "trace-1"), `"app_`)
	answer := w.query(`{ auditEntries(filter: {action: "createApp", objectType: "App"}) { nodes { objectName requestId actorKind actorName } } }`)
	require.Contains(t, answer, `[{"objectName":"shop","requestId":"trace-1","actorKind":"PERSON","actorName":"Ann"}]`)
	first := w.query(`{ auditEntries(filter: {action: "setUp", objectType: "User"}) { nodes { objectName actorKind } } }`)
	require.Contains(t, first, `[{"objectName":"Ann","actorKind":"OPERATOR"}]`)

	resp, err := w.client.Get(w.url + "/export/audit?app=shop")
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, resp.StatusCode)
	require.Contains(t, string(body), `"requestId":"trace-1"`)
	require.Equal(t, "nosniff", resp.Header.Get("X-Content-Type-Options"))

	stranger, err := (&http.Client{Transport: w.client.Transport}).Get(w.url + "/export/audit")
	require.NoError(t, err)
	require.NoError(t, stranger.Body.Close())
	require.Equal(t, http.StatusUnauthorized, stranger.StatusCode)
}

// TestOperatorCommandsAreAudited: what is done on the command line is written under the command's name.
func TestOperatorCommandsAreAudited(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := shell{t: t, environ: []string{"WAYMARK_DATA_DIR=" + dir}}
	s.must("user", "create", "ann@example.com", "--role", "admin")
	s.must("token", "create", "CI", "--user", "ann@example.com", "--role", "editor")
	db, err := store.Open(t.Context(), store.Options{Dir: dir})
	require.NoError(t, err)
	defer func() { require.NoError(t, db.Close()) }()
	rows, err := db.Read().AuditEntry.Query().Order(ent.Asc("created_at", "id")).All(t.Context())
	require.NoError(t, err)
	var told []string
	for _, r := range rows {
		told = append(told, r.ActorKind+" "+r.ActorName+": "+r.Action+" "+r.ObjectType+" "+r.ObjectName)
		require.NotContains(t, string(r.After), "hash")
	}
	require.Equal(t, []string{
		"OPERATOR operator: waymark user create User ann@example.com",
		"OPERATOR operator: waymark user create Membership ann@example.com ADMIN",
		"OPERATOR operator: waymark token create APIToken CI",
	}, told)
}
