package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// contentSecurityPolicy lets a page load from its own origin only. Monaco, the editor inside GraphiQL, writes style
// elements and has its icon font as a data: address; 'self' covers WebSockets of the same origin. The console's <base> stays on its origin.
const contentSecurityPolicy = "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self' 'unsafe-inline'; " +
	"font-src 'self' data:; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'"

// notBuilt is the answer of a binary that was compiled without the bundle.
//
//go:embed notbuilt.html
var notBuilt []byte

// contentTypes are fixed here because the types of package mime depend on the machine.
var contentTypes = map[string]string{
	".css":  "text/css; charset=utf-8",
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".md":   "text/plain; charset=utf-8",
	".json": "application/json",
	".png":  "image/png",
	".svg":  "image/svg+xml",
	".ttf":  "font/ttf",
}

// asset is one file of the bundle under the path that the browser asks for.
type asset struct {
	file        string // where it lies in the file system, with .gz when it is stored compressed
	gzipped     bool
	tag         string // hex digest of the stored bytes
	contentType string
}

type handler struct {
	files   fs.FS
	assets  map[string]asset
	console *console
}

// New returns a handler for the pages in files, which is the root of a built bundle: `index.html.gz` for the console,
// `graphiql/index.html.gz`, `assets/…`. Mount it at `/`; it answers `/` and every address of the console with the console's page,
// another page at its folder (`/graphiql/`), and 404 for what it does not have, which a browser gets told by the console.
// Without a bundle it answers every page with 503 and what to do.
//
// Files below assets/ carry a digest in their names and may be kept for ever; everything else is asked for again and
// costs 304 while unchanged.
func New(files fs.FS) (http.Handler, error) {
	h := &handler{files: files, assets: map[string]asset{}}
	err := fs.WalkDir(files, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasPrefix(path.Base(name), ".") {
			return err
		}
		return h.add(name)
	})
	if err != nil {
		return nil, fmt.Errorf("index the embedded pages: %w", err)
	}
	if page, ok := h.assets[consolePage]; ok {
		if h.console, err = h.readConsole(page); err != nil {
			return nil, fmt.Errorf("read the page of the console: %w", err)
		}
		delete(h.assets, consolePage)
	}
	return h, nil
}

func (h *handler) add(name string) error {
	file, err := h.files.Open(name)
	if err != nil {
		return err
	}
	defer file.Close()
	digest := sha256.New()
	if _, err := io.Copy(digest, file); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	public, gzipped := strings.CutSuffix(name, ".gz")
	contentType, known := contentTypes[path.Ext(public)]
	if !known {
		contentType = "application/octet-stream"
	}
	tag := base64.RawURLEncoding.EncodeToString(digest.Sum(nil)[:12])
	h.assets[public] = asset{file: name, gzipped: gzipped, tag: tag, contentType: contentType}
	return nil
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	setSecurityHeaders(w.Header())
	name := strings.TrimPrefix(r.URL.Path, "/")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.refuse(w, r, name)
		return
	}
	if len(h.assets) == 0 {
		serveNotBuilt(w)
		return
	}
	if isOfConsole(name) && h.console != nil {
		h.console.serve(w, r)
		return
	}
	if found, ok := h.assets[pageFile(name)]; ok {
		h.serve(w, r, pageFile(name), found)
		return
	}
	if _, ok := h.assets[name+"/index.html"]; ok {
		redirect(w, r, path.Base(name)+"/")
		return
	}
	if h.console != nil && wantsPage(r) {
		h.console.serveNotFound(w, r)
		return
	}
	http.NotFound(w, r)
}

// refuse answers a request that is not for reading: a path that is here knows no such method, any other is not here,
// which whoever mistyped an SDK's path has to hear.
func (h *handler) refuse(w http.ResponseWriter, r *http.Request, name string) {
	_, file := h.assets[pageFile(name)]
	if !file && name != "" {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Allow", "GET, HEAD")
	http.Error(w, "only GET and HEAD are answered here", http.StatusMethodNotAllowed)
}

// pageFile names the file of a request path: a folder stands for its index.html.
func pageFile(name string) string {
	if strings.HasSuffix(name, "/") {
		return name + "index.html"
	}
	return name
}

// redirect leads to an address relative to the request, which survives a reverse proxy with a path prefix, and keeps
// the query: a sign-up link carries its token there.
func redirect(w http.ResponseWriter, r *http.Request, target string) {
	if r.URL.RawQuery != "" {
		target += "?" + r.URL.RawQuery
	}
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Location", target)
	w.WriteHeader(http.StatusFound)
}

func setSecurityHeaders(header http.Header) {
	header.Set("Content-Security-Policy", contentSecurityPolicy)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
}

func (h *handler) serve(w http.ResponseWriter, r *http.Request, name string, a asset) {
	body, err := h.open(a, a.gzipped && !acceptsGzip(r.Header))
	if err != nil {
		http.Error(w, "this file cannot be read", http.StatusInternalServerError)
		return
	}
	defer body.Close()
	header := w.Header()
	header.Set("Content-Type", a.contentType)
	header.Set("Cache-Control", "no-cache")
	if strings.HasPrefix(name, "assets/") {
		header.Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	etag := a.tag
	if a.gzipped {
		header.Add("Vary", "Accept-Encoding")
		if acceptsGzip(r.Header) {
			header.Set("Content-Encoding", "gzip")
			etag += "-gzip"
		}
	}
	header.Set("ETag", strconv.Quote(etag))
	http.ServeContent(w, r, name, time.Time{}, body)
}

// open returns the stored bytes, or, for the rare client that takes no gzip, the plain ones.
func (h *handler) open(a asset, plain bool) (io.ReadSeekCloser, error) {
	file, err := h.files.Open(a.file)
	if err != nil {
		return nil, err
	}
	if !plain {
		seeker, ok := file.(io.ReadSeekCloser)
		if !ok {
			return nil, errors.Join(fmt.Errorf("%s: not seekable", a.file), file.Close())
		}
		return seeker, nil
	}
	defer file.Close()
	unpacked, err := gzip.NewReader(file)
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", a.file, err)
	}
	content, err := io.ReadAll(unpacked)
	if err != nil {
		return nil, fmt.Errorf("unpack %s: %w", a.file, err)
	}
	return memoryFile{bytes.NewReader(content)}, nil
}

type memoryFile struct{ *bytes.Reader }

func (memoryFile) Close() error { return nil }

// acceptsGzip reads Accept-Encoding as RFC 9110 section 12.5.3 says, as far as gzip is concerned: a weight of zero
// refuses it, `*` stands for it unless it is named.
func acceptsGzip(header http.Header) bool {
	wildcard := false
	for part := range strings.SplitSeq(strings.Join(header.Values("Accept-Encoding"), ","), ",") {
		coding, parameters, _ := strings.Cut(part, ";")
		coding = strings.ToLower(strings.TrimSpace(coding))
		accepted := !refused(parameters)
		switch coding {
		case "gzip", "x-gzip":
			return accepted
		case "*":
			wildcard = accepted
		}
	}
	return wildcard
}

func refused(parameters string) bool {
	weight, found := strings.CutPrefix(strings.ReplaceAll(strings.ToLower(parameters), " ", ""), "q=")
	if !found {
		return false
	}
	value, err := strconv.ParseFloat(weight, 64)
	return err != nil || value == 0
}

func serveNotBuilt(w http.ResponseWriter) {
	header := w.Header()
	header.Set("Content-Type", contentTypes[".html"])
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusServiceUnavailable)
	// The client is gone when this fails; nobody is left to tell.
	_, _ = w.Write(notBuilt)
}
