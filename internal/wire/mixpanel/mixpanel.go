// Package mixpanel is the wire format of Mixpanel: what its SDKs send to /track, /engage and /groups, and what servers send
// to /import.
//
// Sources: Mixpanel's public documents of its ingestion API; the sources of mixpanel (Node) 0.24.0 and mixpanel-browser
// 2.83.0; requests recorded from those (testdata of package wire).
//
// Everything here is pure and safe for concurrent use.
package mixpanel

import (
	"net/http"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// Name is the name of the format.
const Name = "mixpanel"

// The vendor's limits in bytes. What is larger is taken all the same, and noted.
const (
	MaxRecordBytes  = 1 << 20
	MaxPayloadBytes = 10 << 20
)

// Format returns the format. At /track and /engage it takes what PostHog does not claim.
func Format() wire.Format {
	f := wire.Format{Name: Name}
	add := func(r wire.Route) { f.Routes = append(f.Routes, r) }
	for _, method := range []string{http.MethodPost, http.MethodGet} {
		r := wire.Route{Method: method, Task: wire.Collect, WriteKey: key, Decode: decode, Answer: answer}
		for _, r.Path = range []string{"/track", "/engage", "/groups"} {
			add(r)
		}
		r.Path, r.Answer = "/import", answerImport
		add(r)
	}
	add(wire.Route{Method: http.MethodPost, Path: "/record", Task: wire.Discard, Answer: discard})
	add(wire.Route{Method: http.MethodGet, Path: "/decide", Task: wire.Configure, WriteKey: queryToken, Answer: decide})
	return f
}

// key returns the write key: that of the first record that names one, else the query's token, else what stands where
// servers put a secret of their project.
func key(r *wire.Request) string {
	if tape, err := r.Unwrap(text); err == nil {
		if k := firstToken(tape); k != "" {
			return k
		}
	}
	if k := queryToken(r); k != "" {
		return k
	}
	if k := wire.BasicKey(r.Header); k != "" {
		return k
	}
	k, _ := wire.QueryValue(r.Query, "api_key")
	return k
}

func queryToken(r *wire.Request) string {
	k, _ := wire.QueryValue(r.Query, "token")
	return k
}

// firstToken returns the key of the first record that names one.
func firstToken(tape capture.Tape) string {
	if tape[0].Kind != capture.Array {
		return token(tape, 0)
	}
	for j := range capture.Object(tape).Inside(0).Members {
		if k := token(tape, 1+j); k != "" {
			return k
		}
	}
	return ""
}

// token returns the key of the record at index i: an event's stands in its properties.
func token(tape capture.Tape, i int) string {
	if k := wire.Member(tape, i, "$token", "token"); k != "" || tape[i].Kind != capture.ObjectKind {
		return k
	}
	if at := capture.Object(tape).Inside(i).Find("properties"); at >= 0 {
		return wire.Member(tape, i+1+at, "token")
	}
	return ""
}
