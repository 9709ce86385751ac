// Package masking hides personal values in what devices report: those of properties that the plan marks as personal or
// sensitive, and whatever looks like a phone number, an identity card number, a mail address or a bank card number, wherever
// in a record it stands.
//
// A masked text has the length of the original, in bytes, so that everything else in a record stays where it was. It stays
// JSON: a masked number becomes a string.
//
// The package is pure. Rules are immutable and safe for concurrent use.
package masking

import (
	"slices"
	"strings"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
)

// Pattern is a kind of text that is known by its looks.
type Pattern string

// The patterns.
const (
	// Phone is a Chinese mobile number, as 13800138000, 138-0013-8000 or with 86 before it, or any number as +14155550123.
	Phone Pattern = "PHONE"
	// IDCard is a Chinese identity card number of 18 characters whose check character is right (GB 11643-1999).
	IDCard Pattern = "ID_CARD"
	// Email is a mail address, also percent-encoded.
	Email Pattern = "EMAIL"
	// BankCard is a card number of 15 to 19 digits of a known network whose check digit is right (ISO/IEC 7812).
	BankCard Pattern = "BANK_CARD"
)

// Patterns lists all patterns.
func Patterns() []Pattern { return []Pattern{Phone, IDCard, Email, BankCard} }

// Rules say what is masked.
type Rules struct {
	phone, idCard, email, bankCard bool

	names   map[string]bool // of properties, in lower case
	lengths uint64          // those of the names: a bit each, the last for all that are longer
}

// New makes rules that mask what looks like one of the patterns, and the values of the properties with one of the names,
// whatever their case.
func New(patterns []Pattern, names []string) *Rules {
	r := &Rules{
		phone: slices.Contains(patterns, Phone), idCard: slices.Contains(patterns, IDCard),
		email: slices.Contains(patterns, Email), bankCard: slices.Contains(patterns, BankCard),
		names: make(map[string]bool, len(names)),
	}
	for _, n := range names {
		r.names[strings.ToLower(n)] = true
		r.lengths |= 1 << min(len(n), 63)
	}
	return r
}

// Sensitive reports whether a property with that name is masked whatever its values look like.
func (r *Rules) Sensitive(name string) bool {
	return r.lengths&(1<<min(len(name), 63)) != 0 && r.names[strings.ToLower(name)]
}

// Text masks what looks like one of the patterns in a text. It returns the text itself where there is nothing.
func (r *Rules) Text(s string) string {
	for pass := range passes {
		hits := r.find(pass, s)
		if len(hits) == 0 {
			continue
		}
		out := []byte(s)
		for _, h := range hits {
			h.stars(out)
		}
		s = string(out)
	}
	return s
}

// Unread masks a text that could not be read as a record: what looks like one of the patterns, and everything behind the first name of
// a sensitive property, as nobody knows where its value ends.
func (r *Rules) Unread(s string) string {
	if at := r.firstName(s); at < len(s) {
		s = s[:at] + strings.Repeat("*", len(s)-at)
	}
	return r.Text(s)
}

// firstName returns the place behind the first sensitive name in a text; its length where there is none.
func (r *Rules) firstName(s string) int {
	at, lower := len(s), strings.ToLower(s)
	if len(lower) != len(s) { // of letters whose cases differ in length; the names' do not
		lower = s
	}
	for name := range r.names {
		if i := strings.Index(lower, name); i >= 0 {
			at = min(at, i+len(name))
		}
	}
	return at
}

// AlsoMasked returns the texts, and what becomes of those that look like a pattern, so that who asks for a person by a phone number
// finds what was stored masked. Several persons may look the same then.
func AlsoMasked(texts []string) []string {
	all, out := New(Patterns(), nil), slices.Clone(texts)
	for _, text := range texts {
		if masked := all.Text(text); masked != text {
			out = append(out, masked)
		}
	}
	return out
}

// Event masks an event, in place, and notes what was masked; with keep, also what stood there. The ids of the event by which
// repeats and test runs are told (ID, RunID) stay as they are. Properties must not be read afterwards: they are a view of
// what was there before.
func (r *Rules) Event(c *capture.Captured, keep bool) {
	m := masker{Rules: r, raw: c.Raw, keep: keep}
	if len(r.names) > 0 {
		m.byName(c)
	}
	m.byLooks()
	if len(m.masks) > 0 {
		slices.SortFunc(m.masks, func(a, b capture.Mask) int { return int(a.At.Start) - int(b.At.Start) })
		c.Masked(string(m.out), m.masks)
	}
	m.outside(c)
	m.violations(c)
}

// Hidden is what stands for a hidden value in the text of a violation.
const Hidden = "(masked)"

// masker masks one event.
type masker struct {
	*Rules
	raw   string
	out   []byte // the masked copy of raw; nil while nothing is masked
	keep  bool
	masks []capture.Mask
	// starts are where masked values start, values the texts of those that can be known again.
	starts map[uint32]bool
	values map[string]bool
}

// enough is from which length on, in bytes, a masked value is hidden wherever else in the record it stands by itself.
const enough = 5

// mark notes that a part of raw is masked; it has to be before it is overwritten.
func (m *masker) mark(start, end int, was capture.MaskedKind) []byte {
	if m.out == nil {
		m.out = []byte(m.raw)
	}
	mask := capture.Mask{At: capture.Span{Start: uint32(start), End: uint32(end)}, Was: was}
	if m.keep {
		mask.Text = m.raw[start:end]
	}
	m.masks = append(m.masks, mask)
	return m.out[start:end]
}

