package graph

import (
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/catalog"
)

// Files hands out files, GET /files/ID, to whoever may read what they belong to.
//
// A file is whatever somebody handed in, and a browser would run a page or an SVG with the rights of who looks at it. So
// only a few types are named, only those that cannot bring a script are shown in place, and these in a sandbox.
type Files struct {
	Catalog *catalog.Service
	Logger  *slog.Logger
}

// shown are the types that are named, and whether a browser may show them in place; all else is bytes to be saved.
var shown = map[string]bool{
	"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true, "application/pdf": true, "text/plain": false,
}

// ServeHTTP answers one request.
func (d Files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	file, content, err := d.Catalog.OpenFile(ctx, strings.TrimPrefix(r.URL.Path, filesPath))
	if err != nil {
		refuse(ctx, d.Logger, w, "file", err)
		return
	}
	describe(w.Header(), file)
	http.ServeContent(w, r, "", time.Time{}, readLogged{content, func(err error) {
		d.Logger.WarnContext(ctx, "a file broke off", "file", file.ID, "error", err)
	}})
}

func describe(h http.Header, file *ent.File) {
	media, disposition := "application/octet-stream", "attachment"
	if inPlace, ok := shown[file.MediaType]; ok {
		media = file.MediaType
		if inPlace {
			disposition = "inline"
		}
	}
	h.Set("Content-Type", media)
	h.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": file.Name}))
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	// It never changes, but who may see it does: a browser may keep it and has to ask each time.
	h.Set("Cache-Control", "private, no-cache")
	h.Set("ETag", `"`+file.ContentID+`"`)
}

// readLogged tells of what goes wrong while a file is sent; the client sees that it is too short.
type readLogged struct {
	io.ReadSeeker
	failed func(error)
}

// Read implements io.Reader.
func (r readLogged) Read(p []byte) (int, error) {
	n, err := r.ReadSeeker.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		r.failed(err)
	}
	return n, err
}
