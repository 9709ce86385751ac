package collect

import (
	"strings"
	"time"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
	"github.com/waymarkhq/waymark/internal/preset"
	"github.com/waymarkhq/waymark/internal/sighting"
	"github.com/waymarkhq/waymark/internal/store"
)

const (
	// MaxProperties is how many properties that its app's plan does not know an environment can have. All others count as
	// store.OtherLabel, without their values.
	MaxProperties = 2000
	// MaxMembers is how many properties of one event are looked at; the others count as store.OtherLabel.
	MaxMembers = 200
)

// figures add up what was seen of properties since they were last brought into the database. They follow from the same
// events as the counters, but go less often: most of their cost is per figure and transaction, not per event.
type figures struct {
	// planned tells the properties of an environment's app by name, and whether their values are nobody's business; nil
	// knows none.
	planned func(environmentID string) map[string]bool
	labels  *labels
	fresh   []store.Label
	events  map[store.SightingKey]*sighted
	cells   int // how many figures there are
	tape    capture.Tape
	turn    int64 // counts events, so that a property that stands twice in one counts once
}

// sighted is what was seen of one event, terminal and version.
type sighted struct {
	seen  store.PropertySeen
	hours []*hour
	cells []*cell // in the order in which they came
	named map[string]*cell
}

// hour is what was seen in one hour.
type hour struct {
	at     int64
	events int64
	counts []sighting.Counts // in the order of the cells; later cells may be missing
}

// cell is one property of a sighted event.
type cell struct {
	name   string
	secret bool
	turn   int64
	at     int // its place among the cells
	seen   store.PropertySeen
}

func newFigures(known *labels, planned func(string) map[string]bool) *figures {
	return &figures{planned: planned, labels: known, events: map[store.SightingKey]*sighted{}}
}

// event counts an event.
func (f *figures) event(c *capture.Captured) {
	key := store.SightingKey{
		EnvironmentID: c.EnvironmentID, EventID: c.EventID, Name: c.Name, Terminal: c.TerminalKey,
		AppVersion: f.admit(c.EnvironmentID, store.LabelVersion, c.App.Version),
	}
	if c.EventID == "" {
		key.Name = f.admit(c.EnvironmentID, store.LabelName, c.Name)
	}
	e := f.events[key]
	if e == nil {
		e = &sighted{named: map[string]*cell{}}
		f.events[owned(key)] = e
		f.cells++
	}
	unplanned := c.Verdict == capture.Unplanned
	note(&e.seen, c, unplanned)
	h := e.hour(c.ReceivedAt)
	h.events++
	f.turn++
	tape, err := capture.Parse(f.tape[:0], c.PropertiesJSON())
	if f.tape = tape[:0]; err != nil || len(tape) == 0 || tape[0].Kind != capture.ObjectKind {
		return // it has none
	}
	next, members := 0, tape[1:]
	for i, n := range capture.Object(members).Members {
		at := f.cell(c, e, n.Name, next)
		if next++; at.turn == f.turn {
			continue
		}
		at.turn = f.turn
		note(&at.seen, c, unplannedProperty(c, n.Name))
		value := members[i : i+1+int(n.Size)]
		masked := unmask(value, c)
		if masked {
			at.seen.Values.Masked++
		}
		h.count(at, at.seen.Values.Note(value, at.secret || masked))
	}
}

// cell returns where a property counts. Events of a name mostly have the same properties in the same order.
func (f *figures) cell(c *capture.Captured, e *sighted, name string, next int) *cell {
	if next < len(e.cells) && e.cells[next].name == name {
		return e.cells[next]
	}
	if known := e.named[name]; known != nil {
		return known
	}
	label, secret := store.OtherLabel, true
	if next < MaxMembers {
		label, secret = f.label(c, name)
	}
	if known := e.named[label]; known != nil {
		return known
	}
	label = strings.Clone(label)
	made := &cell{name: label, secret: secret, at: len(e.cells)}
	e.named[label] = made
	e.cells = append(e.cells, made)
	f.cells++
	return made
}