// byName masks the properties with a name that is sensitive, at whatever depth, and then their values where they stand again.
func (m *masker) byName(c *capture.Captured) {
	unread := c.PropertiesAt == capture.Span{} // nobody knows where its properties are
	if !unread && !slices.ContainsFunc(c.Properties, func(n capture.Node) bool { return m.Sensitive(n.Name) }) {
		return
	}
	tape, err := capture.Parse(nil, m.raw)
	if err != nil {
		return
	}
	m.starts, m.values = map[uint32]bool{}, map[string]bool{}
	if unread && tape[0].Kind == capture.String {
		start, end := int(tape[0].At.Start)+1, int(tape[0].At.End)-1
		if at := start + m.firstName(m.raw[start:end]); at < end {
			fill(m.mark(at, end, capture.MaskedText))
		}
		return
	}
	for i := range tape {
		n := &tape[i]
		inside := unread || n.At.Start > c.PropertiesAt.Start && n.At.End < c.PropertiesAt.End
		if inside && m.Sensitive(n.Name) {
			m.hide(tape[i : i+1+int(n.Size)])
		}
	}
	for i := range tape {
		if n := &tape[i]; (n.Kind == capture.String || n.Kind == capture.Number) && m.values[n.Text] {
			m.hide(tape[i : i+1])
		}
	}
}

// hide masks all scalars of a value, but for what says that there is none.
func (m *masker) hide(nodes []capture.Node) {
	for i := range nodes {
		n := &nodes[i]
		start, end := int(n.At.Start), int(n.At.End)
		says := n.Kind != capture.String || end-start > 2 && !check.IsPlaceholder(n.Text)
		if n.Kind >= capture.Array || n.Kind == capture.Null || !says || m.starts[n.At.Start] {
			continue
		}
		m.starts[n.At.Start] = true
		if n.Kind == capture.String {
			fill(m.mark(start+1, end-1, capture.MaskedText))
		} else {
			quote(m.mark(start, end, kindOf(n)), 0, 0)
		}
		// What looks like a pattern is masked elsewhere by its looks, which leaves persons apart who are known by it.
		if len(n.Text) >= enough && n.Kind != capture.Bool && m.Text(n.Text) == n.Text {
			m.values[n.Text] = true
		}
	}
}

func kindOf(n *capture.Node) capture.MaskedKind {
	switch {
	case n.Kind == capture.Bool:
		return capture.MaskedBool
	case strings.ContainsAny(n.Text, ".eE"):
		return capture.MaskedNumber
	default:
		return capture.MaskedInteger
	}
}

// byLooks masks what looks like one of the patterns.
func (m *masker) byLooks() {
	text := m.raw
	if m.out != nil {
		text = string(m.out)
	}
	for pass := range passes {
		hits := m.find(pass, text)
		strings := stringsOf{text: text}
		for _, h := range hits {
			if h.kind != Email && !strings.hold(h.start) {
				quote(m.mark(h.start, h.end, capture.MaskedInteger), 3, 2)
				continue
			}
			m.mark(h.start, h.end, capture.MaskedText)
			h.stars(m.out)
		}
		if len(hits) > 0 {
			text = string(m.out)
		}
	}
}

// stringsOf tells which places of a JSON text lie in strings, asked in their order.
type stringsOf struct {
	text string
	at   int
	in   bool
}

func (s *stringsOf) hold(place int) bool {
	for ; s.at < place; s.at++ {
		switch s.text[s.at] {
		case '\\':
			s.at++
		case '"':
			s.in = !s.in
		}
	}
	return s.in
}

// outside masks what does not stand in Raw: ids and addresses that came by headers, queries, or escaped.
func (m *masker) outside(c *capture.Captured) {
	for _, s := range []*string{&c.UserID, &c.AnonymousID, &c.DeviceID, &c.GroupID, &c.PreviousID, &c.Page.URL, &c.Page.Referrer} {
		switch {
		case *s == "" || c.InRaw(*s):
		case m.values[*s]:
			*s = strings.Repeat("*", len(*s))
		default:
			*s = m.Text(*s)
		}
	}
	for i, note := range c.Notes {
		if masked := m.Text(note); masked != note {
			c.Notes = slices.Clone(c.Notes)
			c.Notes[i] = masked
		}
	}
}

// violations hides what they say of what came.
func (m *masker) violations(c *capture.Captured) {
	for i := range c.Violations {
		v := &c.Violations[i]
		name := v.Property
		if end := strings.IndexAny(name, ".["); end > 0 {
			name = name[:end]
		}
		if m.Sensitive(name) {
			v.Actual = Hidden
			continue
		}
		v.Actual = m.Text(v.Actual)
	}
}

// fill overwrites the text of a JSON string.
func fill(text []byte) {
	for i := range text {
		text[i] = '*'
	}
}

// quote overwrites a JSON scalar that is no string by a string of its length that keeps some of its first and last bytes. One
// byte can hold no string: it becomes 0.
func quote(text []byte, first, last int) {
	if len(text) == 1 {
		text[0] = '0'
		return
	}
	end := len(text) - 1
	copy(text[1:1+first], text[:first])
	for i := 1 + first; i < end-last; i++ {
		text[i] = '*'
	}
	copy(text[end-last:end], text[end-last+1:])
	text[0], text[end] = '"', '"'
}
