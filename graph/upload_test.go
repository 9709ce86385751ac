package graph_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/graph"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// picture is taken for a PNG.
const picture = "\x89PNG\r\n\x1a\n and so on"

// sent is a file of a request, in the place of a variable.
type sent struct{ variable, name, content string }

// upload sends a document with files.
func (w *world) upload(token, document string, variables map[string]any, files ...sent) answer {
	w.t.Helper()
	if variables == nil {
		variables = map[string]any{}
	}
	places, parts := map[string][]string{}, []part{{}, {}}
	for i, f := range files {
		if !strings.Contains(f.variable, ".") {
			variables[f.variable] = nil
		}
		name := strconv.Itoa(i)
		places[name] = []string{"variables." + f.variable}
		parts = append(parts, part{name, f.name, f.content})
	}
	operations, err := json.Marshal(map[string]any{"query": document, "variables": variables})
	require.NoError(w.t, err)
	mapped, err := json.Marshal(places)
	require.NoError(w.t, err)
	parts[0], parts[1] = part{"operations", "", string(operations)}, part{"map", "", string(mapped)}
	return w.form(token, parts...)
}

// part is one part of a form.
type part struct{ name, file, content string }

func (w *world) form(token string, parts ...part) answer {
	w.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, p := range parts {
		create := form.CreateFormField
		if p.file != "" {
			create = func(name string) (io.Writer, error) { return form.CreateFormFile(name, p.file) }
		}
		to, err := create(p.name)
		require.NoError(w.t, err)
		_, err = io.WriteString(to, p.content)
		require.NoError(w.t, err)
	}
	require.NoError(w.t, form.Close())
	req, err := http.NewRequestWithContext(w.t.Context(), http.MethodPost, w.url, &body)
	require.NoError(w.t, err)
	req.Header.Set("Content-Type", form.FormDataContentType())
	identify(req, token)
	resp, err := http.DefaultClient.Do(req)
	require.NoError(w.t, err)
	defer func() { _ = resp.Body.Close() }()
	a := answer{Status: resp.StatusCode}
	require.NoError(w.t, json.NewDecoder(resp.Body).Decode(&a))
	return a
}

const handIn = `mutation($in: UploadDocumentInput!) { uploadDocument(input: $in) { document { title url file { id name size mediaType url createdBy { name } } } batch { number } } }`

func TestFormsThatCannotBeReadAreRefusedInWords(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	w := newWorld(t, testkit.SQLite(t), graph.Limits{})
	w.plan(1, 1, 1)
	operations := part{"operations", "", `{"query":` + strconv.Quote(handIn) + `,"variables":{"in":{"batch":"SHOP-0001","file":null}}}`}
	mapped := part{"map", "", `{"0":["variables.in.file"]}`}
	file := part{"0", "x.png", picture}
	for _, c := range []struct {
		name   string
		parts  []part
		status int
		says   string
	}{
		{"no parts", nil, 400, "in this order"},
		{"map first", []part{mapped, operations, file}, 400, "in this order"},
		{"no map", []part{operations, file}, 400, "in this order"},
		{"several operations", []part{{"operations", "", "[]"}, mapped, file}, 400, "operations: the body is not a JSON object"},
		{"no JSON", []part{operations, {"map", "", "{"}, file}, 400, "map is not"},
		{"too many", []part{operations, {"map", "", `{"0":[],"1":[],"2":[],"3":[],"4":[],"5":[],"6":[],"7":[],"8":[],"9":[],"10":[]}`}}, 400, "at most 10"},
		{"not in the map", []part{operations, mapped, file, {"1", "y", "y"}}, 400, "map wrong_map"},
		{"twice", []part{operations, mapped, file, file}, 400, "map wrong_map"},
		{"nowhere", []part{operations, {"map", "", `{"0":[]}`}, file}, 400, "map wrong_map"},
		{"missing", []part{operations, mapped}, 400, "variables.in.file missing"},
		{"not null", []part{operations, {"map", "", `{"0":["variables.in.batch"]}`}, file}, 400, "variables.in.batch wrong_map"},
		{"no such variable", []part{operations, {"map", "", `{"0":["variables.out.file"]}`}, file}, 400, "variables.out.file wrong_map"},
		{"the document itself", []part{operations, {"map", "", `{"0":["query"]}`}, file}, 400, "query wrong_map"},
		{"too large", []part{operations, mapped, {"0", "x", strings.Repeat("x", catalog.MaxFile+1)}}, 413, "variables.in.file too_large"},
		{"far too large", []part{operations, mapped, {"0", "x", strings.Repeat("x", catalog.MaxFile+(4<<20))}}, 413, "variables.in.file too_large"},
		{"large operations", []part{{"operations", "", strings.Repeat(" ", 3<<20)}, mapped, file}, 413, "operations is larger"},
		{"empty", []part{operations, mapped, {"0", "x", ""}}, 200, "input.file empty"},
	} {
		a := w.form(w.token, c.parts...)
		require.Equal(t, c.status, a.Status, "%s: %v", c.name, a.Errors)
		require.Equal(t, "INVALID_INPUT", a.code(), c.name)
		says := a.Errors[0].Message
		for _, f := range a.Errors[0].Extensions.Fields {
			says += fmt.Sprintf("; %s %s", f.Path, f.Reason)
		}
		require.Contains(t, says, c.says, c.name)
	}
	require.Zero(t, w.store.Read().File.Query().CountX(t.Context()))
	a := w.form("", operations, mapped, file)
	require.Equal(t, 401, a.Status)
	require.Equal(t, "UNAUTHENTICATED", a.code())
	a = w.as(w.token, handIn, map[string]any{"in": map[string]any{"batch": "SHOP-0001", "file": "x"}})
	require.Equal(t, "INVALID_INPUT", a.code())
	require.Contains(t, a.Errors[0].Message, "multipart")

	a = w.form(w.token, operations, mapped, file)
	require.Empty(t, a.Errors)
	left, err := os.ReadDir(os.Getenv("TMPDIR"))
	require.NoError(t, err)
	for _, entry := range left {
		require.NotContains(t, entry.Name(), "waymark-upload", "nothing is left on disk")
	}
}

