package store

import (
	"slices"
	"strings"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
)

// Sureness says whether something is a person's.
type Sureness uint8

// What can be known of it.
const (
	Stranger Sureness = iota
	// Perhaps bears an id as masking leaves it, and another person's may look the same.
	Perhaps
	// Surely bears an id of the person's.
	Surely
)

// PersonMatcher tells what is a person's. One goroutine uses it.
type PersonMatcher struct {
	user, visitor, device, any map[string]Sureness
	tape                       capture.Tape
}

// Matcher returns who tells what is the person's.
func (p *Person) Matcher() *PersonMatcher {
	m := &PersonMatcher{user: p.Users.known(), visitor: p.Visitors.known(), device: p.Devices.known(), any: map[string]Sureness{}}
	for _, of := range []map[string]Sureness{m.user, m.visitor, m.device} {
		for id, sure := range of {
			m.any[id] = max(m.any[id], sure)
		}
	}
	return m
}

// known are the ids as they are compared. An empty one is nobody's.
func (ids PersonIDs) known() map[string]Sureness {
	out := make(map[string]Sureness, len(ids.Exact)+len(ids.Masked))
	for _, id := range ids.Masked {
		out[PersonID(id)] = Perhaps
	}
	for _, id := range ids.Exact {
		out[PersonID(id)] = Surely
	}
	delete(out, "")
	return out
}

// Of says whether a captured event names the person: as the one who did it, as the one who somebody was before, or in another
// place that is known to hold ids; of a record that could not be read, anywhere. Where the original of what is masked is kept, that counts.
func (m *PersonMatcher) Of(c *capture.Captured) Sureness {
	c = c.Unmasked()
	is := max(
		m.user[PersonID(c.UserID)], m.visitor[PersonID(c.AnonymousID)], m.device[PersonID(c.DeviceID)],
		m.user[PersonID(c.PreviousID)], m.visitor[PersonID(c.PreviousID)],
	)
	if is == Surely {
		return is
	}
	tape, err := capture.Parse(m.tape[:0], c.Raw)
	if m.tape = tape; err != nil {
		return max(is, m.Text(c.Raw))
	}
	if slices.ContainsFunc(c.Violations, func(v capture.Violation) bool { return v.Code == check.RecordUnreadable }) {
		return max(is, m.anywhere(tape))
	}
	if tape[0].Kind < capture.Array {
		return is
	}
	return max(is, m.members(capture.Object(tape).Inside(0), ""))
}

// Text says whether a text names the person: as a word of its own, however it is escaped.
func (m *PersonMatcher) Text(text string) (is Sureness) {
	for _, said := range saidBy(text) {
		for id, sure := range m.any {
			if sure > is && holdsWord(said, id) {
				is = sure
			}
		}
	}
	return is
}

// anywhere says whether a value in what could not be read is an id, or is a text that names one.
func (m *PersonMatcher) anywhere(tape capture.Tape) (is Sureness) {
	for i := range tape {
		n := &tape[i]
		is = max(is, m.any[PersonID(n.Name)])
		switch {
		case n.Kind == capture.String && (i == 0 || strings.ContainsAny(n.Text, "{[=&")):
			is = max(is, m.Text(n.Text))
		case n.Kind == capture.String || n.Kind == capture.Number:
			is = max(is, m.any[PersonID(n.Text)])
		}
	}
	return is
}

// members says whether a value in a place for ids is one.
func (m *PersonMatcher) members(o capture.Object, parent string) (is Sureness) {
	for i, n := range o.Members {
		name := n.Name
		if name == "" {
			name = parent // an element of a list
		}
		switch {
		case n.Kind >= capture.Array:
			is = max(is, m.members(o.Inside(i), name))
		case (n.Kind == capture.String || n.Kind == capture.Number) && n.Text != "" && m.any[PersonID(n.Text)] > is:
			is = max(is, m.at(name, parent, PersonID(n.Text)))
		}
	}
	return is
}

// at says whether an id is the person's, in the place that a member of a name is within an object of another.
func (m *PersonMatcher) at(name, parent, id string) Sureness {
	if plainName(parent) == "identities" {
		return m.any[id]
	}
	switch plainName(name) {
	case "id":
		if !isPersonObject(parent) {
			return Stranger
		}
		return max(m.user[id], m.visitor[id])
	case "userid", "loginid", "identityloginid", "accountid", "externalid", "identifiedid", "newid":
		return m.user[id]
	case "anonymousid", "anonid", "anondistinctid", "clientid", "visitorid", "domainuserid", "networkuserid":
		return m.visitor[id]
	case "previousid", "originalid", "alias", "distinctid", "distinctids":
		return max(m.user[id], m.visitor[id])
	case "deviceid":
		return m.device[id]
	}
	return Stranger
}

func isPersonObject(name string) bool {
	switch plainName(name) {
	case "traits", "usertraits", "user", "profile", "userproperties", "userprofile", "person", "set", "setonce":
		return true
	}
	return false
}

// plainName is a member's name as it reads in each SDK's spelling: user_id, userId, $user_id.
func plainName(name string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if strings.ContainsRune("_-$#", r) {
			return -1
		}
		return r
	}, name))
}