// label returns what a property counts as, and whether its values are kept to oneself. The senders of other names cannot
// push a planned property aside.
func (f *figures) label(c *capture.Captured, name string) (label string, secret bool) {
	if f.planned != nil {
		if secret, ok := f.planned(c.EnvironmentID)[name]; ok {
			return name, secret
		}
	}
	if name == "" {
		return store.OtherLabel, true // the empty name is the event itself
	}
	label = f.admit(c.EnvironmentID, store.LabelProperty, name)
	return label, label == store.OtherLabel
}

// admit returns what a text counts as. Names and versions were admitted before, when they were counted.
func (f *figures) admit(environmentID string, kind store.LabelKind, value string) string {
	label, fresh := f.labels.admit(environmentID, kind, value)
	if fresh {
		f.fresh = append(f.fresh, store.Label{EnvironmentID: strings.Clone(environmentID), Kind: kind, Value: label})
	}
	return label
}

func (e *sighted) hour(received time.Time) *hour {
	at := received.Unix() / 3600
	for _, h := range e.hours {
		if h.at == at {
			return h
		}
	}
	h := &hour{at: at}
	e.hours = append(e.hours, h)
	return h
}

func (h *hour) count(c *cell, shape sighting.Shape) {
	for len(h.counts) <= c.at {
		h.counts = append(h.counts, sighting.Counts{})
	}
	h.counts[c.at][shape]++
}

func note(p *store.PropertySeen, c *capture.Captured, unplanned bool) {
	at := c.ReceivedAt
	if p.Count == 0 || at.Before(p.First) {
		p.First = at
	}
	if at.After(p.Last) {
		p.Last = at
	}
	p.Count++
	switch {
	case unplanned:
		p.Unplanned++
		p.LastSeq = c.Seq
		if at.After(p.LastUnplanned) {
			p.LastUnplanned = at
		}
	case p.Unplanned == 0:
		p.LastSeq = c.Seq
	}
}

// unplannedProperty says whether neither the plan nor the SDK accounts for a property of an event.
func unplannedProperty(c *capture.Captured, name string) bool {
	if c.EventID == "" {
		return c.Verdict == capture.Unplanned && !preset.Of(c.Format).IsProperty(c.Type, name)
	}
	for i := range c.Violations {
		if v := &c.Violations[i]; v.Code == check.ExtraProperty && v.Property == name {
			return true
		}
	}
	return false
}

// owned is a key that holds no view of anything else's memory.
func owned(k store.SightingKey) store.SightingKey {
	return store.SightingKey{
		EnvironmentID: strings.Clone(k.EnvironmentID), EventID: strings.Clone(k.EventID), Name: strings.Clone(k.Name),
		Terminal: strings.Clone(k.Terminal), AppVersion: strings.Clone(k.AppVersion),
	}
}

// into writes all that was added up into a batch.
func (f *figures) into(b *store.CaptureBatch) {
	b.Properties = make(map[store.PropertyKey]*store.PropertySeen, f.cells)
	b.Labels = f.fresh
	b.Fills = make(map[store.FillKey]*store.Fill, len(f.events))
	for key, e := range f.events {
		b.Properties[store.PropertyKey{SightingKey: key}] = &e.seen
		for _, c := range e.cells {
			b.Properties[store.PropertyKey{SightingKey: key, Property: c.name}] = &c.seen
		}
		for _, h := range e.hours {
			fill := &store.Fill{Events: h.events, Properties: make(sighting.Fill, len(h.counts))}
			for i := range h.counts {
				if h.counts[i].Seen() > 0 {
					fill.Properties[e.cells[i].name] = &h.counts[i]
				}
			}
			b.Fills[store.FillKey{SightingKey: key, At: h.at, Hours: 1}] = fill
		}
	}
}
