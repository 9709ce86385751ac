// Package thinkingdata is the wire format of ThinkingData (数数, TE), which many games and their in-house SDKs send: lists
// of records whose own members begin with a number sign.
//
// What the types of records become: track, track_update and track_overwrite are Track; user_* are Identify.
//
// Sources: the vendor's public documents of its data format and its RESTful API; requests recorded from thinkingdata-node
// 1.5.0 (testdata of package wire); the sources of that and of the SDKs for browsers, Android, Python and mini programs.
//
// Everything here is pure and safe for concurrent use.
package thinkingdata

import (
	"net/http"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/wire"
)

// Name is the name of the format.
const Name = "thinkingdata"

// Format returns the format. It shares no path with another.
func Format() wire.Format {
	f := wire.Format{Name: Name}
	// Of servers, phones, browsers, mini programs, and the RESTful API with a form or JSON.
	for _, path := range []string{"/sync_server", "/sync", "/sync_js", "/sync_xcx", "/sync_data", "/sync_json"} {
		f.Routes = append(f.Routes,
			wire.Route{Method: http.MethodPost, Path: path, Task: wire.Collect, WriteKey: key, Decode: decode, Answer: answer})
	}
	f.Routes = append(f.Routes,
		wire.Route{Method: http.MethodGet, Path: "/sync_js", Task: wire.Collect, Deaf: true, WriteKey: key, Decode: decode, Answer: image})
	for _, method := range []string{http.MethodPost, http.MethodGet} {
		f.Routes = append(f.Routes, wire.Route{
			Method: method, Path: "/data_debug", Task: wire.Collect, WriteKey: key, Decode: decode, DryRun: dryRun, Answer: answerDebug,
		})
	}
	return f
}

// key returns the write key: the header's, the form's or the query's appid, else that of the payload or of its first record.
func key(r *wire.Request) string {
	if key := r.Header.Get("Appid"); key != "" {
		return key
	}
	for _, name := range []string{"appid", "#app_id"} {
		if key, _ := r.FormValue(name); key != "" {
			return key
		}
		if key, _ := wire.QueryValue(r.Query, name); key != "" {
			return key
		}
	}
	tape, err := r.Unwrap(wire.Records)
	if err != nil {
		return ""
	}
	return firstKey(tape, 0)
}

// firstKey returns the key that the value at index i of the tape says, or the first element of a list does.
func firstKey(tape capture.Tape, i int) string {
	for depth := 0; depth < 3 && i < len(tape); depth++ {
		if tape[i].Kind == capture.Array {
			if tape[i].Size == 0 {
				return ""
			}
			i++
			continue
		}
		if key := wire.Member(tape, i, "#app_id", "appid"); key != "" {
			return key
		}
		list, ok := envelope(tape, i)
		if !ok {
			return ""
		}
		i = list
	}
	return ""
}

// dryRun reports whether events are to be judged only.
func dryRun(r *wire.Request) bool {
	said, ok := r.FormValue("dryRun")
	if !ok {
		said, _ = wire.QueryValue(r.Query, "dryRun")
	}
	return said == "1" || said == "true"
}
