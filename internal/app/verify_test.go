package app_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestVerifyTellsWhatItCouldNotJudge: CI must not take a bad file or a server that is away for a run that is not as expected.
func TestVerifyTellsWhatItCouldNotJudge(t *testing.T) {
	t.Parallel()
	away := httptest.NewServer(http.NotFoundHandler())
	away.Close()
	refusing := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
	t.Cleanup(refusing.Close)
	dir := t.TempDir()
	write := func(name, text string) string {
		file := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
		return file
	}
	good := write("good.yaml", "app: shop\nenvironment: test\nevents: [{event: a}]\n")
	for name, args := range map[string][]string{
		"no file":          {"--expect", filepath.Join(dir, "none.yaml")},
		"no YAML":          {"--expect", write("bad.yaml", "a: [")},
		"nothing expected": {"--expect", write("empty.yaml", "{}")},
		"no server":        {"--expect", good, "--url", away.URL},
		"a bad token":      {"--expect", good, "--url", refusing.URL},
	} {
		code, out, errs := shell{t: t}.run(append([]string{"verify", "--run", "x", "--wait", "0s"}, args...)...)
		require.Equal(t, 2, code, "%s: %s", name, errs)
		require.Empty(t, out, name)
		require.Contains(t, errs, "waymark: ", name)
	}
}
