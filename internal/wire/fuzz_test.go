package wire_test

import (
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/wire"
)

// FuzzPost puts bodies through everything that a posted payload goes through: nothing panics, every event is as it should
// be, and the memory is a small multiple of the body's.
func FuzzPost(f *testing.F) {
	files, err := filepath.Glob("testdata/recordings/*.txt")
	require.NoError(f, err)
	for _, file := range files {
		data, err := os.ReadFile(file)
		require.NoError(f, err)
		if _, body, ok := strings.Cut(string(data), "\n\n"); ok {
			body, _, _ = strings.Cut(body, "\n=== decoded")
			f.Add("/v1/batch", []byte(body))
		}
	}
	f.Add("/v1/t", []byte(`{"event":7,"userId":[],"timestamp":1767323045,"context":{"app":7,"device":{"id":[]}},"properties":"x"}`))
	f.Add("/beacon/v1/batch", []byte("{\"batch\":[{\"event\":\"\xed\xa0\xbc\xed\xbd\x8e\"},NaN,\"x\"],\"sentAt\":NaN}"))
	f.Add("/v1/b", zipped(`{"batch":[{}]}`))
	f.Add("/v1/b", zipped(string(zipped(`{"batch":[{}]}`))))
	router := newRouter(f)
	f.Fuzz(func(t *testing.T, path string, body []byte) {
		if _, ok := router.Match(http.MethodPost, path); !ok || strings.ContainsAny(path, "?#% ") {
			path = "/v1/batch"
		}
		if match, _ := router.Match(http.MethodPost, path); len(match.Routes) == 0 {
			path = "/v1/batch"
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		got := serve(t, router, recording{method: http.MethodPost, target: path, header: http.Header{}, body: string(body)})
		runtime.ReadMemStats(&after)
		if unpacked := len(body); !strings.HasPrefix(string(body), "\x1f\x8b") {
			require.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(2000*unpacked+1<<20))
		}
		require.Equal(t, got.Err == "", got.Answer.Status == http.StatusOK)
	})
}

// FuzzGet does the same with what pixels and configuration requests carry in their URL.
func FuzzGet(f *testing.F) {
	for _, target := range []string{
		"/v1/pixel/track?data=eyJ3cml0ZUtleSI6ImsiLCJldmVudCI6ImEifQ", "/v1/pixel/page?writeKey=k&properties.a.b=1&properties.a=2",
		"/pixel/v1/track?event=a&anonymousId=%22x%22", "/v1/projects/k/settings", "/projects/%22/settings/", "/sourceConfig/?writeKey=k", "/cluster-info",
	} {
		f.Add(target)
	}
	router := newRouter(f)
	f.Fuzz(func(t *testing.T, target string) {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://localhost"+target, nil)
		if err != nil || !strings.HasPrefix(target, "/") {
			return
		}
		if match, ok := router.Match(http.MethodGet, r.URL.Path); !ok || len(match.Routes) == 0 {
			return
		}
		got := serve(t, router, recording{method: http.MethodGet, target: r.URL.RequestURI(), header: http.Header{}})
		require.Equal(t, http.StatusOK, got.Answer.Status)
	})
}

// TestPayloadsUseEachOthersMemory decodes different payloads with one Request and one Decoded, as a server does.
func TestPayloadsUseEachOthersMemory(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/recordings/*.txt")
	require.NoError(t, err)
	router := newRouter(t)
	var r wire.Request
	var d wire.Decoded
	for range 2 {
		for _, file := range files {
			rec := readRecording(t, file)
			if rec.method != http.MethodPost {
				continue
			}
			want := serve(t, router, rec)
			r.Reset()
			d.Reset()
			path, query, _ := strings.Cut(rec.target, "?")
			r.Method, r.Path, r.Query, r.Header, r.RemoteIP, r.ReceivedAt = rec.method, path, query, rec.header, "203.0.113.7", receivedAt
			require.NoError(t, r.ReadBody(strings.NewReader(rec.body), -1, wire.DefaultLimits()))
			match, _ := router.Match(rec.method, path)
			require.NoError(t, match.Pick(&r).Decode(&r, &d))
			require.Len(t, d.Events, len(want.Events))
			for i, ev := range d.Events {
				ev.Properties = nil
				require.Equal(t, want.Events[i].Captured, ev)
			}
		}
	}
}
