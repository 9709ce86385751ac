package collect_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/bus"
	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
	"github.com/waymarkhq/waymark/internal/collect"
	"github.com/waymarkhq/waymark/internal/masking"
	"github.com/waymarkhq/waymark/internal/sighting"
	"github.com/waymarkhq/waymark/internal/store"
)

// figure is what was seen of a property, in a form that can be compared.
type figure struct {
	Count, Unplanned, Empty    int64
	First, Last, LastUnplanned time.Time
	LastSeq                    int64
	Least, Most                string
	Values                     string
}

// carrying is an event with properties, a JSON object.
func carrying(e capture.Captured, properties string) capture.Captured {
	e.Raw = `{"properties":` + properties + `}`
	at := strings.Index(e.Raw, properties)
	e.PropertiesAt = capture.Span{Start: uint32(at), End: uint32(at + len(properties))}
	return e
}

// drawProperties draws an object of which naive readers and ours say the same.
func drawProperties(t *rapid.T) string {
	values := []string{`null`, `""`, `"undefined"`, `"a"`, `"支付"`, `1`, `-3`, `2.50`, `"7"`, `true`, `"true"`, `[]`, `{"a":1}`, `"2026-11-23"`}
	var members []string
	for _, name := range []string{"price", "支付", "debug", capture.RunProperty} {
		if rapid.Bool().Draw(t, "carries") {
			members = append(members, strconv.Quote(name)+":"+rapid.SampledFrom(values).Draw(t, "value"))
		}
	}
	return "{" + strings.Join(members, ",") + "}"
}

// figures reads what the database says of an environment's properties.
func (d *database) figures(tb require.TestingT, environment string, c *count) {
	seen, err := d.Sightings(context.Background(), store.SightingQuery{EnvironmentIDs: []string{environment}})
	require.NoError(tb, err)
	for _, s := range seen {
		v := &s.Seen.Values
		f := figure{
			Count: s.Seen.Count, Unplanned: s.Seen.Unplanned, Empty: v.Empty(), First: s.Seen.First, Last: s.Seen.Last,
			LastUnplanned: s.Seen.LastUnplanned, LastSeq: s.Seen.LastSeq, Least: v.Least.Text, Most: v.Most.Text,
		}
		if s.Key.Property != "" {
			require.Equal(tb, f.Count, v.Seen())
		}
		var values []string
		for _, v := range v.Top.Values() {
			require.Zero(tb, v.Error)
			text := v.Text
			if v.Shape >= sighting.Text {
				text = `"` + text + `"`
			}
			values = append(values, fmt.Sprintf("%s×%d", text, v.Count))
		}
		slices.Sort(values)
		f.Values = strings.Join(values, " ")
		c.Figures[s.Key] = f
	}
	fills, err := d.Fills(context.Background(), store.FillQuery{EnvironmentIDs: []string{environment}, Until: time.Unix(1e10, 0)})
	require.NoError(tb, err)
	for _, f := range fills {
		c.Fills[f.Key] = map[string][2]int64{"": {f.Fill.Events, 0}}
		for name, n := range f.Fill.Properties {
			c.Fills[f.Key][name] = [2]int64{n.Seen(), n.Empty()}
		}
	}
}

// figure counts an event's properties in the simplest way.
func (c *count) figure(e capture.Captured) {
	key := store.SightingKey{
		EnvironmentID: e.EnvironmentID, EventID: e.EventID, Name: e.Name, Terminal: e.TerminalKey, AppVersion: e.App.Version,
	}
	hour := store.FillKey{SightingKey: key, At: e.ReceivedAt.Unix() / 3600, Hours: 1}
	if c.Fills[hour] == nil {
		c.Fills[hour] = map[string][2]int64{}
	}
	unplanned := e.Verdict == capture.Unplanned
	c.see(store.PropertyKey{SightingKey: key}, hour, e, unplanned, "")
	members := map[string]json.RawMessage{}
	_ = json.Unmarshal([]byte(e.PropertiesJSON()), &members)
	for name, value := range members {
		extra := slices.ContainsFunc(e.Violations, func(v capture.Violation) bool { return v.Code == check.ExtraProperty && v.Property == name })
		nobodys := unplanned && name != capture.RunProperty // which is the SDK's
		c.see(store.PropertyKey{SightingKey: key, Property: name}, hour, e, e.EventID == "" && nobodys || e.EventID != "" && extra, string(value))
		c.Labels = append(c.Labels, "property "+name)
	}
}

