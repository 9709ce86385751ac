// Package sensors is the wire format of Sensors Analytics (神策), which many in-house SDKs of Chinese companies send too:
// forms with records in base64 and gzip, and a debug mode that shows developers on their phones what is wrong.
//
// What the types of records become: track is Track; profile_* are Identify; item_* are Item; track_signup, track_id_bind
// and track_id_unbind tell who is who and are Alias (a sign-up's original_id is the PreviousID).
//
// Sources: the vendor's public documents; requests recorded from sa-sdk-node 1.2.6, sa-sdk-go 2.1.6 and sa-sdk-javascript
// 1.27.11 (testdata of package wire); the sources of those and of the SDKs for Android, iOS, Java, Python and mini programs.
//
// Everything here is pure and safe for concurrent use.
package sensors

import (
	"net/http"
	"strings"

	"github.com/waymarkhq/waymark/internal/wire"
)

// Name is the name of the format.
const Name = "sensors"

// Format returns the format. It shares no path with another.
func Format() wire.Format {
	f := wire.Format{Name: Name}
	for _, path := range []string{"/sa", "/sa.gif"} {
		f.Routes = append(f.Routes, handShake(path),
			wire.Route{Method: http.MethodPost, Path: path, Task: wire.Collect, WriteKey: key, Decode: decode, Answer: answer},
			wire.Route{
				Method: http.MethodGet, Path: path, Task: wire.Collect, Deaf: true, WriteKey: key, Decode: decode, Answer: image,
			})
	}
	f.Routes = append(f.Routes, handShake("/debug"))
	for _, method := range []string{http.MethodPost, http.MethodGet} {
		f.Routes = append(f.Routes, wire.Route{
			Method: method, Path: "/debug", Task: wire.Collect, WriteKey: key, Decode: decode, DryRun: dryRun, Answer: answerDebug,
		})
	}
	for _, path := range []string{"/config/Android.conf", "/config/iOS.conf"} {
		f.Routes = append(f.Routes, wire.Route{Method: http.MethodGet, Path: path, Task: wire.Configure, Answer: noConfig})
	}
	return f
}

// handShake is the route of an app that a tester has opened with a QR code: it tells its distinct_id. It brings no events.
func handShake(path string) wire.Route {
	return wire.Route{
		Method: http.MethodPost, Path: path, Task: wire.Pair, Answer: answer, Pairing: pairing,
		Claims: func(r *wire.Request) bool {
			if _, asked := wire.QueryValue(r.Query, "info_id"); !asked {
				return false
			}
			_, list := r.FormValue("data_list")
			_, one := r.FormValue("data")
			return !list && !one
		},
	}
}

// pairing returns the code of the QR picture and the distinct_id of the app.
func pairing(r *wire.Request) (code, id string) {
	code, _ = wire.QueryValue(r.Query, "info_id")
	tape, err := r.Unwrap(wire.Records)
	if err != nil {
		return code, ""
	}
	return code, wire.Member(tape, 0, "distinct_id")
}

// key returns the write key: the query's token or project, or those of the first record.
func key(r *wire.Request) string {
	for _, name := range []string{"token", "project"} {
		if key, _ := wire.QueryValue(r.Query, name); key != "" {
			return key
		}
	}
	tape, err := r.Unwrap(wire.Records)
	if err != nil {
		return ""
	}
	return wire.Member(tape, first(tape), "token", "project")
}

// dryRun reports whether events are to be judged only. SDKs say so with Dry-Run: true. The one for browsers sends there
// whether it wants the events kept, which is the contrary.
func dryRun(r *wire.Request) bool {
	said := strings.TrimSpace(r.Header.Get("Dry-Run"))
	if isBrowser(r) {
		return strings.EqualFold(said, "false")
	}
	return strings.EqualFold(said, "true") || said == "1"
}

// isBrowser reports whether the debug mode of the browser SDK sent this: that is the only one that uses GET.
func isBrowser(r *wire.Request) bool {
	return r.Method == http.MethodGet &&
		(r.Header.Get("Origin") != "" || strings.HasPrefix(r.Header.Get("User-Agent"), "Mozilla/"))
}
