package graph

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
)

// AuditExport hands out the audit log as a file, newest first: GET with app, from, before (RFC 3339) and format, jsonl or csv.
// Who may read what is as with the field auditEntries. It streams, page by page: what is revoked meanwhile ends it, and an
// error in the middle breaks the connection off, so that half a file is not taken for a whole one.
type AuditExport struct {
	Catalog *catalog.Service
	Logger  *slog.Logger
}

// ServeHTTP answers one request.
func (e AuditExport) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ctx := r.Context()
	app, filter, format, err := exportOf(r.URL.Query())
	if err != nil {
		refuse(ctx, e.Logger, w, "audit log", err)
		return
	}
	size := catalog.MaxPage
	list := e.Catalog.AuditEntries(app, filter)
	page, err := list.Page(ctx, catalog.PageArgs{First: &size})
	if err != nil {
		refuse(ctx, e.Logger, w, "audit log", err)
		return
	}
	w.Header().Set("Content-Type", format.media)
	w.Header().Set("Content-Disposition", `attachment; filename="audit.`+format.name+`"`)
	out := format.writer(w)
	for {
		lines, err := e.lines(ctx, page.Nodes)
		if err == nil {
			err = out(lines)
		}
		if err == nil && !page.HasNext {
			return
		}
		if err == nil {
			page, err = list.Page(ctx, catalog.PageArgs{First: &size, After: page.End()})
		}
		if err != nil {
			e.Logger.WarnContext(ctx, "the export of the audit log broke off", "error", err)
			panic(http.ErrAbortHandler)
		}
	}
}

// exportOf reads the parameters of an export.
func exportOf(q url.Values) (app *string, filter *catalog.AuditEntryFilter, format exportFormat, err error) {
	var f fault.Fields
	filter = &catalog.AuditEntryFilter{}
	for name := range q {
		switch name {
		case "app":
			text := q.Get(name)
			app = &text
		case "from":
			filter.From = moment(&f, name, q.Get(name))
		case "before":
			filter.Before = moment(&f, name, q.Get(name))
		case "format":
		default:
			f.Add(name, "unknown", "is no parameter; there are app, from, before and format")
		}
	}
	format, ok := exportFormats[q.Get("format")]
	if !ok {
		f.Add("format", "unknown_format", "must be jsonl or csv")
	}
	return app, filter, format, f.Err()
}

func moment(f *fault.Fields, name, text string) *time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		f.Add(name, "invalid_time", "must be a moment such as 2026-11-23T08:00:00Z")
		return nil
	}
	return &t
}

// exportLine is one entry as it is exported.
type exportLine struct {
	ID         string          `json:"id"`
	At         time.Time       `json:"at"`
	ActorKind  string          `json:"actorKind"`
	ActorID    string          `json:"actorId,omitempty"`
	ActorName  string          `json:"actorName"`
	TokenID    string          `json:"tokenId,omitempty"`
	TokenName  string          `json:"tokenName,omitempty"`
	Action     string          `json:"action"`
	Operation  string          `json:"operation"`
	AppID      string          `json:"appId,omitempty"`
	App        string          `json:"app,omitempty"`
	Batch      string          `json:"batch,omitempty"`
	ObjectType string          `json:"objectType"`
	ObjectID   string          `json:"objectId"`
	ObjectName string          `json:"objectName"`
	Before     json.RawMessage `json:"before,omitempty"`
	After      json.RawMessage `json:"after,omitempty"`
	RequestID  string          `json:"requestId,omitempty"`
}

var exportColumns = []string{
	"id", "at", "actorKind", "actorId", "actorName", "tokenId", "tokenName", "action", "operation", "appId", "app", "batch",
	"objectType", "objectId", "objectName", "before", "after", "requestId",
}

func (l *exportLine) cells() []string {
	return []string{
		l.ID, l.At.Format(time.RFC3339Nano), l.ActorKind, l.ActorID, l.ActorName, l.TokenID, l.TokenName, l.Action, l.Operation,
		l.AppID, l.App, l.Batch, l.ObjectType, l.ObjectID, l.ObjectName, string(l.Before), string(l.After), l.RequestID,
	}
}