func (c *count) see(key store.PropertyKey, hour store.FillKey, e capture.Captured, unplanned bool, value string) {
	f := c.Figures[key]
	if f.Count++; f.First.IsZero() || e.ReceivedAt.Before(f.First) {
		f.First = e.ReceivedAt
	}
	if e.ReceivedAt.After(f.Last) {
		f.Last = e.ReceivedAt
	}
	if unplanned {
		f.LastUnplanned = f.Last
	}
	if unplanned || f.Unplanned == 0 {
		f.LastSeq = e.Seq
	}
	if unplanned {
		f.Unplanned++
	}
	n := c.Fills[hour][key.Property]
	n[0]++
	text, _ := strings.CutPrefix(value, `"`)
	text, _ = strings.CutSuffix(text, `"`)
	switch {
	case value == "null" || value != "" && text == "" || text == "undefined":
		f.Empty++
		n[1]++
	case value == "" || value[0] == '[' || value[0] == '{':
	default:
		f.Values = counting(f.Values, value)
		f.Least, f.Most = bounds(f.Least, f.Most, text)
	}
	c.Fills[hour][key.Property] = n
	c.Figures[key] = f
}

func bounds(least, most, text string) (string, string) {
	number, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return least, most
	}
	if l, err := strconv.ParseFloat(least, 64); err != nil || number < l {
		least = text
	}
	if m, err := strconv.ParseFloat(most, 64); err != nil || number > m {
		most = text
	}
	return least, most
}

// counting adds one to a value's count.
func counting(values, text string) string {
	list := strings.Fields(values)
	for i, v := range list {
		if of, n, _ := strings.Cut(v, "×"); of == text {
			count, _ := strconv.Atoi(n)
			list[i] = fmt.Sprintf("%s×%d", text, count+1)
			return strings.Join(list, " ")
		}
	}
	list = append(list, text+"×1")
	slices.Sort(list)
	return strings.Join(list, " ")
}

func TestHostilePropertiesCannotGrowTheTables(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, db *database) {
		s := openStream(t, bus.Options{})
		for i := range 30 {
			var members []string
			for j := range 250 {
				members = append(members, fmt.Sprintf("%q:%d", fmt.Sprint("p", (i*250+j)%5000), j))
			}
			s.put(t, carrying(s.event("env_1", "", "hostile"), "{"+strings.Join(members, ",")+"}"))
		}
		nasty := `{"":1,"nul \u0000":"\u0000","` + strings.Repeat("支", 5000) + `":1,"(other)":1,"a":1,"a":2}`
		s.put(t, carrying(s.event("env_1", "", "hostile"), nasty), carrying(s.event("env_1", "", "hostile"), "not JSON"))
		work(t, s, db, window, 1, hurry)

		c := db.counted(t, "env_1")
		own := 0
		for k, f := range c.Figures {
			if k.Property == store.OtherLabel {
				require.Empty(t, f.Values, "values of different properties mean nothing")
			} else {
				own++
			}
		}
		require.Equal(t, collect.MaxProperties+1, own, "those, and the event itself")
		key := store.PropertyKey{SightingKey: store.SightingKey{EnvironmentID: "env_1", Name: "hostile", Terminal: "ios", AppVersion: "8.6.1"}}
		require.EqualValues(t, 32, c.Figures[key].Count)
		require.Zero(t, position(t, db).Lost)
	})
}

func TestWhatIsNobodysBusinessIsNotKept(t *testing.T) {
	t.Parallel()
	databases(t, func(t *testing.T, db *database) {
		s := openStream(t, bus.Options{})
		secret := map[string]bool{"phone": false, "price": false}
		run := func() {
			workAs(t, s, db, window, 1, hurry, func(o *collect.WriterOptions) {
				o.Planned = func(string) map[string]bool { return secret }
			})
		}
		s.put(t, carrying(s.event("env_1", "", "call"), `{"phone":"13800000000","price":5}`))
		run()
		values := func() (out []string) {
			for k, f := range db.counted(t, "env_1").Figures {
				out = append(out, strings.TrimSpace(k.Property+" "+f.Values+" "+f.Least+" "+f.Most))
			}
			slices.Sort(out)
			return out
		}
		require.Equal(t, []string{"", `phone "13800000000"×1 13800000000 13800000000`, "price 5×1 5 5"}, values())
		require.Empty(t, db.counted(t, "env_1").Labels[2:], "what is planned needs no label: only name and version have one")

		secret = map[string]bool{"phone": true, "price": false}
		_, err := db.SweepCapture(t.Context(), store.SweepPolicy{
			Now: noon, Environments: map[string]store.Retention{"env_1": {MaxSamples: 10}}, Secret: map[string][]string{"env_1": {"phone"}},
		})
		require.NoError(t, err)
		s.put(t, carrying(s.event("env_1", "", "call"), `{"phone":"13811111111","price":6}`))
		run()
		require.Equal(t, []string{"", "phone", "price 5×1 6×1 5 6"}, values())
	})
}

