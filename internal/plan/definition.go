package plan

import (
	"fmt"
	"maps"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/waymarkhq/waymark/internal/fault"
)

// Limits of a definition.
const (
	MaxProperties = 500
	MaxConditions = 10
	MaxAliases    = 50
	MaxExcluded   = 200
	MaxTerminals  = 50
	// MaxConditionValue is the longest value of a condition, in code points.
	MaxConditionValue = 500
)

var kinds = []EventKind{KindTrack, KindCommon, KindUserProfile, KindItem}

// Validate refuses a definition that could not be checked, or that would say one thing twice; path is where the client
// wrote it. What has to hold between definitions (unique keys, value sets that exist) is the catalog's. Reasons:
// unknown_kind, required, not_allowed, duplicate, too_many, and those of keys, names, types and constraints.
func (d *Definition) Validate(path string, f *fault.Fields) {
	if !slices.Contains(kinds, d.Kind) {
		f.Add(path+".kind", "unknown_kind", fmt.Sprintf("%q is not a kind of event", d.Kind))
	}
	ValidateKey(path+".key", d.Key, f)
	if d.Kind == KindTrack || d.WireName != "" {
		ValidateName(path+".wireName", d.WireName, f)
	}
	ValidateMatch(path+".match", d.Match, f)
	ValidateAliases(path+".aliases", d.WireName, d.Aliases, f)
	d.validateKind(path, f)
	validateTerminals(path+".terminals", d.Terminals, f)
	validateExcluded(path+".excludedCommon", d.ExcludedCommon, f)
	d.validateProperties(path+".properties", f)
}

// validateKind refuses what only some kinds of definitions have.
func (d *Definition) validateKind(path string, f *fault.Fields) {
	if d.Kind == KindCommon && len(d.Match) > 0 {
		f.Add(path+".match", "not_allowed", "common properties hold for all events of their terminals")
	}
	if d.Kind != KindTrack && len(d.Aliases) > 0 {
		f.Add(path+".aliases", "not_allowed", "only tracked events have names, and so aliases")
	}
	if d.Kind != KindTrack && len(d.ExcludedCommon) > 0 {
		f.Add(path+".excludedCommon", "not_allowed", "only tracked events carry common properties")
	}
}

// ValidateMatch refuses conditions that cannot be met together; path is where the client wrote them.
func ValidateMatch(path string, match []Condition, f *fault.Fields) {
	if len(match) > MaxConditions {
		f.Add(path, "too_many", fmt.Sprintf("a match has at most %d conditions", MaxConditions))
		return
	}
	seen := make(map[string]bool, len(match))
	for i, c := range match {
		at := fmt.Sprintf("%s[%d]", path, i)
		ValidateName(at+".property", c.Property, f)
		if seen[c.Property] {
			f.Add(at+".property", "duplicate", fmt.Sprintf("%q is there twice", c.Property))
		}
		seen[c.Property] = true
		validateConditionValue(at+".value", c.Value, f)
	}
}

func validateConditionValue(path, value string, f *fault.Fields) {
	switch {
	case value == "":
		f.Add(path, "required", "a value is required")
	case utf8.RuneCountInString(value) > MaxConditionValue:
		f.Add(path, "too_long", fmt.Sprintf("a value has at most %d characters", MaxConditionValue))
	default:
		validateText(path, value, f)
	}
}

// ValidateAliases refuses aliases that say nothing new beside the wire name; path is where the client wrote them.
func ValidateAliases(path, wireName string, aliases []Alias, f *fault.Fields) {
	if len(aliases) > MaxAliases {
		f.Add(path, "too_many", fmt.Sprintf("an event has at most %d aliases", MaxAliases))
		return
	}
	seen := map[string]bool{wireName: true}
	for i, a := range aliases {
		at := fmt.Sprintf("%s[%d]", path, i)
		ValidateName(at+".name", a.Name, f)
		if seen[a.Name] {
			f.Add(at+".name", "duplicate", fmt.Sprintf("the event already answers to %q", a.Name))
		}
		seen[a.Name] = true
		if a.Until != nil && !isEncodable(*a.Until) {
			f.Add(at+".until", "out_of_range", "a time lies in the years 1 to 9999")
		}
	}
}

