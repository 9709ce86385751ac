package live

import (
	"fmt"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/masking"
)

// Filter says which events of an environment a subscription wants. An empty field does not restrict; the values of one
// field are alternatives; all fields have to agree.
type Filter struct {
	// EventKeys are plan keys. An event that no definition judged is known by its wire name here.
	EventKeys []string
	Verdicts  []capture.Verdict
	// Codes are violation codes, of which the event has to have at least one.
	Codes []string
	// Terminals are terminal keys.
	Terminals []string
	// DeviceIDs are device ids, or anonymous ids, which take their place in SDKs that know no device.
	DeviceIDs []string
	// UserIDs are signed-in or anonymous ids.
	UserIDs []string
	// AppVersions are versions as reported.
	AppVersions []string
	// Text has to occur in the event as sent, upper and lower case alike and whatever its JSON escapes.
	Text string
	// ReceivedFrom is the server's time from which on they were taken in; zero does not restrict.
	ReceivedFrom time.Time
}

// Bounds of a Filter.
const (
	MaxFilterValues = 500 // of one field
	MaxFilterText   = 200 // characters
)

// matcher is a compiled Filter, immutable.
type matcher struct {
	verdicts                                         uint8 // bit set by value; 0 for any
	keys, codes, terminals, devices, users, versions stringSet
	text                                             *finder // nil for any
	from                                             time.Time
}

func compile(f Filter) (*matcher, error) {
	if err := f.validate(); err != nil {
		return nil, err
	}
	m := &matcher{
		keys: newStringSet(f.EventKeys), codes: newStringSet(f.Codes), terminals: newStringSet(f.Terminals),
		devices: newStringSet(masking.AlsoMasked(f.DeviceIDs)), users: newStringSet(masking.AlsoMasked(f.UserIDs)), versions: newStringSet(f.AppVersions),
		from: f.ReceivedFrom,
	}
	for _, v := range f.Verdicts {
		m.verdicts |= 1 << v
	}
	if f.Text != "" {
		m.text = newFinder(f.Text)
	}
	return m, nil
}

func (f Filter) validate() error {
	var fields fault.Fields
	for _, list := range []struct {
		name string
		n    int
	}{
		{"eventKeys", len(f.EventKeys)},
		{"verdicts", len(f.Verdicts)},
		{"codes", len(f.Codes)},
		{"terminals", len(f.Terminals)},
		{"deviceIds", len(f.DeviceIDs)},
		{"userIds", len(f.UserIDs)},
		{"appVersions", len(f.AppVersions)},
	} {
		if list.n > MaxFilterValues {
			fields.Add("filter."+list.name, "too_many", fmt.Sprintf("at most %d values", MaxFilterValues))
		}
	}
	if utf8.RuneCountInString(f.Text) > MaxFilterText {
		fields.Add("filter.text", "too_long", fmt.Sprintf("at most %d characters", MaxFilterText))
	}
	return fields.Err()
}

// matches reports whether e is wanted; cheap questions first.
func (m *matcher) matches(e *capture.Captured) bool {
	return (m.verdicts == 0 || m.verdicts&(1<<e.Verdict) != 0) &&
		!e.ReceivedAt.Before(m.from) &&
		m.terminals.allows(e.TerminalKey) &&
		m.keys.allows(keyOrName(e)) &&
		(m.users.allows(e.UserID) || m.users.allows(e.AnonymousID)) &&
		(m.devices.allows(e.DeviceID) || m.devices.allows(e.AnonymousID)) &&
		m.versions.allows(e.App.Version) &&
		m.allowsCodes(e.Violations) &&
		(m.text == nil || m.text.in(e.Raw))
}

func keyOrName(e *capture.Captured) string {
	if e.EventKey == "" {
		return e.Name
	}
	return e.EventKey
}

func (m *matcher) allowsCodes(violations []capture.Violation) bool {
	return m.codes.any() || slices.ContainsFunc(violations, func(v capture.Violation) bool { return m.codes.allows(v.Code) })
}

// stringSet is a set of wanted strings; the empty set wants all.
type stringSet struct {
	few  []string
	many map[string]struct{} // instead of few
}

// fewStrings is how many strings are compared faster than hashed.
const fewStrings = 6

func newStringSet(values []string) stringSet {
	if len(values) <= fewStrings {
		return stringSet{few: slices.Clone(values)}
	}
	many := make(map[string]struct{}, len(values))
	for _, v := range values {
		many[v] = struct{}{}
	}
	return stringSet{many: many}
}

func (s stringSet) any() bool { return len(s.few) == 0 && s.many == nil }

func (s stringSet) allows(value string) bool {
	if s.many != nil {
		_, ok := s.many[value]
		return ok
	}
	return len(s.few) == 0 || slices.Contains(s.few, value)
}
