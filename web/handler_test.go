package web_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/web"
)

const (
	page   = "<!doctype html><title>GraphiQL</title>"
	shell  = `<!doctype html><base href="./" /><title>Waymark</title><script src="./assets/main-1a2b.js"></script>`
	script = "console.log('支付')"
)

func packed(t *testing.T, content string) *fstest.MapFile {
	t.Helper()
	var out bytes.Buffer
	writer := gzip.NewWriter(&out)
	_, err := io.WriteString(writer, content)
	require.NoError(t, err)
	require.NoError(t, writer.Close())
	return &fstest.MapFile{Data: out.Bytes()}
}

func newBundle(t *testing.T) http.Handler {
	t.Helper()
	handler, err := web.New(fstest.MapFS{
		".gitkeep":               {},
		"index.html.gz":          packed(t, shell),
		"graphiql/index.html.gz": packed(t, page),
		"assets/main-1a2b.js.gz": packed(t, script),
		"assets/logo-3c4d.png":   {Data: []byte("\x89PNG picture")},
		"assets/odd-5e6f.xyz.gz": packed(t, "?"),
	})
	require.NoError(t, err)
	return handler
}

// get asks with exactly the given headers, given as name, value, name, value.
func get(t *testing.T, handler http.Handler, target string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
	for i := 0; i+1 < len(headers); i += 2 {
		request.Header.Add(headers[i], headers[i+1])
	}
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	return recorder
}

func unpacked(t *testing.T, response *httptest.ResponseRecorder) string {
	t.Helper()
	reader, err := gzip.NewReader(response.Body)
	require.NoError(t, err)
	content, err := io.ReadAll(reader)
	require.NoError(t, err)
	return string(content)
}

func TestPageIsAskedForAgainAndAssetsAreKept(t *testing.T) {
	t.Parallel()
	handler := newBundle(t)

	response := get(t, handler, "/graphiql/", "Accept-Encoding", "gzip, br")
	require.Equal(t, http.StatusOK, response.Code)
	require.Equal(t, "text/html; charset=utf-8", response.Header().Get("Content-Type"))
	require.Equal(t, "no-cache", response.Header().Get("Cache-Control"))
	require.Equal(t, page, unpacked(t, response))

	response = get(t, handler, "/assets/main-1a2b.js", "Accept-Encoding", "gzip")
	require.Equal(t, "text/javascript; charset=utf-8", response.Header().Get("Content-Type"))
	require.Equal(t, "public, max-age=31536000, immutable", response.Header().Get("Cache-Control"))
	require.Equal(t, script, unpacked(t, response))

	response = get(t, handler, "/assets/odd-5e6f.xyz")
	require.Equal(t, "application/octet-stream", response.Header().Get("Content-Type"))
}

func TestGzipOnlyForWhoTakesIt(t *testing.T) {
	t.Parallel()
	handler := newBundle(t)
	for accept, compressed := range map[string]bool{
		"":                        false,
		"gzip":                    true,
		"deflate, GZIP;q=0.5, br": true,
		"x-gzip":                  true,
		"*":                       true,
		"br":                      false,
		"gzip;q=0":                false,
		"gzip; q=0.000, *":        false,
		"*;q=0":                   false,
		"identity":                false,
		"gzip;q=nonsense":         false,
	} {
		response := get(t, handler, "/assets/main-1a2b.js", "Accept-Encoding", accept)
		require.Equal(t, http.StatusOK, response.Code, accept)
		require.Equal(t, "Accept-Encoding", response.Header().Get("Vary"), accept)
		if compressed {
			require.Equal(t, "gzip", response.Header().Get("Content-Encoding"), accept)
			require.Equal(t, script, unpacked(t, response), accept)
		} else {
			require.Empty(t, response.Header().Get("Content-Encoding"), accept)
			require.Equal(t, script, response.Body.String(), accept)
		}
	}

	picture := get(t, handler, "/assets/logo-3c4d.png", "Accept-Encoding", "gzip")
	require.Empty(t, picture.Header().Get("Content-Encoding"))
	require.Empty(t, picture.Header().Get("Vary"))
	require.Equal(t, "\x89PNG picture", picture.Body.String())
}

func TestUnchangedFilesCostNothing(t *testing.T) {
	t.Parallel()
	handler := newBundle(t)
	tag := get(t, handler, "/graphiql/", "Accept-Encoding", "gzip").Header().Get("ETag")
	plainTag := get(t, handler, "/graphiql/").Header().Get("ETag")
	require.NotEmpty(t, tag)
	require.NotEqual(t, tag, plainTag, "two encodings are two representations")

	response := get(t, handler, "/graphiql/", "Accept-Encoding", "gzip", "If-None-Match", tag)
	require.Equal(t, http.StatusNotModified, response.Code)
	require.Empty(t, response.Body.String())
	require.Equal(t, http.StatusOK, get(t, handler, "/graphiql/", "If-None-Match", tag).Code)
}

