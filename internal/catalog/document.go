package catalog

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"slices"
	"time"

	"github.com/waymarkhq/waymark/internal/plan"
)

// A document is everything that people decide about a definition: what a revision stores as canonical JSON, and what its
// hash is of. It refers to shared properties and value sets by id, so that it stays the same when those change; a plan
// resolves them (see Plans). What makes no difference is written in one way: sets are sorted, what is empty is left out.

// eventDocument is what one revision of an event says.
type eventDocument struct {
	Key            string            `json:"key"`
	Kind           plan.EventKind    `json:"kind"`
	Name           string            `json:"name"`
	WireName       string            `json:"wireName,omitempty"`
	Match          []plan.Condition  `json:"match,omitempty"`
	Aliases        []plan.Alias      `json:"aliases,omitempty"`
	Description    string            `json:"description,omitempty"`
	Trigger        string            `json:"trigger,omitempty"`
	Level          plan.Level        `json:"level"`
	Module         string            `json:"module,omitempty"`
	OwnerIDs       []string          `json:"ownerIds,omitempty"`
	Terminals      []string          `json:"terminals,omitempty"`
	ExcludedCommon []string          `json:"excludedCommonProperties,omitempty"`
	Properties     []propertyOfEvent `json:"properties,omitempty"`
}

// propertyOfEvent is a property as a revision of an event uses it.
type propertyOfEvent struct {
	PropertyID  string                       `json:"propertyId"`
	Key         string                       `json:"key"`
	Presence    plan.Presence                `json:"presence"`
	PresenceOn  map[string]plan.Presence     `json:"presenceOn,omitempty"`
	Narrowing   *plan.Constraints            `json:"narrowing,omitempty"`
	NarrowingOn map[string]*plan.Constraints `json:"narrowingOn,omitempty"`
	Example     string                       `json:"example,omitempty"`
	Note        string                       `json:"note,omitempty"`
}

// propertyDocument is what one revision of a property says.
type propertyDocument struct {
	Key         string           `json:"key"`
	Name        string           `json:"name"`
	Description string           `json:"description,omitempty"`
	Type        plan.Type        `json:"type"`
	Sensitivity plan.Sensitivity `json:"sensitivity"`
	Example     string           `json:"example,omitempty"`
	// ReplacedBy is the id of the property that is to take its place, or has.
	ReplacedBy string `json:"replacedBy,omitempty"`
}

// valueSetDocument is what one revision of a value set says.
type valueSetDocument struct {
	Key         string       `json:"key"`
	Name        string       `json:"name"`
	Description string       `json:"description,omitempty"`
	Values      []plan.Value `json:"values"`
}

// canonical returns a document's JSON text and its hash.
func canonical(document any) (text []byte, hash string) {
	text = mustJSON(document)
	sum := sha256.Sum256(text)
	return text, hex.EncodeToString(sum[:])
}

// normalise brings what makes no difference into one form.
func (d *eventDocument) normalise() {
	d.Match = slices.SortedFunc(slices.Values(d.Match), func(a, b plan.Condition) int {
		return cmp.Or(cmp.Compare(a.Property, b.Property), cmp.Compare(a.Value, b.Value))
	})
	d.Aliases = slices.SortedFunc(slices.Values(d.Aliases), func(a, b plan.Alias) int { return cmp.Compare(a.Name, b.Name) })
	for i := range d.Aliases {
		if until := d.Aliases[i].Until; until != nil {
			t := until.UTC().Truncate(time.Microsecond)
			d.Aliases[i].Until = &t
		}
	}
	d.Terminals = slices.Sorted(slices.Values(d.Terminals))
	d.ExcludedCommon = slices.Sorted(slices.Values(d.ExcludedCommon))
	for i := range d.Properties {
		d.Properties[i].normalise()
	}
}

func (p *propertyOfEvent) normalise() {
	if p.Narrowing != nil && *p.Narrowing == (plan.Constraints{}) {
		p.Narrowing = nil
	}
	maps.DeleteFunc(p.NarrowingOn, func(_ string, c *plan.Constraints) bool { return c == nil || *c == (plan.Constraints{}) })
}