func isEncodable(t time.Time) bool { return t.UTC().Year() >= 1 && t.UTC().Year() <= 9999 }

func validateTerminals(path string, terminals []string, f *fault.Fields) {
	if len(terminals) > MaxTerminals {
		f.Add(path, "too_many", fmt.Sprintf("an app has at most %d terminals", MaxTerminals))
		return
	}
	validateUnique(path, terminals, ValidateKey, f)
}

func validateExcluded(path string, names []string, f *fault.Fields) {
	if len(names) > MaxExcluded {
		f.Add(path, "too_many", fmt.Sprintf("an event excludes at most %d common properties", MaxExcluded))
		return
	}
	validateUnique(path, names, ValidateName, f)
}

func validateUnique(path string, list []string, validate func(path, s string, f *fault.Fields), f *fault.Fields) {
	seen := make(map[string]bool, len(list))
	for i, s := range list {
		at := fmt.Sprintf("%s[%d]", path, i)
		validate(at, s, f)
		if seen[s] {
			f.Add(at, "duplicate", fmt.Sprintf("%q is there twice", s))
		}
		seen[s] = true
	}
}

func (d *Definition) validateProperties(path string, f *fault.Fields) {
	if len(d.Properties) > MaxProperties {
		f.Add(path, "too_many", fmt.Sprintf("an event has at most %d properties", MaxProperties))
		return
	}
	seen := make(map[string]bool, len(d.Properties))
	for i := range d.Properties {
		r, at := &d.Properties[i], fmt.Sprintf("%s[%d]", path, i)
		r.Validate(at, f)
		if seen[r.Name] {
			f.Add(at+".name", "duplicate", fmt.Sprintf("%q is there twice", r.Name))
		}
		seen[r.Name] = true
	}
}

// Validate refuses a rule that could not be checked; path is where the client wrote it. Reasons: unknown_presence,
// contradiction, and those of names, keys, types and constraints.
func (r *PropertyRule) Validate(path string, f *fault.Fields) {
	before := len(*f)
	ValidateName(path+".name", r.Name, f)
	r.Type.Validate(path+".type", f)
	ValidatePresence(path+".presence", r.Presence, f)
	for _, terminal := range slices.Sorted(maps.Keys(r.PresenceOn)) {
		at := path + ".presenceOn." + terminal
		ValidateKey(at, terminal, f)
		ValidatePresence(at, r.PresenceOn[terminal], f)
	}
	if len(*f) == before { // a narrowing means nothing beside a type that is none
		r.validateNarrowing(path, f)
	}
}

func (r *PropertyRule) validateNarrowing(path string, f *fault.Fields) {
	before := len(*f)
	if r.Narrowing != nil {
		ValidateNarrowing(path+".narrowing", &r.Type, nil, r.Narrowing, f)
	}
	if len(*f) > before {
		return
	}
	for _, terminal := range slices.Sorted(maps.Keys(r.NarrowingOn)) {
		at := path + ".narrowingOn." + terminal
		ValidateKey(at, terminal, f)
		if n := r.NarrowingOn[terminal]; n != nil {
			ValidateNarrowing(at, &r.Type, r.Narrowing, n, f)
		}
	}
}

// ValidateNarrowing refuses constraints that do not narrow t, or that leave no value when they hold together with those
// of t and with general (the narrowing for all terminals, where narrowing is that of one; else nil). The path is where
// the client wrote narrowing. Reasons: not_allowed, contradiction and those of constraints.
func ValidateNarrowing(path string, t *Type, general, narrowing *Constraints, f *fault.Fields) {
	before := len(*f)
	narrowing.validateNarrowing(path, t, f)
	if len(*f) > before {
		return
	}
	all := []*Constraints{&t.Constraints, narrowing}
	if general != nil {
		all = append(all, general)
	}
	contradictions(path, t, all, f)
}

// ValidatePresence refuses what is no presence. Reasons: unknown_presence.
func ValidatePresence(path string, p Presence, f *fault.Fields) {
	if !slices.Contains([]Presence{PresenceRequired, PresenceOptional, PresenceAbsent}, p) {
		f.Add(path, "unknown_presence", fmt.Sprintf("%q is not a presence", p))
	}
}
