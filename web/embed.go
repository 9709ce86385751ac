// Package web holds what the browser gets: the pages built by Vite into dist/, embedded in the binary, and the HTTP
// handler that serves them without any other origin.
//
// The build (`make web`) leaves every compressible file in dist only as `<name>.gz`. A clone on which it never ran has
// an empty dist, compiles all the same, and answers with a page that says what to run.
//
// A handler is immutable after New and safe for concurrent use.
package web

import (
	"embed"
	"fmt"
	"io/fs"
	"net/http"
)

//go:embed all:dist
var dist embed.FS

// Handler serves the embedded pages. See [New].
func Handler() (http.Handler, error) {
	files, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, fmt.Errorf("open the embedded pages: %w", err)
	}
	return New(files)
}
