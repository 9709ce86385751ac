package graph

import (
	"log/slog"
	"net/http"
	"strings"

	"github.com/waymarkhq/waymark/internal/acceptance"
	"github.com/waymarkhq/waymark/internal/fault"
)

// reportsPath is where Reports hands out reports.
const reportsPath = "/export/sign-offs/"

// Reports hands out the reports of sign-offs as files, GET /export/sign-offs/ID.json or .xlsx, to whoever may read them.
type Reports struct {
	Acceptance *acceptance.Service
	Logger     *slog.Logger
}

// ServeHTTP answers one request.
func (d Reports) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	name := strings.TrimPrefix(r.URL.Path, reportsPath)
	id, media := strings.TrimSuffix(name, ".json"), "application/json"
	if book, is := strings.CutSuffix(name, ".xlsx"); is {
		id, media = book, "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	} else if id == name {
		refuse(ctx, d.Logger, w, "report", fault.NotFoundf("SignOff", name))
		return
	}
	report, body, err := d.Acceptance.ReadReport(ctx, id)
	if err == nil && media != "application/json" {
		body, err = acceptance.Workbook(report)
	}
	if err != nil {
		refuse(ctx, d.Logger, w, "report", err)
		return
	}
	w.Header().Set("Content-Type", media)
	w.Header().Set("Content-Disposition", `attachment; filename="`+name+`"`)
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "private, no-cache")
	if _, err := w.Write(body); err != nil { //nolint:gosec // JSON or a workbook, as it says, and nobody sniffs
		d.Logger.WarnContext(ctx, "a report broke off", "report", id, "error", err)
	}
}