func TestDocumentsAndScreenshots(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.plan(1, 1, 1)
		found := w.must(`{ batch(number: "SHOP-0001") { id } event(app: "shop", key: "e_1_1") { id } }`)
		batch, event := at(found, "batch", "id"), at(found, "event", "id")
		w.must(`mutation($b: ID!) { updateBatch(input: {id: $b, documents: [{title: "Wiki", url: "https://wiki.test/1"}]}) { batch { id } } }`, "b", batch)
		a := w.upload(w.token, `mutation($one: Upload!, $two: Upload!, $e: ID!) {
			a: uploadDocument(input: {batch: "shop-0001", title: "需求", file: $one}) { batch { documents { title } } }
			b: uploadDocument(input: {batch: "SHOP-0001", file: $two}) { document { title file { id name size mediaType url createdBy { name } } } }
			addScreenshot(input: {eventId: $e, file: $one, caption: "付款页"}) { screenshot { caption file { mediaType } } event { key } } }`,
			map[string]any{"e": event}, sent{"one", "需求.png", picture}, sent{"two", "prd.pdf", "%PDF-1.7 x"})
		require.Empty(t, a.Errors)
		require.Len(t, at(a.Data, "a", "batch", "documents"), 2)
		id := at(a.Data, "b", "document", "file", "id").(string)
		require.Equal(t, map[string]any{"title": "prd.pdf", "file": map[string]any{
			"id": id, "name": "prd.pdf", "size": 10.0, "mediaType": "application/pdf", "url": "/files/" + id, "createdBy": map[string]any{"name": "Ann"},
		}}, at(a.Data, "b", "document"))
		require.Equal(t, map[string]any{
			"screenshot": map[string]any{"caption": "付款页", "file": map[string]any{"mediaType": "image/png"}}, "event": map[string]any{"key": "e_1_1"},
		}, at(a.Data, "addScreenshot"))

		// Links are replaced, files stay.
		w.must(`mutation($b: ID!) { updateBatch(input: {id: $b, documents: [{title: "Other", url: "https://wiki.test/2"}]}) { batch { id } } }`, "b", batch)
		got := w.must(`query($id: ID!) { batch(number: "SHOP-0001") { documents { title url file { name } } activity { nodes { action objectType objectName after } } }
			event(app: "shop", key: "e_1_1") { screenshots { caption } } node(id: $id) { ... on File { name } } }`, "id", id)
		require.Equal(t, []any{
			map[string]any{"title": "Other", "url": "https://wiki.test/2", "file": nil},
			map[string]any{"title": "需求", "url": at(got, "batch", "documents", 1, "url"), "file": map[string]any{"name": "需求.png"}},
			map[string]any{"title": "prd.pdf", "url": "/files/" + id, "file": map[string]any{"name": "prd.pdf"}},
		}, at(got, "batch", "documents"))
		require.Equal(t, []any{map[string]any{"caption": "付款页"}}, at(got, "event", "screenshots"))
		require.Equal(t, "prd.pdf", at(got, "node", "name"))
		entry := at(got, "batch", "activity", "nodes", 1)
		require.Equal(t, "uploadDocument File prd.pdf", fmt.Sprint(at(entry, "action"), " ", at(entry, "objectType"), " ", at(entry, "objectName")))
		require.Len(t, at(entry, "after", "contentId"), 64)

		w.must(`mutation($id: ID!) { deleteDocument(input: {id: $id}) { deletedId } }`, "id", id)
		require.Len(t, at(w.must(`{ batch(number: "SHOP-0001") { documents { title } } }`), "batch", "documents"), 2)
	})
}

