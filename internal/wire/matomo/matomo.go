// Package matomo is the wire format of Matomo's (Piwik's) tracking API: one request in a query or form, or a list of
// queries in JSON. Requests have no id.
//
// Sources: Matomo's public reference of the tracking API; requests recorded from the npm package matomo-tracker 2.2.4
// (testdata of package wire), and its source.
//
// Everything here is pure and safe for concurrent use.
package matomo

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
	"github.com/waymarkhq/waymark/internal/wire"
)

// Name is the name of the format.
const Name = "matomo"

// Format returns the format.
func Format() wire.Format {
	f := wire.Format{Name: Name}
	for _, path := range []string{"/matomo.php", "/piwik.php"} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			f.Routes = append(f.Routes, wire.Route{
				Method: method, Path: path, Task: wire.Collect, WriteKey: key, Decode: decode, Answer: answer,
			})
		}
	}
	return f
}

// key returns the write key: the id of the site, of the first request that has one.
func key(r *wire.Request) string {
	tape, err := r.Build(build)
	if err != nil {
		return ""
	}
	list := capture.Object(tape).Inside(0)
	for i, n := range list.Members {
		if n.Kind != capture.ObjectKind {
			continue
		}
		record := list.Inside(i)
		if at := record.Find("idsite"); at >= 0 && record[at].Text != "" {
			return record[at].Text
		}
	}
	return ""
}

// isBulk tells a list of requests from a single one.
func isBulk(r *wire.Request) bool {
	body := strings.TrimLeft(r.Body, " \t\r\n\ufeff")
	return strings.HasPrefix(body, "{") || strings.HasPrefix(body, "[")
}

func answer(r *wire.Request, o wire.Outcome) wire.Answer {
	switch o.Kind {
	case wire.Accepted:
		return success(r, o)
	case wire.Throttled, wire.Unavailable:
		return wire.Retry(http.StatusServiceUnavailable, "Service Unavailable", o)
	default:
		return refuse(r, o)
	}
}

func refuse(r *wire.Request, o wire.Outcome) wire.Answer {
	if isBulk(r) {
		return wire.JSON(http.StatusBadRequest, `{"status":"error","tracked":0,"message":`+wire.Quote(o.Reason)+`}`).Because(o)
	}
	return wire.Text(http.StatusBadRequest, "Bad Request").Because(o)
}

func success(r *wire.Request, o wire.Outcome) wire.Answer {
	if !isBulk(r) {
		if send, _ := wire.QueryValue(query(r), "send_image"); send == "0" {
			return wire.Answer{Status: http.StatusNoContent}
		}
		return wire.Image(r, o)
	}
	tracked, invalid := 0, 0
	if o.Decoded != nil {
		invalid = len(o.Decoded.Rejected)
		for i := range o.Decoded.Events { // what could not be read comes as an event too
			if v := o.Decoded.Events[i].Violations; len(v) == 0 || v[0].Code != check.RecordUnreadable {
				tracked++
			}
		}
	}
	return wire.JSON(http.StatusOK, `{"status":"success","tracked":`+strconv.Itoa(tracked)+`,"invalid":`+strconv.Itoa(invalid)+`}`)
}

// query returns the parameters of a single request: those of the address, and those of a form.
func query(r *wire.Request) string {
	switch {
	case r.Body == "" || isBulk(r):
		return r.Query
	case r.Query == "":
		return strings.TrimSpace(r.Body)
	default:
		return r.Query + "&" + strings.TrimSpace(r.Body)
	}
}
