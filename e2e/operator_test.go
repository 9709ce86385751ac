package e2e_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/testkit"
)

// TestFirstAdministrator is the first start of a server that nobody has configured: the link that it prints makes the first
// administrator, once, and no later start prints one.
func TestFirstAdministrator(t *testing.T) {
	t.Parallel()
	s := startAlone(t)
	link := regexp.MustCompile(`http://\S+/\?setup=\w+`)
	eventually(t, "the link is printed", func() bool { return link.MatchString(s.printed()) })
	require.DirExists(t, filepath.Join(s.home, "waymark-data"))
	first := link.FindString(s.printed())
	require.True(t, strings.HasPrefix(first, s.URL), first)
	require.Equal(t, "UNAUTHENTICATED", s.nobody(t).ask(t, `{ apps { totalCount } }`, nil).code())

	node(t, "setup.mjs", "--link", first, "--email", adminEmail, "--password", adminPassword)
	admin := s.admin(t)
	viewer := admin.must(t, `{ viewer { user { name email } roles { role } } }`, nil).at("viewer")
	require.Equal(t, "安妮 🧭", viewer.text("user", "name"))
	require.Equal(t, "ADMIN", viewer.text("roles", 0, "role"))
	refused := s.nobody(t).ask(t, `mutation($token: String!) { setUp(input: {token: $token, email: "eve@example.com", name: "Eve", password: "eavesdropping"}) {
		viewer { isToken } } }`, vars{"token": first[strings.Index(first, "=")+1:]})
	require.NotEmpty(t, refused.Errors)
	require.Equal(t, 1.0, admin.must(t, `{ users { totalCount } }`, nil).number("users", "totalCount"))

	s.stop(t)
	s.start(t)
	require.Len(t, link.FindAllString(s.printed(), -1), 1, "no second link")
	s.admin(t)
}

// migrated is a PostgreSQL database that `waymark migrate` has made ready, as the variable that names it.
func migrated(t *testing.T) string {
	t.Helper()
	variable := "DATABASE_URL=" + testkit.EmptyPostgres(t)
	output, err := waymark(t, []string{variable}, "migrate")
	require.NoError(t, err, output)
	return variable
}

// TestMigrate: on PostgreSQL the operator says when the tables change. A server that finds other ones than it needs says
// what to do, and does nothing.
func TestMigrate(t *testing.T) {
	t.Parallel()
	database := []string{"DATABASE_URL=" + testkit.EmptyPostgres(t)}
	serve := []string{"serve", "--addr", "127.0.0.1:0", "--data-dir", t.TempDir()}
	output, err := waymark(t, database, serve...)
	require.Error(t, err)
	require.Contains(t, output, "waymark migrate")
	output, err = waymark(t, database, "migrate")
	require.NoError(t, err, output)
	require.Contains(t, output, "applied postgres/")
	output, err = waymark(t, database, "migrate")
	require.NoError(t, err, output)
	require.Contains(t, output, "up to date")
	s := start(t, database...)
	require.Zero(t, s.admin(t).must(t, `{ apps { totalCount } }`, nil).number("apps", "totalCount"))
	output, err = waymark(t, []string{"DATABASE_URL=postgres://nobody:secret@127.0.0.1:1/none?sslmode=disable"}, serve...)
	require.Error(t, err)
	require.NotContains(t, output, "secret")
}