func TestFilesAreHandedOutSafely(t *testing.T) {
	t.Parallel()
	w := newWorld(t, testkit.SQLite(t), graph.Limits{})
	w.plan(1, 1, 1)
	w.must(`mutation { createApp(input: {key: "other", name: "Other"}) { app { id } } }`)
	w.person("reader@shop.test", auth.Grant{Role: auth.Viewer, App: "shop"})
	w.person("stranger@shop.test", auth.Grant{Role: auth.Admin, App: "other"})
	reader := w.tokenFor("reader@shop.test", auth.Grant{Role: auth.Viewer, App: "shop"})
	stranger := w.tokenFor("stranger@shop.test", auth.Grant{Role: auth.Admin, App: "other"})
	server := httptest.NewServer(w.auth.Middleware(graph.Files{Catalog: w.catalog, Logger: slog.New(slog.DiscardHandler)}))
	defer server.Close()
	get := func(token, url string, headers ...string) (*http.Response, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+url, http.NoBody)
		require.NoError(t, err)
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		for i := 0; i < len(headers); i += 2 {
			req.Header.Set(headers[i], headers[i+1])
		}
		resp, err := http.DefaultClient.Do(req)
		require.NoError(t, err)
		defer func() { _ = resp.Body.Close() }()
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		return resp, string(body)
	}
	put := func(name, content string) string {
		a := w.upload(w.token, handIn, map[string]any{"in": map[string]any{"batch": "SHOP-0001", "file": nil}}, sent{"in.file", name, content})
		require.Empty(t, a.Errors)
		return at(a.Data, "uploadDocument", "document", "url").(string)
	}
	for _, c := range []struct{ name, content, media, disposition string }{
		{"a.png", picture, "image/png", "inline"},
		{"a.png", "GIF89a...", "image/gif", "inline"},
		{"a.jpg", "\xff\xd8\xff\xe0", "image/jpeg", "inline"},
		{"a.webp", "RIFF....WEBPVP", "image/webp", "inline"},
		{"a.pdf", "%PDF-1.7", "application/pdf", "inline"},
		{"a.txt", "words", "text/plain", "attachment"},
		{"a.png", "<!DOCTYPE html><script>1</script>", "application/octet-stream", "attachment"},
		{"a.png", "<svg xmlns='http://www.w3.org/2000/svg' onload='1'/>", "text/plain", "attachment"},
		{"a.svg", "<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'/>", "application/octet-stream", "attachment"},
		{"a.zip", "PK\x03\x04", "application/octet-stream", "attachment"},
		{"a.bin", "\x00\x01", "application/octet-stream", "attachment"},
	} {
		resp, body := get(reader, put(c.name, c.content))
		require.Equal(t, 200, resp.StatusCode)
		require.Equal(t, c.content, body)
		require.Equal(t, c.media, resp.Header.Get("Content-Type"), c.content)
		require.Equal(t, c.disposition+"; filename="+c.name, resp.Header.Get("Content-Disposition"))
		require.Equal(t, "sandbox; default-src 'none'", resp.Header.Get("Content-Security-Policy"))
		require.Equal(t, "nosniff", resp.Header.Get("X-Content-Type-Options"))
		require.Equal(t, "private, no-cache", resp.Header.Get("Cache-Control"))
	}
	url := put("需求 \"1\".txt", "0123456789")
	resp, body := get(reader, url, "Range", "bytes=3-5")
	require.Equal(t, 206, resp.StatusCode)
	require.Equal(t, "345", body)
	require.Equal(t, `attachment; filename*=utf-8''%E9%9C%80%E6%B1%82%20%221%22.txt`, resp.Header.Get("Content-Disposition"))
	resp, body = get(reader, url, "If-None-Match", resp.Header.Get("ETag"))
	require.Equal(t, 304, resp.StatusCode)
	require.Empty(t, body)
	for token, want := range map[string]int{stranger: 404, "": 401, "wm_nonsense": 401} {
		resp, body = get(token, url)
		require.Equal(t, want, resp.StatusCode)
		require.NotContains(t, body, "0123")
		resp, _ = get(token, "/files/fil_none")
		require.Equal(t, want, resp.StatusCode, "as if it were not there")
	}
}
