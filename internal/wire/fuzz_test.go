package wire_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/wire"
)

// FuzzPost puts bodies through everything that a posted payload goes through: nothing panics, and every event is as it should
// be.
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
	f.Add("/v1/batch", []byte(`{"batch":[{},{"n":`+strings.Repeat("1", 65)+`},{"d":`+strings.Repeat("[", 65)+strings.Repeat("]", 65)+`}]}`))
	f.Add("/v1/b", zipped(`{"batch":[{}]}`))
	f.Add("/v1/b", zipped(string(zipped(`{"batch":[{}]}`))))
	for _, body := range formSeeds() {
		f.Add("/sa", []byte(body))
		f.Add("/debug", []byte(body))
	}
	for _, body := range numberSignSeeds() {
		f.Add("/sync", []byte(body))
		f.Add("/data_debug", []byte(body))
	}
	for path, bodies := range productSeeds() {
		for _, body := range bodies {
			f.Add(path, []byte(body))
		}
	}
	f.Add("/v1/events", []byte(`{"events":[{"event":"a","type":7,"time":1,"id":[],"app":7,"os":null,"device":{"model":{}},"x":1},7,{"type":"page"}],"writeKey":[]}`))
	f.Add("/v1/events", []byte("[{\"event\":\"\xed\xa0\xbc\xed\xbd\x8e\"},NaN,{\"event\":NaN}]"))
	router := newRouter(f)
	f.Fuzz(func(t *testing.T, path string, body []byte) {
		if _, ok := router.Match(http.MethodPost, path); !ok || strings.ContainsAny(path, "?#% ") {
			path = "/v1/batch"
		}
		if match, _ := router.Match(http.MethodPost, path); len(match.Routes) == 0 {
			path = "/v1/batch"
		}
		got := serve(t, router, recording{method: http.MethodPost, target: path, header: http.Header{}, body: string(body)})
		require.LessOrEqual(t, len(got.Events), wire.MaxEvents)
		if got.Err == "" && !answersAlike(got) {
			require.Equal(t, 2, got.Answer.Status/100)
		}
	})
}

// FuzzGet does the same with what pixels and configuration requests carry in their URL.
func FuzzGet(f *testing.F) {
	for _, target := range []string{
		"/v1/pixel/track?data=eyJ3cml0ZUtleSI6ImsiLCJldmVudCI6ImEifQ", "/v1/pixel/page?writeKey=k&properties.a.b=1&properties.a=2",
		"/pixel/v1/track?event=a&anonymousId=%22x%22", "/v1/projects/k/settings", "/projects/%22/settings/", "/sourceConfig/?writeKey=k", "/cluster-info",
		"/sa.gif?token=k&data=eyJ0eXBlIjoidHJhY2siLCJldmVudCI6ImUifQ%3D%3D&ext=crc%3D1", "/debug?data=%7B%22event%22%3A7%7D", "/config/iOS.conf?v=1",
		"/sync_js?&data=eyJkYXRhIjpbeyIjdHlwZSI6InRyYWNrIn1dfQ%3D%3D&version=2", "/data_debug?data=%7B%22%23type%22%3A7%7D&dryRun=1",
		"/e/?data=eyJldmVudCI6ImUifQ&_=1", "/batch?data=%257B%257D&compression=lz64", "/track/?data=eyJldmVudCI6ImUifQ&img=1", "/engage?verbose=1&data=%7B%7D", "/array/k/config", "/array/k/config.js", "/api/surveys/?token=k",
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
		if got.Err == "" && !answersAlike(got) {
			require.Equal(t, 2, got.Answer.Status/100)
		}
	})
}

// answersAlike reports whether a format's status does not say whether a payload was taken, because its SDKs do not look at
// it, or do the wrong thing.
func answersAlike(got served) bool {
	format, _, _ := strings.Cut(got.Route, " ")
	return format == "sensors" || format == "thinkingdata" || strings.HasSuffix(got.Route, "/config.js")
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
			require.NoError(t, r.ReadBody(strings.NewReader(rec.body), -1, wire.DefaultLimits(), nil))
			match, _ := router.Match(rec.method, path)
			route := match.Pick(&r)
			if route.Task != wire.Collect {
				continue
			}
			require.NoError(t, route.Decode(&r, &d))
			require.Len(t, d.Events, len(want.Events))
			for i, ev := range d.Events {
				ev.Properties = nil
				require.Equal(t, want.Events[i].Captured, ev)
			}
		}
	}
}

// TestHostilePayloadsAreBounded holds the memory of the worst payloads that the limits let through.
func TestHostilePayloadsAreBounded(t *testing.T) {
	router := newRouter(t)
	for name, text := range map[string]string{
		"empty messages":  `{"batch":[` + strings.Repeat(`{},`, 1<<20) + `{}]}`,
		"no messages":     `{"batch":[` + strings.Repeat(`"",`, wire.MaxEvents-1) + `""]}`,
		"numbers":         `{"batch":[{"properties":[` + strings.Repeat(`1,`, 5<<20) + `1]}]}`,
		"escapes":         `{"batch":[{"event":"` + strings.Repeat(`\u4e2d`, 3<<20) + `"}]}`,
		"not UTF-8":       `{"batch":[{"event":"` + strings.Repeat("\xff", 19<<20) + `"}]}`,
		"some not UTF-8":  `{"batch":[{"event":"` + strings.Repeat("\xff"+strings.Repeat("a", 300), 60_000) + `"}]}`,
		"large":           `{"batch":[{"event":"` + strings.Repeat("a", 19<<20) + `"}]}`,
		"deep":            `{"batch":[` + strings.Repeat("[", 9<<20) + strings.Repeat("]", 9<<20) + `]}`,
		"often deep":      `{"batch":[` + strings.Repeat("[", 70) + strings.Repeat("[],", 6<<20) + "[]" + strings.Repeat("]", 70) + `]}`,
		"at the depth":    `{"batch":[` + strings.Repeat("[", 62) + strings.Repeat("[],", 6<<20) + "[]" + strings.Repeat("]", 62) + `]}`,
		"long numbers":    `{"batch":[` + strings.Repeat(strings.Repeat("1", 65)+",", 200_000) + `1]}`,
		"zeros":           `{"batch":[` + strings.Repeat("1", 65) + "," + strings.Repeat("0", 19<<20) + `]}`,
		"duplicate names": `{"batch":[{` + strings.Repeat(`"userId":1,`, 80_000) + `"userId":1}]}`,
	} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		var r wire.Request
		r.Method, r.Path = http.MethodPost, "/v1/batch"
		var d wire.Decoded
		packed := zipped(text)
		if err := r.ReadBody(bytes.NewReader(packed), -1, wire.Limits{Sent: 5 << 20, Unpacked: 20 << 20, Ratio: 1e6, Large: 1 << 20}, nil); err != nil {
			requireKind(t, err, wire.TooLarge)
			continue
		}
		match, _ := router.Match(r.Method, r.Path)
		err := match.Pick(&r).Decode(&r, &d)
		runtime.GC()
		runtime.ReadMemStats(&after)
		t.Logf("%s: %d MB live, %v", name, (after.HeapAlloc-before.HeapAlloc)>>20, err)
		require.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(128<<20), name)
		runtime.KeepAlive(&r)
		runtime.KeepAlive(&d)
	}
}
