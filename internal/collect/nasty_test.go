package collect_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"
)

// dialect is how one SDK sends: where, a record with given properties, a payload of records, and the payload as a body.
type dialect struct {
	target string
	header []string
	record func(id, properties string) string
	list   func(records []string) string
	pack   func(payload string) string
}

func asIs(s string) string { return s }

// inForm packs a payload as the value of a form's field.
func inForm(name string) func(string) string {
	return func(s string) string {
		return name + "=" + url.QueryEscape(base64.StdEncoding.EncodeToString([]byte(s)))
	}
}

func joined(before, after string) func([]string) string {
	return func(records []string) string { return before + strings.Join(records, ",") + after }
}

// dialects are the formats whose payloads hold records with properties as JSON.
func dialects(t testing.TB) map[string]dialect {
	t.Helper()
	record := func(format string) func(string, string) string {
		return func(id, properties string) string {
			return strings.NewReplacer("ID", id, "PROPERTIES", properties).Replace(format)
		}
	}
	const nano = "1764000000000000000"
	return map[string]dialect{
		"segment": {
			target: "/v1/batch", header: []string{"Authorization", basic(testKey)}, pack: asIs, list: joined(`{"batch":[`, `]}`),
			record: record(`{"type":"track","event":"e","messageId":"ID","userId":"u","properties":PROPERTIES}`),
		},
		"segment, packed": {
			target: "/v1/batch", header: []string{"Authorization", basic(testKey)}, pack: func(s string) string { return gzipped(t, s) }, list: joined(`{"batch":[`, `]}`),
			record: record(`{"type":"track","event":"e","messageId":"ID","userId":"u","properties":PROPERTIES}`),
		},
		"rudderstack": {
			target: "/v1/batch", header: []string{"Authorization", basic(testKey)}, pack: asIs, list: joined(`{"batch":[`, `]}`),
			record: record(`{"type":"track","event":"e","messageId":"ID","userId":"u","originalTimestamp":"2026-11-23T12:00:00Z","properties":PROPERTIES}`),
		},
		"sensors": {
			target: "/sa?project=" + testKey, list: joined("[", "]"), pack: inForm("data_list"),
			record: record(`{"type":"track","event":"e","distinct_id":"ID","time":1764000000000,"properties":PROPERTIES}`),
		},
		"sensors, packed": {
			target: "/sa?project=" + testKey, list: joined("[", "]"),
			pack:   func(s string) string { return inForm("data_list")(gzipped(t, s)) + "&gzip=1" },
			record: record(`{"type":"track","event":"e","distinct_id":"ID","time":1764000000000,"properties":PROPERTIES}`),
		},
		"thinkingdata": {
			target: "/sync_server", header: []string{"Appid", testKey}, list: joined("[", "]"), pack: asIs,
			record: record(`{"#type":"track","#event_name":"e","#account_id":"u","#uuid":"ID","#time":"2026-11-23 12:00:00.000","properties":PROPERTIES}`),
		},
		"posthog": {
			target: "/batch/", list: joined(`{"api_key":"`+testKey+`","batch":[`, `]}`), pack: asIs,
			record: record(`{"event":"e","distinct_id":"u","uuid":"ID","properties":PROPERTIES}`),
		},
		"posthog v1": {
			target: "/i/v1/analytics/events", header: []string{"Authorization", "Bearer " + testKey}, list: joined(`{"batch":[`, `]}`), pack: asIs,
			record: record(`{"event":"e","distinct_id":"u","uuid":"ID","timestamp":"2026-11-23T12:00:00Z","properties":PROPERTIES}`),
		},
		"amplitude": {
			target: "/2/httpapi", list: joined(`{"api_key":"`+testKey+`","events":[`, `]}`), pack: asIs,
			record: record(`{"event_type":"e","user_id":"u","insert_id":"ID","event_properties":PROPERTIES}`),
		},
		"mixpanel": {
			target: "/import?api_key=" + testKey, header: []string{"Authorization", basic(testKey)}, list: joined("[", "]"), pack: asIs,
			record: func(id, properties string) string {
				inside, isObject := strings.CutPrefix(properties, "{")
				if !isObject {
					return `{"event":"e","properties":` + properties + `}`
				}
				return strings.TrimSuffix(`{"event":"e","properties":{"token":"`+testKey+`","$insert_id":"`+id+`","distinct_id":"u",`+inside, ",}") + `}`
			},
		},
		"cloudevents": {
			target: "/cloudevents?key=" + testKey, header: []string{"Content-Type", "application/cloudevents-batch+json"}, list: joined("[", "]"), pack: asIs,
			record: record(`{"specversion":"1.0","type":"e","source":"s","id":"ID","data":PROPERTIES}`),
		},
		"ga4": {
			target: "/mp/collect?measurement_id=G-1&api_secret=" + testKey, list: joined(`{"client_id":"c","events":[`, `]}`), pack: asIs,
			record: record(`{"name":"e","params":PROPERTIES}`),
		},
		"otlp": {
			target: "/v1/logs?key=" + testKey, header: []string{"Content-Type", "application/json", "Authorization", "Bearer " + testKey}, pack: asIs,
			list:   joined(`{"resourceLogs":[{"scopeLogs":[{"logRecords":[`, `]}]}]}`),
			record: record(`{"eventName":"e","timeUnixNano":"` + nano + `","attributes":[{"key":"ID","value":{"stringValue":"x"}},{"key":"p","value":PROPERTIES}]}`),
		},
		"waymark": {
			target: "/v1/events", header: []string{"Authorization", "Bearer " + testKey}, list: joined(`{"events":[`, `]}`), pack: asIs,
			record: record(`{"event":"e","id":"ID","userId":"u","properties":PROPERTIES}`),
		},
	}
}

