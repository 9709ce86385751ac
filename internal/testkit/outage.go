package testkit

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Outage makes a database that Postgres returned unreachable, for connections there are and for new ones, until restore is
// called or the test ends.
func Outage(tb testing.TB, databaseURL string) (restore func()) {
	tb.Helper()
	server, err := postgresServer()
	require.NoError(tb, err)
	u, err := url.Parse(databaseURL)
	require.NoError(tb, err)
	name := strings.TrimPrefix(u.Path, "/")
	ctx := context.WithoutCancel(tb.Context())
	require.NoError(tb, server.exec(ctx, "ALTER DATABASE "+name+" ALLOW_CONNECTIONS false"))
	require.NoError(tb, server.exec(ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"+name+"'"))
	restore = func() { _ = server.exec(ctx, "ALTER DATABASE "+name+" ALLOW_CONNECTIONS true") }
	tb.Cleanup(restore)
	return restore
}
