package plan

import (
	"maps"
)

// Frozen is one complete definition as approval froze it: what people said of the event and of the properties that it
// carries, everything resolved. It is what releases publish, and what differences are told of.
type Frozen struct {
	EventID     string      `json:"eventId"`
	Key         string      `json:"key"`
	Kind        EventKind   `json:"kind"`
	Name        string      `json:"name"`
	WireName    string      `json:"wireName,omitempty"`
	Match       []Condition `json:"match,omitempty"`
	Aliases     []Alias     `json:"aliases,omitempty"`
	Description string      `json:"description,omitempty"`
	Trigger     string      `json:"trigger,omitempty"`
	Level       Level       `json:"level"`
	Module      string      `json:"module,omitempty"`
	OwnerIDs    []string    `json:"ownerIds,omitempty"`
	// Terminals are the keys of the terminals that the event is planned on; empty means all of the app.
	Terminals []string `json:"terminals,omitempty"`
	// ExcludedCommon are names of common properties that this event does not carry.
	ExcludedCommon []string         `json:"excludedCommonProperties,omitempty"`
	Properties     []FrozenProperty `json:"properties,omitempty"`
	// ValueSets are the hashes of the frozen value sets that the properties draw on, by id.
	ValueSets map[string]string `json:"valueSets,omitempty"`
}

// FrozenProperty is a property of a frozen definition: the shared property as it was, and how the event uses it.
type FrozenProperty struct {
	PropertyID string `json:"propertyId"`
	// Key is the property's name on the wire; Name and Description are the shared property's words for people, and
	// PropertyExample is its example.
	Key             string      `json:"key"`
	Name            string      `json:"name"`
	Description     string      `json:"description,omitempty"`
	Type            Type        `json:"type"`
	Sensitivity     Sensitivity `json:"sensitivity"`
	PropertyExample string      `json:"propertyExample,omitempty"`
	Presence        Presence    `json:"presence"`
	// PresenceOn, Narrowing and NarrowingOn are those of PropertyRule.
	PresenceOn  map[string]Presence     `json:"presenceOn,omitempty"`
	Narrowing   *Constraints            `json:"narrowing,omitempty"`
	NarrowingOn map[string]*Constraints `json:"narrowingOn,omitempty"`
	// Example and Note are what this event says beside.
	Example string `json:"example,omitempty"`
	Note    string `json:"note,omitempty"`
}

// FrozenValueSet is a value set as approval froze it.
type FrozenValueSet struct {
	ID          string  `json:"id"`
	Key         string  `json:"key"`
	Name        string  `json:"name"`
	Description string  `json:"description,omitempty"`
	Values      []Value `json:"values"`
}

// Canonical returns the one JSON text of what f says, as Definition.Canonical does of a definition.
func (f *Frozen) Canonical() []byte { return canonical("frozen definition "+f.Key, f.normal()) }

// Hash returns the SHA-256 of Canonical as 64 hexadecimal digits.
func (f *Frozen) Hash() string { return hash(f.Canonical()) }

// ParseFrozen reads what Canonical wrote, and nothing that holds more.
func ParseFrozen(canonical []byte) (Frozen, error) {
	return parse[Frozen]("frozen definition", canonical)
}

// Canonical returns the one JSON text of what s says; the order of its values counts, people chose it.
func (s *FrozenValueSet) Canonical() []byte {
	c := *s
	if c.Values == nil {
		c.Values = []Value{}
	}
	return canonical("frozen value set "+s.Key, c)
}

// Hash returns the SHA-256 of Canonical as 64 hexadecimal digits.
func (s *FrozenValueSet) Hash() string { return hash(s.Canonical()) }

// ParseFrozenValueSet reads what Canonical wrote, and nothing that holds more.
func ParseFrozenValueSet(canonical []byte) (FrozenValueSet, error) {
	return parse[FrozenValueSet]("frozen value set", canonical)
}

// ValueSet is what a checker needs of s.
func (s *FrozenValueSet) ValueSet() *ValueSet {
	return &ValueSet{ID: s.ID, Key: s.Key, Values: s.Values}
}

// Definition is what a checker needs of f: all but the words. It shares its parts with f.
func (f *Frozen) Definition() Definition {
	d := Definition{
		EventID: f.EventID, Key: f.Key, Kind: f.Kind, WireName: f.WireName, Match: f.Match, Aliases: f.Aliases,
		Terminals: f.Terminals, ExcludedCommon: f.ExcludedCommon, ValueSets: f.ValueSets,
	}
	if len(f.Properties) > 0 {
		d.Properties = make([]PropertyRule, len(f.Properties))
	}
	for i := range f.Properties {
		d.Properties[i] = f.Properties[i].Rule()
	}
	return d
}

// Rule is what a checker needs of p: all but the words.
func (p *FrozenProperty) Rule() PropertyRule {
	return PropertyRule{
		PropertyID: p.PropertyID, Name: p.Key, Type: p.Type, Presence: p.Presence, PresenceOn: p.PresenceOn,
		Narrowing: p.Narrowing, NarrowingOn: p.NarrowingOn,
	}
}

// DrawsOn returns the ids of the value sets that the properties draw on. A frozen definition has the hash of each.
func (f *Frozen) DrawsOn() map[string]bool {
	ids := map[string]bool{}
	for i := range f.Properties {
		p := &f.Properties[i]
		for _, id := range p.Type.ValueSets(nil) {
			ids[id] = true
		}
		if p.Narrowing != nil {
			ids[p.Narrowing.ValueSetID] = true
		}
		for _, n := range p.NarrowingOn {
			if n != nil {
				ids[n.ValueSetID] = true
			}
		}
	}
	delete(ids, "")
	return ids
}

// normal returns a copy of f in which everything that makes no difference is the same.
func (f *Frozen) normal() Frozen {
	c := *f
	c.Match = normalMatch(f.Match)
	c.Aliases = normalAliases(f.Aliases)
	c.OwnerIDs = normalSet(f.OwnerIDs)
	c.Terminals = normalSet(f.Terminals)
	c.ExcludedCommon = normalSet(f.ExcludedCommon)
	c.Properties = make([]FrozenProperty, len(f.Properties))
	for i := range f.Properties {
		c.Properties[i] = f.Properties[i].normal()
	}
	return c
}

func (p *FrozenProperty) normal() FrozenProperty {
	c := *p
	c.Type = p.Type.normal()
	c.Narrowing = normalNarrowing(p.Narrowing)
	c.NarrowingOn = normalNarrowings(p.NarrowingOn)
	return c
}

// normalNarrowings leaves out the narrowings that say nothing.
func normalNarrowings(on map[string]*Constraints) map[string]*Constraints {
	on = maps.Clone(on)
	maps.DeleteFunc(on, func(_ string, c *Constraints) bool { return normalNarrowing(c) == nil })
	return on
}