// nastyProperties are what stands as the properties of a record between two good ones. Where they are JSON, or what SDKs make
// in place of it, the neighbours are taken.
func nastyProperties() map[string]string {
	var many strings.Builder
	for i := range 100_000 {
		fmt.Fprintf(&many, `"p%d":%d,`, i, i)
	}
	return map[string]string{
		"not an object": `7`, "null": `null`, "a list": `[1,[2]]`, "a text": `"{}"`, "empty names": `{"":1,"":2}`,
		"the same name": `{"a":1,"a":"x","a":[]}`, "too large a number": `{"n":1e400,"m":-1e400}`, "a long number": `{"n":` + strings.Repeat("9", 10_000) + `}`,
		"not a number": `{"a":NaN,"b":Infinity,"c":-Infinity}`, "a deep list": `{"a":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + `}`,
		"a deep object": strings.Repeat(`{"a":`, 10_000) + `1` + strings.Repeat("}", 10_000), "half a surrogate": `{"a":"x\ud83d","b":"\udc4d","c":"\udc4d\ud83d"}`,
		"zero bytes": `{"a":"\u0000","\u0000":1}`, "not UTF-8": "{\"a\":\"\xff\xfe\xc0\xaf\xed\xa0\x80\"}", "surrogates in UTF-8": "{\"a\":\"\xed\xa0\xbc\xed\xbd\x8e\"}",
		"Chinese in GBK": "{\"a\":\"\xcd\xf5\xd0\xa1\xc3\xf7\"}", "a long text": `{"a":"` + strings.Repeat("长", 100_000) + `"}`,
		"a long name": `{"` + strings.Repeat("n", 100_000) + `":1}`, "many properties": "{" + many.String() + `"z":1}`,
		"names of prototypes": `{"__proto__":{"a":1},"constructor":1,"toString":null}`, "directions": "{\"\u202e\":\"\u202e\u2066\ufeff\"}",
		"many elements": `{"a":[` + strings.Repeat("1,", 90_000) + `1]}`, "numbers of all kinds": `{"a":-0,"b":1e-400,"c":0.1E+2,"d":9007199254740993,"e":1.0}`,
		"JSON in a text": `{"a":"{\"b\":\"{\\\"c\\\":1}\"}"}`, "blanks": "{ \t\n\r\"a\" \n:\t1\r}",
	}
}

// brokenProperties break the JSON of their payload.
func brokenProperties() map[string]string {
	return map[string]string{
		"a comma too many": `{"a":1,}`, "no value": `{"a":}`, "single quotes": `{'a':1}`, "a comment": `{/*x*/"a":1}`, "a bare name": `{a:1}`,
		"no end": `{"a":[1,2`, "a line break": "{\"a\":\"x\ny\"}", "an escape": `{"a":"\x41"}`, "a leading zero": `{"a":007}`, "hexadecimal": `{"a":0x1F}`,
		"undefined": `{"a":undefined}`, "two values": `{} {}`, "half an escape": `{"a":"\u12"}`,
	}
}

// nastyBodies are what becomes of a good body.
func nastyBodies(t *testing.T, body string) map[string]string {
	t.Helper()
	inUTF16 := func(s string) string {
		var b []byte
		for _, u := range utf16.Encode([]rune("\ufeff" + s)) {
			b = append(b, byte(u), byte(u>>8))
		}
		return string(b)
	}
	zip := gzipped(t, body)
	return map[string]string{
		"nothing": "", "blanks": " \n\t ", "half of it": body[:len(body)/2], "its end is missing": body[:len(body)-1], "twice": body + body,
		"half a gzip": zip[:len(zip)/2], "a gzip without its sum": zip[:len(zip)-4], "a gzip and more": zip + "more", "a gzip of a gzip": gzipped(t, zip),
		"a bomb": bomb(t, 200), "a gzip's first bytes": "\x1f\x8b", "UTF-16": inUTF16(body), "a byte order mark": "\ufeff" + body, "zero bytes": strings.Repeat("\x00", 1000),
		"noise": strings.Repeat("\xde\xad\xbe\xef", 5000), "percent signs": url.QueryEscape(body), "percent signs twice": url.QueryEscape(url.QueryEscape(body)),
		"base64": base64.StdEncoding.EncodeToString([]byte(body)), "base64 twice": base64.StdEncoding.EncodeToString([]byte(base64.StdEncoding.EncodeToString([]byte(body)))),
		"as a form": "data=" + url.QueryEscape(body), "brackets": strings.Repeat("[", 1<<20), "too large": strings.Repeat(" ", 6<<20) + body,
		"XML": "<?xml version=\"1.0\"?><!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>",
	}
}

// TestNastyPayloads: whatever comes ends in a clear answer, costs no record beside it, and leaves no memory behind.
func TestNastyPayloads(t *testing.T) { //nolint:paralleltest // it measures the heap
	stored := &memory{}
	f := newFront(t, stored)
	post := func(d dialect, body string) (*http.Response, string) {
		answer, text := f.ask(http.MethodPost, d.target, body, d.header...)
		switch status := answer.StatusCode; {
		case status >= 200 && status < 300:
		case status == http.StatusBadRequest || status == http.StatusRequestEntityTooLarge || status == http.StatusUnauthorized:
			if len(text+answer.Header.Get("Waymark-Reason")) < 20 && status != http.StatusUnauthorized {
				t.Errorf("%s: %d %q without a reason: %.100q", d.target, status, text, body)
			}
		default:
			t.Errorf("%s: %d %s: %.100q", d.target, status, text, body)
		}
		return answer, text
	}
	all := dialects(t)
	before, sent := liveHeap(), 0
	for _, name := range slices.Sorted(maps.Keys(all)) {
		d := all[name]
		good := d.pack(d.list([]string{d.record(name+"-1", `{"a":1}`), d.record(name+"-2", `{"a":1}`)}))
		post(d, good)
		neighbours := stored.take()
		require.Len(t, neighbours, 2, name)
		require.Equal(t, "e", neighbours[0].Name, "it is read, and not only kept: %s", name)
		for what, properties := range nastyProperties() {
			answer, text := post(d, d.pack(d.list([]string{d.record(what+"-1", `{"a":1}`), d.record(what+"-2", properties), d.record(what+"-3", `{"a":1}`)})))
			sent++
			events := stored.take()
			if answer.StatusCode >= 300 || len(events) != 3 {
				t.Errorf("%s, %s: %d %.200q, %d events", name, what, answer.StatusCode, text, len(events))
			}
			if len(events) == 3 && (events[0].Name != "e" || events[2].Name != "e" && events[1].Name != "e") { // the unread ones come last
				t.Errorf("%s, %s: a neighbour was not read", name, what)
			}
			for _, e := range events {
				require.True(t, json.Valid([]byte(e.Raw)), "%s, %s", name, what)
			}
		}
		for what, properties := range brokenProperties() {
			answer, _ := post(d, d.pack(d.list([]string{d.record(what+"-1", `{"a":1}`), d.record(what+"-2", properties)})))
			if name != "sensors" && name != "sensors, packed" && name != "thinkingdata" && name != "ga4" { // they say it in another way
				if answer.StatusCode != http.StatusBadRequest {
					t.Errorf("%s, %s: %d", name, what, answer.StatusCode)
				}
			}
			if n := len(stored.take()); n > 0 {
				t.Errorf("%s, %s: %d events", name, what, n)
			}
			sent++
		}
		for _, body := range nastyBodies(t, good) {
			post(d, body)
			sent++
		}
		stored.take()
	}
	require.GreaterOrEqual(t, sent, 500)
	require.Less(t, int64(liveHeap())-int64(before), int64(48<<20), "the buffers of one request")
	require.NotEmpty(t, f.taken(t), "and all of it can be asked for")
	t.Logf("%d bodies", sent)
}

func liveHeap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
