package wire_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestWhatChangesAPartOfAProfile: required properties are asked of what sets a profile, not of increments and the like.
func TestWhatChangesAPartOfAProfile(t *testing.T) {
	t.Parallel()
	router := newRouter(t)
	sensors := func(op string) string {
		return `{"type":"` + op + `","distinct_id":"u","item_type":"a","item_id":"b","time":1764000000000,"properties":{"n":1}}`
	}
	thinking := func(op string) string {
		return `[{"#type":"` + op + `","#account_id":"u","#time":"2026-11-23 08:00:00.000","properties":{"n":1}}]`
	}
	for _, test := range []struct {
		path, body string
		partial    []bool
	}{
		{"/sa", sensors("profile_set"), []bool{false}},
		{"/sa", sensors("profile_set_once"), []bool{true}},
		{"/sa", sensors("profile_increment"), []bool{true}},
		{"/sa", sensors("profile_append"), []bool{true}},
		{"/sa", sensors("profile_unset"), []bool{true}},
		{"/sa", sensors("profile_delete"), []bool{true}},
		{"/sa", sensors("item_set"), []bool{false}},
		{"/sa", sensors("item_delete"), []bool{true}},
		{"/sa", sensors("track"), []bool{false}},
		{"/sync_server", thinking("user_set"), []bool{false}},
		{"/sync_server", thinking("user_setOnce"), []bool{true}},
		{"/sync_server", thinking("user_add"), []bool{true}},
		{"/sync_server", thinking("user_unset"), []bool{true}},
		{"/sync_server", thinking("track"), []bool{false}},
		{"/engage", `[{"$token":"k","$distinct_id":"u","$set":{"a":1},"$set_once":{"b":1},"$add":{"c":1},"$union":{"d":[1]}}]`, []bool{false, true, true, true}},
		{"/batch", `{"api_key":"k","batch":[{"event":"$identify","distinct_id":"u","properties":{},"$set":{"a":1},"$set_once":{"b":1}}]}`, []bool{false, true}},
		{"/2/httpapi", `{"api_key":"k","events":[{"event_type":"$identify","user_id":"u","user_properties":{"$add":{"n":1},"$set":{"a":1}}}]}`, []bool{true, false}},
		{"/2/httpapi", `{"api_key":"k","events":[{"event_type":"$identify","user_id":"u","user_properties":{"a":1}}]}`, []bool{false}},
		{"/v1/identify", `{"writeKey":"k","userId":"u","traits":{"a":1}}`, []bool{false}},
	} {
		got := serve(t, router, recording{method: http.MethodPost, target: test.path + "?project=k", header: http.Header{}, body: test.body})
		var partial []bool
		for _, e := range got.Events {
			partial = append(partial, e.Partial)
		}
		require.Equal(t, test.partial, partial, test.body)
	}
}
