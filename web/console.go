package web

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// consolePage is the file of the console's one page.
const consolePage = "index.html"

// consoleParts are the first parts of the console's addresses below `/`. Whoever opens one gets the console, which then shows
// what the address names (web/src/app/router.tsx).
var consoleParts = map[string]bool{"apps": true, "properties": true, "search": true, "sign-in": true}

// baseElement stands in the console's page; what it names is where the page's files are looked for.
const baseElement = `<base href="./" />`

// console is the page of the console, cut where the address of its files stands.
type console struct {
	before, after string
	tag           string
}

// readConsole takes the page from the bundle.
func (h *handler) readConsole(a asset) (*console, error) {
	file, err := h.open(a, a.gzipped)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	page, err := io.ReadAll(file)
	if err != nil {
		return nil, err
	}
	before, after, found := strings.Cut(string(page), baseElement)
	if !found {
		return nil, fmt.Errorf("%s has no %s", consolePage, baseElement)
	}
	return &console{before: before, after: after, tag: a.tag}, nil
}

// isOfConsole reports whether a path, without the slash before it, is one of the console's.
func isOfConsole(name string) bool {
	first, _, _ := strings.Cut(name, "/")
	return name == "" || consoleParts[first]
}

// wantsPage reports whether a person's browser is asking for something to show in its window.
func wantsPage(r *http.Request) bool {
	return strings.Contains(r.Header.Get("Accept"), "text/html")
}

// depth is in how many folders the browser takes the path of a request to be: a slash that is written %2F is none to it.
func depth(r *http.Request) int {
	return max(strings.Count(r.URL.EscapedPath(), "/")-1, 0)
}

// page is the console for a path: its files are as many folders up as the path is deep, which holds below any prefix of a reverse
// proxy too.
func (c *console) page(depth int) []byte {
	up := "./"
	if depth > 0 {
		up = strings.Repeat("../", depth)
	}
	return []byte(c.before + `<base href="` + up + `" />` + c.after)
}

func (c *console) serve(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", contentTypes[".html"])
	header.Set("Cache-Control", "no-cache")
	header.Set("ETag", strconv.Quote(c.tag+"-"+strconv.Itoa(depth(r))))
	http.ServeContent(w, r, consolePage, time.Time{}, bytes.NewReader(c.page(depth(r))))
}

// serveNotFound lets the console say that there is nothing here.
func (c *console) serveNotFound(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", contentTypes[".html"])
	header.Set("Cache-Control", "no-cache")
	w.WriteHeader(http.StatusNotFound)
	if r.Method == http.MethodGet {
		// The client is gone when this fails; nobody is left to tell.
		_, _ = w.Write(c.page(depth(r))) //nolint:gosec // of the request there is nothing in it but how deep its path is
	}
}
