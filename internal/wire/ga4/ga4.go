// Package ga4 is the wire format of Google Analytics 4's Measurement Protocol, and of its validation server.
//
// Sources: Google's public reference of the Measurement Protocol and of validating events; a request recorded from a
// sender built after it (testdata of package wire). What gtag.js and Firebase's SDKs send is another protocol.
//
// Everything here is pure and safe for concurrent use.
package ga4

import (
	"net/http"

	"github.com/waymarkhq/waymark/internal/wire"
)

// Name is the name of the format.
const Name = "ga4"

// Format returns the format.
func Format() wire.Format {
	return wire.Format{Name: Name, Routes: []wire.Route{
		{
			Method: http.MethodPost, Path: "/mp/collect", Task: wire.Collect, Deaf: true, WriteKey: key, Decode: decode, Answer: answer,
		},
		{
			Method: http.MethodPost, Path: "/debug/mp/collect", Task: wire.Collect, WriteKey: key, Decode: decode, Answer: validate,
			DryRun: func(*wire.Request) bool { return true },
		},
	}}
}

// key returns the write key: the API secret, else the stream's id.
func key(r *wire.Request) string {
	for _, name := range []string{"api_secret", "measurement_id", "firebase_app_id"} {
		if key, _ := wire.QueryValue(r.Query, name); key != "" {
			return key
		}
	}
	return ""
}

// answer is always the same: the protocol has no errors, and nobody who speaks it looks for one.
func answer(_ *wire.Request, o wire.Outcome) wire.Answer {
	return wire.Answer{Status: http.StatusNoContent}.Because(o)
}
