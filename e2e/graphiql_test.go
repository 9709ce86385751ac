package e2e_test

import "testing"

// A newcomer opens the demo's GraphiQL page: the tree, the search and live capture work there, and nothing leaves the
// origin.
func TestGraphiQLInTheBrowser(t *testing.T) {
	t.Parallel()
	demo := start(t, "--demo")
	node(t, "graphiql.mjs", "--url", demo.URL)
	node(t, "graphiql.mjs", "--url", demo.URL, "--locale", "zh-CN")
}
