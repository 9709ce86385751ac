package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"regexp"
	"strings"

	"github.com/lib/pq"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"github.com/waymarkhq/waymark/internal/fault"
)

// Fault gives an error of the database its public face:
//
//   - a broken unique constraint is fault.Conflict, reason "already_exists", with the last column as refused field;
//   - a broken reference is fault.FailedPrecondition, reason "reference": what is referred to is gone, or what should go
//     is still referred to;
//   - text that a database cannot hold is fault.InvalidInput, reason "unstorable_text";
//   - a database that is gone, full, too slow or too busy is fault.Unavailable, reasons "database_unavailable",
//     "disk_full", "timeout", "busy", and "outcome_unknown" when the connection broke during the commit.
//
// Errors that already have a public face, a context's end, and all others are returned as they are. Codes are read,
// never texts, so the language of the server's messages does not matter.
func Fault(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*fault.Error](err); ok || errors.Is(err, context.Canceled) {
		return err
	}
	face := publicFace(err)
	if face == nil {
		return err
	}
	if _, ok := errors.AsType[commitError](err); ok && face.Reason == "database_unavailable" {
		face = fault.New(fault.Unavailable, "outcome_unknown",
			"the database was lost while the change was being saved: look whether it was, before trying again")
	}
	return face.Because(err)
}

func publicFace(err error) *fault.Error {
	if e := pq.As(err); e != nil {
		return postgresFace(e)
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return sqliteFace(e)
	}
	var netErr net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return timedOut()
	case errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone), errors.Is(err, io.EOF),
		errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed), errors.As(err, &netErr):
		return unavailable()
	}
	return nil
}

// postgresFace reads an SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html
func postgresFace(e *pq.Error) *fault.Error {
	switch code := string(e.Code); code {
	case "23505":
		return exists(detailColumns(e.Detail))
	case "23503":
		return reference()
	case "22021", "22P05", "54000":
		return unstorable()
	case "57014", "55P03", "25P03":
		return timedOut()
	case "40001", "40P01":
		return busy()
	case "53100":
		return diskFull()
	case "55000": // the database takes no connections
		return unavailable()
	default:
		switch code[:2] {
		case "08", "25", "28", "3D", "53", "57", "58":
			return unavailable()
		}
		return nil
	}
}

// sqliteFace reads a result code: https://www.sqlite.org/rescode.html
func sqliteFace(e *sqlite.Error) *fault.Error {
	switch e.Code() {
	case sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY:
		return exists(messageColumns(e.Error()))
	case sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
		return reference()
	}
	switch e.Code() & 0xff {
	case sqlite3.SQLITE_TOOBIG:
		return unstorable()
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return busy()
	case sqlite3.SQLITE_INTERRUPT:
		return timedOut()
	case sqlite3.SQLITE_FULL:
		return diskFull()
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_NOMEM:
		return unavailable()
	}
	return nil
}

// isUnwritable reports whether files could not be opened, or not for writing.
func isUnwritable(e *sqlite.Error) bool {
	return e.Code()&0xff == sqlite3.SQLITE_READONLY || e.Code()&0xff == sqlite3.SQLITE_CANTOPEN
}

// collided reports whether the transaction may succeed when it is run again.
func collided(err error) bool {
	if e := pq.As(err); e != nil {
		return e.Code == "40001" || e.Code == "40P01"
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()&0xff == sqlite3.SQLITE_BUSY || e.Code()&0xff == sqlite3.SQLITE_LOCKED
	}
	return false
}

// detail matches "Key (app_id, key)=(app_1, shop) already exists." in any language.
var detail = regexp.MustCompile(`\(([^()]+)\)=\(`)

func detailColumns(text string) []string {
	if m := detail.FindStringSubmatch(text); m != nil {
		return strings.Split(m[1], ", ")
	}
	return nil
}

// failed matches "UNIQUE constraint failed: events.app_id, events.key".
var failed = regexp.MustCompile(`constraint failed: ((?:\w+\.\w+(?:, )?)+)`)

func messageColumns(text string) (columns []string) {
	m := failed.FindStringSubmatch(text)
	if m == nil {
		return nil
	}
	for name := range strings.SplitSeq(m[1], ", ") {
		_, column, _ := strings.Cut(name, ".")
		columns = append(columns, column)
	}
	return columns
}

func exists(columns []string) *fault.Error {
	e := fault.New(fault.Conflict, "already_exists", "there is one like this already")
	if len(columns) > 0 {
		path := camel(columns[len(columns)-1])
		e.Fields = []fault.Field{{Path: path, Reason: "already_exists", Message: "is already taken"}}
		e.Message = "there is one with this " + path + " already"
	}
	return e
}

// camel turns a column's name into a field's: wire_name → wireName.
func camel(column string) string {
	words := strings.Split(column, "_")
	for i, w := range words[1:] {
		if w != "" {
			words[i+1] = strings.ToUpper(w[:1]) + w[1:]
		}
	}
	return strings.Join(words, "")
}

func reference() *fault.Error {
	return fault.New(fault.FailedPrecondition, "reference",
		"something that this refers to is gone, or something still refers to this")
}

func unstorable() *fault.Error {
	return fault.New(fault.InvalidInput, "unstorable_text", "a text is too long or contains a NUL character")
}

func timedOut() *fault.Error {
	return fault.New(fault.Unavailable, "timeout", "the database took too long: try again")
}

func busy() *fault.Error {
	return fault.New(fault.Unavailable, "busy", "too many changes are being made at once: try again")
}

func diskFull() *fault.Error {
	return fault.New(fault.Unavailable, "disk_full", "the database's disk is full")
}

func unavailable() *fault.Error {
	return fault.New(fault.Unavailable, "database_unavailable", "the database cannot be used just now: try again")
}
