package store

import (
	"cmp"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/internal/sighting"
)

// MaxFigures is how many figures of properties an environment has: an event's property, on a terminal, of an app version.
// What comes beyond counts as a property OtherLabel of its event, the event itself in the version OtherLabel.
const MaxFigures = 100_000

// SightingKey says what was seen, and where from.
type SightingKey struct {
	EnvironmentID string
	EventID       string // empty when no definition answers to it
	Name          string // as sent, or OtherLabel
	Terminal      string // key; empty when unknown
	AppVersion    string // as sent, or OtherLabel
}

// PropertyKey is a property of what was seen; an empty Property is the event itself.
type PropertyKey struct {
	SightingKey
	Property string
}

// PropertySeen is what was seen of a property, or of an event.
type PropertySeen struct {
	// Count is how often it came, Unplanned how often of these no plan knew it.
	Count, Unplanned           int64
	First, Last, LastUnplanned time.Time // by the server's clock; LastUnplanned zero for none
	// LastSeq is the newest captured event that carried it; where no plan knows it, the newest that no plan knew.
	LastSeq int64
	// Values are of no use for the event itself.
	Values sighting.Summary
}

// FillKey is a stretch of time in which something was seen.
type FillKey struct {
	SightingKey
	// At is the stretch's beginning (Unix time / 3600), Hours its length: 1, or 24.
	At, Hours int64
}

// Fill is how often an event came in a stretch of time, and each of its properties.
type Fill struct {
	Events     int64
	Properties sighting.Fill
}

func (k SightingKey) stored() SightingKey {
	k.Name, k.Terminal, k.AppVersion = keyText(k.Name), keyText(k.Terminal), keyText(k.AppVersion)
	return k
}

func (k SightingKey) compare(o SightingKey) int {
	return cmp.Or(strings.Compare(k.EnvironmentID, o.EnvironmentID), strings.Compare(k.EventID, o.EventID), strings.Compare(k.Name, o.Name),
		strings.Compare(k.Terminal, o.Terminal), strings.Compare(k.AppVersion, o.AppVersion))
}

func (k PropertyKey) stored() PropertyKey {
	return PropertyKey{SightingKey: k.SightingKey.stored(), Property: keyText(k.Property)}
}

func (k PropertyKey) compare(o PropertyKey) int {
	return cmp.Or(k.SightingKey.compare(o.SightingKey), strings.Compare(k.Property, o.Property))
}

// other is where a figure counts beyond the cap.
func (k PropertyKey) other() PropertyKey {
	if k.Property != "" {
		k.Property = OtherLabel
	}
	k.AppVersion = OtherLabel
	return k
}

func (k FillKey) stored() FillKey {
	k.SightingKey = k.SightingKey.stored()
	return k
}

func (k FillKey) compare(o FillKey) int {
	return cmp.Or(k.SightingKey.compare(o.SightingKey), cmp.Compare(k.At, o.At), cmp.Compare(k.Hours, o.Hours))
}

// plus adds up what was seen, in a new place.
func (p *PropertySeen) plus(o *PropertySeen) *PropertySeen {
	sum := *p
	sum.Values = sighting.Summary{}
	sum.Values.Add(&p.Values)
	sum.Values.Add(&o.Values)
	sum.Count, sum.Unplanned = p.Count+o.Count, p.Unplanned+o.Unplanned
	if p.Count == 0 || o.Count > 0 && o.First.Before(p.First) {
		sum.First = o.First
	}
	if o.Last.After(p.Last) {
		sum.Last = o.Last
	}
	if newer := (o.Unplanned > 0) == (p.Unplanned > 0) && o.LastSeq > p.LastSeq; newer || o.Unplanned > 0 && p.Unplanned == 0 {
		sum.LastSeq = o.LastSeq
	}
	if o.LastUnplanned.After(p.LastUnplanned) {
		sum.LastUnplanned = o.LastUnplanned
	}
	return &sum
}

// plus adds up what was seen, in a new place.
func (f *Fill) plus(o *Fill) *Fill {
	sum := &Fill{Events: f.Events + o.Events, Properties: sighting.Fill{}}
	sum.Properties.Add(f.Properties)
	sum.Properties.Add(o.Properties)
	return sum
}
