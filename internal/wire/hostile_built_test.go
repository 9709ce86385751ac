package wire_test

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/wire"
)

// TestHostileBuiltPayloadsAreBounded holds the memory of the worst payloads of formats that make their text anew.
func TestHostileBuiltPayloadsAreBounded(t *testing.T) {
	router := newRouter(t)
	inner := base64.StdEncoding.EncodeToString([]byte("[" + strings.Repeat("1,", 200_000) + "1]"))
	resource := `{"key":"k","value":{"stringValue":"` + strings.Repeat("a", 1<<20) + `"}}`
	for name, c := range map[string]struct{ target, body string }{
		"many values inside":  {"/a/tp2", `{"data":[` + strings.Repeat(`{"e":"ue","ue_px":"`+inner+`"},`, 35) + `{}]}`},
		"large inside":        {"/a/tp2", `{"data":[{"e":"ue","ue_pr":"` + strings.Repeat("[", 19<<20) + `"}]}`},
		"deep inside":         {"/a/tp2", `{"data":[` + strings.Repeat(`{"e":"ue","ue_pr":"`+strings.Repeat("[", 70)+strings.Repeat("]", 70)+`"},`, 40_000) + `{}]}`},
		"empty records":       {"/a/tp2", `{"data":[` + strings.Repeat(`{},`, 200_000) + `{}]}`},
		"not UTF-8 inside":    {"/a/tp2", `{"data":[{"e":"ue","ue_px":"` + base64.StdEncoding.EncodeToString([]byte(`{"a":"`+strings.Repeat("\xff", 10<<20)+`"}`)) + `"}]}`},
		"one resource of all": {"/v1/logs", `{"resourceLogs":[{"resource":{"attributes":[` + resource + `]},"scopeLogs":[{"logRecords":[` + strings.Repeat(`{"eventName":"e"},`, 9999) + `{}]}]}]}`},
		"escapes in a query":  {"/matomo.php", `{"requests":["a=` + strings.Repeat("%01", 6<<20) + `"]}`},
		"many parameters":     {"/matomo.php", `{"requests":["` + strings.Repeat("a&", 9<<20) + `"]}`},
		"many variables":      {"/matomo.php", `{"requests":[` + strings.Repeat(`"cvar={`+strings.Repeat(`%221%22:[%22a%22,1],`, 900)+`%222%22:[]}",`, 900) + `""]}`},
		"user properties":     {"/mp/collect", `{"user_properties":{` + strings.Repeat(`"a":{"value":1},`, 80_000) + `"a":1},"events":[]}`},
	} {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		var r wire.Request
		r.Method, r.Path, r.Header = http.MethodPost, c.target, http.Header{}
		var d wire.Decoded
		if err := r.ReadBody(bytes.NewReader(zipped(c.body)), -1, wire.Limits{Sent: 5 << 20, Unpacked: 20 << 20, Ratio: 1e6, Large: 1 << 20}, nil); err != nil {
			requireKind(t, err, wire.TooLarge)
			continue
		}
		match, _ := router.Match(r.Method, r.Path)
		err := match.Pick(&r).Decode(&r, &d)
		runtime.GC()
		runtime.ReadMemStats(&after)
		t.Logf("%s: %d MB live, %d events, %d rejected, %v", name, (after.HeapAlloc-before.HeapAlloc)>>20, len(d.Events), len(d.Rejected), err)
		require.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(128<<20), name)
		runtime.KeepAlive(&r)
		runtime.KeepAlive(&d)
	}
}