// TestMaskedValuesAreNotCounted: of what was masked on the way in only the kind counts that it had as it was sent, whether its
// property is known to be sensitive or it only looks personal.
func TestMaskedValuesAreNotCounted(t *testing.T) {
	t.Parallel()
	s, db := openStream(t, bus.Options{}), onSQLite(t)
	for _, keep := range []bool{false, true} {
		e := carrying(s.event("env_1", "", "call"), `{"name":"王小明","age":41,"height":1.75,"vip":true,"none":"undefined","scores":[12,13],
			"mobile":13800138000,"contact":"13800138000","note":"ring 13800138000 now","price":5}`)
		tape, err := capture.Parse(nil, e.PropertiesJSON())
		require.NoError(t, err)
		e.Properties = capture.Object(tape[1:])
		masking.New(masking.Patterns(), []string{"name", "age", "height", "vip", "none", "scores"}).Event(&e, keep)
		require.NotContains(t, e.Raw, "13800138000")
		s.put(t, e)
	}
	work(t, s, db, window, 1, hurry)
	seen, err := db.Sightings(t.Context(), store.SightingQuery{EnvironmentIDs: []string{"env_1"}})
	require.NoError(t, err)
	shapes := map[string]sighting.Shape{}
	for _, p := range seen {
		for shape, n := range p.Seen.Values.Counts {
			if n > 0 {
				require.EqualValues(t, 2, n)
				shapes[p.Key.Property] = sighting.Shape(shape)
			}
		}
		require.Equal(t, p.Key.Property == "price", p.Seen.Values.HasValues(), p.Key.Property)
		switch p.Key.Property {
		case "price", "none", "": // of which nothing is masked
			require.Zero(t, p.Seen.Values.Masked, p.Key.Property)
		default:
			require.EqualValues(t, 2, p.Seen.Values.Masked, p.Key.Property)
		}
	}
	require.Equal(t, map[string]sighting.Shape{
		"name": sighting.Text, "age": sighting.Integer, "height": sighting.Number, "vip": sighting.Boolean, "none": sighting.Blank,
		"scores": sighting.IntegerList, "mobile": sighting.Integer, "contact": sighting.Text, "note": sighting.Text, "price": sighting.Integer,
	}, shapes)
}

// BenchmarkFigures is what the figures cost an event of twelve properties, adding them to the database apart.
func BenchmarkFigures(b *testing.B) {
	events := make([]capture.Captured, 4096)
	for i := range events {
		raw := realistic(fmt.Sprint("device ", i%100))
		at := strings.Index(raw, `"properties":`) + len(`"properties":`)
		events[i] = capture.Captured{
			Event: capture.Event{
				Type: capture.Track, Name: fmt.Sprint("product_viewed_", i%eventNames), Raw: raw, ReceivedAt: noon,
				App: capture.App{Version: "8.6.1"}, PropertiesAt: capture.Span{Start: uint32(at), End: uint32(len(raw) - 1)},
			},
			EnvironmentID: "env_0190aaaabbbbccccddddeeeeffff0001", EventID: fmt.Sprint("evt_0190aaaabbbbccccddddeeeeffff00", i%eventNames),
			TerminalKey: "android", Verdict: capture.Valid,
		}
	}
	count := collect.CountFigures()
	b.ReportAllocs()
	n := 0
	cpu := cpuTime()
	for b.Loop() {
		count(&events[n%len(events)])
		n++
	}
	b.ReportMetric(float64((cpuTime()-cpu).Nanoseconds())/float64(n)/1e3, "cpu-µs/event")
}