// lines reads what people call the apps and batches of entries.
func (e AuditExport) lines(ctx context.Context, entries []*ent.AuditEntry) ([]exportLine, error) {
	apps, err := e.Catalog.AppsByID(ctx, distinct(entries, func(r *ent.AuditEntry) string { return r.AppID }))
	if err != nil {
		return nil, err
	}
	batches, err := e.Catalog.BatchesByID(ctx, distinct(entries, func(r *ent.AuditEntry) string { return r.BatchID }))
	lines := make([]exportLine, len(entries))
	for i, r := range entries {
		lines[i] = exportLine{
			ID: r.ID, At: r.CreatedAt.UTC(), ActorKind: r.ActorKind, ActorID: r.ActorID, ActorName: r.ActorName, TokenID: r.TokenID,
			TokenName: r.TokenName, Action: r.Action, Operation: r.Operation, AppID: r.AppID, ObjectType: r.ObjectType,
			ObjectID: r.ObjectID, ObjectName: r.ObjectName, Before: r.Before, After: r.After, RequestID: r.RequestID,
		}
		if a := apps[r.AppID]; a != nil {
			lines[i].App = a.Key
		}
		if b := batches[r.BatchID]; b != nil {
			lines[i].Batch = b.Number
		}
	}
	return lines, err
}

// exportFormat is a form of an export.
type exportFormat struct {
	name, media string
	// writer returns what writes lines to w.
	writer func(w io.Writer) func([]exportLine) error
}

var exportFormats = map[string]exportFormat{
	"":      {name: "jsonl", media: "application/jsonl", writer: writeJSON},
	"jsonl": {name: "jsonl", media: "application/jsonl", writer: writeJSON},
	"csv":   {name: "csv", media: "text/csv; charset=utf-8", writer: writeCSV},
}

func writeJSON(w io.Writer) func([]exportLine) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return func(lines []exportLine) error {
		for i := range lines {
			if err := encoder.Encode(&lines[i]); err != nil {
				return err
			}
		}
		return nil
	}
}

func writeCSV(w io.Writer) func([]exportLine) error {
	out := csv.NewWriter(w)
	head := false
	return func(lines []exportLine) error {
		if !head {
			head = true
			if err := out.Write(exportColumns); err != nil {
				return err
			}
		}
		for i := range lines {
			cells := lines[i].cells()
			for j := range cells {
				cells[j] = harmless(cells[j])
			}
			if err := out.Write(cells); err != nil {
				return err
			}
		}
		out.Flush()
		return out.Error()
	}
}

// harmless keeps spreadsheet programs from taking a cell for a formula.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

var statusOf = map[fault.Code]int{
	fault.Unauthenticated: http.StatusUnauthorized, fault.Forbidden: http.StatusForbidden, fault.NotFound: http.StatusNotFound,
	fault.InvalidInput: http.StatusBadRequest, fault.RateLimited: http.StatusTooManyRequests,
	fault.Unavailable: http.StatusServiceUnavailable,
}

// refuse answers with an error as the API words it; what goes wrong inside is logged with what was wanted.
func refuse(ctx context.Context, log *slog.Logger, w http.ResponseWriter, what string, err error) {
	face, ok := errors.AsType[*fault.Error](err)
	if !ok {
		log.ErrorContext(ctx, "nothing could be handed out", "what", what, "error", err)
		face = fault.New(fault.Internal, "internal", internalMessage)
	}
	logCause(ctx, log, face)
	status := statusOf[face.Code]
	if status == 0 {
		status = http.StatusInternalServerError
	}
	body, err := json.Marshal(map[string]any{"errors": []any{faceOf(ctx, face)}})
	if err != nil {
		status, body = http.StatusInternalServerError, nil
	}
	w.Header().Set("Content-Type", mediaJSON)
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