// Every address of the console brings the same page, which looks for its files as many folders up as the address is deep: so it
// works below any path prefix of a reverse proxy.
func TestConsoleAnswersAtEachOfItsAddresses(t *testing.T) {
	t.Parallel()
	handler := newBundle(t)
	for target, base := range map[string]string{
		"/":                                "./",
		"/?setup=tok%2Ben":                 "./",
		"/search?q=pay":                    "./",
		"/apps/demo-shop":                  "../",
		"/apps/demo-shop/":                 "../../",
		"/apps/demo-shop/events/order.pay": "../../../",
		"/apps/demo-shop/events/a%2Fb":     "../../../", // To a browser, the last slash is none.
	} {
		response := get(t, handler, target, "Accept-Encoding", "gzip")
		require.Equal(t, http.StatusOK, response.Code, target)
		require.Equal(t, "text/html; charset=utf-8", response.Header().Get("Content-Type"), target)
		require.Equal(t, "no-cache", response.Header().Get("Cache-Control"), target)
		require.Contains(t, response.Body.String(), `<base href="`+base+`" />`, target)
		require.Contains(t, response.Body.String(), "<title>Waymark</title>", target)
		tag := response.Header().Get("ETag")
		require.Equal(t, http.StatusNotModified, get(t, handler, target, "If-None-Match", tag).Code, target)
	}
	deep, shallow := get(t, handler, "/apps/a/b").Header().Get("ETag"), get(t, handler, "/apps/a").Header().Get("ETag")
	require.NotEqual(t, deep, shallow, "pages of other depths are other pages")
}

// Whom a browser leads astray gets told in the console, in words; programs get the status.
func TestNothingThereIsSaidInTheConsole(t *testing.T) {
	t.Parallel()
	handler := newBundle(t)
	response := get(t, handler, "/nothing/here", "Accept", "text/html,application/xhtml+xml,*/*;q=0.8")
	require.Equal(t, http.StatusNotFound, response.Code)
	require.Contains(t, response.Body.String(), `<base href="../" />`)
	response = get(t, handler, "/nothing/here", "Accept", "application/json")
	require.Equal(t, http.StatusNotFound, response.Code)
	require.NotContains(t, response.Body.String(), "<base")
}

func TestPageWithoutItsBaseIsRefused(t *testing.T) {
	t.Parallel()
	_, err := web.New(fstest.MapFS{"index.html.gz": packed(t, "<!doctype html>")})
	require.ErrorContains(t, err, "base href")
}

func TestRedirectsKeepTheQuery(t *testing.T) {
	t.Parallel()
	handler := newBundle(t)
	for target, location := range map[string]string{
		"/graphiql":           "graphiql/",
		"/graphiql?tab=token": "graphiql/?tab=token",
	} {
		response := get(t, handler, target)
		require.Equal(t, http.StatusFound, response.Code, target)
		require.Equal(t, location, response.Header().Get("Location"), target)
	}
}

func TestOnlyOwnFilesAndOnlyReading(t *testing.T) {
	t.Parallel()
	handler := newBundle(t)
	for _, target := range []string{
		"/nothing", "/.gitkeep", "/index.html", "/index.html.gz", "/assets/", "/assets", "/graphiql/index.html.gz",
		"/../handler.go", "//graphiql/", "/graphiql/../assets/main-1a2b.js",
	} {
		require.Equal(t, http.StatusNotFound, get(t, handler, target).Code, target)
	}

	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/graphiql/", nil))
	require.Equal(t, http.StatusMethodNotAllowed, recorder.Code)
	require.Equal(t, "GET, HEAD", recorder.Header().Get("Allow"))

	recorder = httptest.NewRecorder()
	handler.ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v1/TRACK", nil))
	require.Equal(t, http.StatusNotFound, recorder.Code)
}

func TestEveryAnswerIsLockedToItsOrigin(t *testing.T) {
	t.Parallel()
	handler := newBundle(t)
	for _, target := range []string{"/", "/graphiql/", "/assets/main-1a2b.js", "/nothing"} {
		header := get(t, handler, target).Header()
		policy := header.Get("Content-Security-Policy")
		require.Contains(t, policy, "default-src 'none'; script-src 'self';", target)
		require.Contains(t, policy, "connect-src 'self';", target)
		require.NotContains(t, policy, "unsafe-eval", target)
		require.Equal(t, "nosniff", header.Get("X-Content-Type-Options"), target)
		require.Equal(t, "no-referrer", header.Get("Referrer-Policy"), target)
	}
}

func TestWithoutTheBundleItSaysWhatToDo(t *testing.T) {
	t.Parallel()
	handler, err := web.New(fstest.MapFS{".gitkeep": {}})
	require.NoError(t, err)
	response := get(t, handler, "/graphiql/")
	require.Equal(t, http.StatusServiceUnavailable, response.Code)
	require.Equal(t, "no-store", response.Header().Get("Cache-Control"))
	require.Contains(t, response.Body.String(), "make web")
	require.Equal(t, http.StatusServiceUnavailable, get(t, handler, "/apps/shop").Code)
}

// The embedded folder works in both states: as a clone has it, and as `make web` leaves it.
func TestEmbeddedFolderOpens(t *testing.T) {
	t.Parallel()
	handler, err := web.Handler()
	require.NoError(t, err)
	response := get(t, handler, "/graphiql/", "Accept", "text/html")
	if response.Code == http.StatusServiceUnavailable {
		require.Contains(t, response.Body.String(), "make web")
		return
	}
	require.Contains(t, response.Body.String(), "GraphiQL")
}
