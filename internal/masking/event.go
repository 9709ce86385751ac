package masking

import (
	"slices"
	"strings"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
)

// Event masks an event, in place, and notes what was masked; with keep, also what stood there. The ids of the event by which
// repeats and test runs are told (ID, RunID) stay as they are. Properties must not be read afterwards: they are a view of
// what was there before.
func (r *Rules) Event(c *capture.Captured, keep bool) {
	m := masker{Rules: r, raw: c.Raw, keep: keep}
	if len(r.names) > 0 {
		m.byName(c)
	}
	if mayHideDigits(c.Raw) {
		m.escaped()
	}
	m.byLooks()
	if len(m.masks) > 0 {
		slices.SortFunc(m.masks, func(a, b capture.Mask) int { return int(a.At.Start) - int(b.At.Start) })
		c.Masked(string(m.out), m.masks)
	}
	m.outside(c)
	m.violations(c)
}

// mayHideDigits reports whether a text has escapes of ASCII, of full-width digits, or of separators.
func mayHideDigits(raw string) bool {
	for {
		at := strings.Index(raw, `\u`)
		if at < 0 || at+4 > len(raw) {
			return false
		}
		switch raw[at+2 : at+4] {
		case "00", "20", "30", "ff", "FF", "fF", "Ff":
			return true
		}
		raw = raw[at+2:]
	}
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

// byName masks the values of members with a sensitive name: at whatever depth of the properties, and in what else a record says of
// who sent it. Then it masks those values where they stand again.
func (m *masker) byName(c *capture.Captured) {
	unread := c.PropertiesAt == capture.Span{} // nobody knows where its properties are
	of := func(n capture.Node) bool { return n.Name != "" && m.Sensitive(n.Name) }
	if !unread && !m.anyName(m.raw) && !slices.ContainsFunc(c.Properties, of) {
		return
	}
	tape, err := capture.Parse(nil, m.raw)
	if err != nil {
		return
	}
	m.starts, m.values = map[uint32]bool{}, map[string]bool{}
	switch {
	case tape[0].Kind >= capture.Array:
		whole := c.PropertiesAt
		if unread {
			whole = tape[0].At
		}
		m.members(capture.Object(tape).Inside(0), "", 0, whole)
	case unread && tape[0].Kind == capture.String:
		start, end := int(tape[0].At.Start)+1, int(tape[0].At.End)-1
		if at := behindEscape(m.raw, start+m.firstName(m.raw[start:end])); at < end {
			fill(m.mark(at, end, capture.MaskedText))
		}
	}
	for i := range tape {
		if n := &tape[i]; (n.Kind == capture.String || n.Kind == capture.Number) && m.values[n.Text] {
			m.hide(tape[i : i+1])
		}
	}
}

// members masks by name what stands in an object or a list. Outside of the properties, the members of the record itself and of
// what describes app, system and SDK are no properties.
func (m *masker) members(o capture.Object, parent string, depth int, properties capture.Span) {
	for i, n := range o.Members {
		inside := n.At.Start >= properties.Start && n.At.End <= properties.End
		switch {
		case n.Name != "" && m.Sensitive(n.Name) && (inside || depth > 0 && !describes(parent)):
			m.hide(o[i : i+1+int(n.Size)])
		case n.Kind >= capture.Array:
			name := n.Name
			if name == "" {
				name = parent
			}
			m.members(o.Inside(i), name, depth+1, properties)
		case n.Kind == capture.String && isJSON(n.Text) && m.firstName(n.Text) < len(n.Text):
			m.hide(o[i : i+1])
		}
	}
}

// describes reports whether members of an object with that name are facts of an SDK.
func describes(name string) bool {
	switch name {
	case "app", "os", "device", "library", "lib", "screen", "network", "page", "campaign", "browser", "sdk", "plan", "integrations":
		return true
	}
	return false
}

// isJSON reports whether a text is JSON with members, as some apps send objects.
func isJSON(text string) bool {
	text = strings.TrimLeft(text, " \t\r\n")
	return len(text) > 1 && (text[0] == '{' || text[0] == '[')
}

// escaped masks what looks like a pattern only when its escapes are read: the whole text then.
func (m *masker) escaped() {
	tape, err := capture.Parse(nil, m.raw)
	if err != nil {
		return
	}
	if m.starts == nil {
		m.starts, m.values = map[uint32]bool{}, map[string]bool{}
	}
	for i := range tape {
		n := &tape[i]
		start, end := n.At.Start+1, n.At.End-1
		if n.Kind != capture.String || m.starts[n.At.Start] || strings.IndexByte(m.raw[start:end], '\\') < 0 {
			continue
		}
		if m.Text(n.Text) != n.Text && m.Text(m.raw[start:end]) == m.raw[start:end] {
			m.starts[n.At.Start] = true
			fill(m.mark(int(start), int(end), capture.MaskedText))
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

// numberFirst and numberLast are how many bytes of a number that looks like a pattern stay, at its ends.
const numberFirst, numberLast = 3, 2

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
			if h.kind != Email && h.wide == nil && !strings.hold(h.start) {
				quote(m.mark(h.start, h.end, capture.MaskedInteger), numberFirst, numberLast)
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
	for _, s := range []*string{
		&c.Name, &c.UserID, &c.AnonymousID, &c.DeviceID, &c.GroupID, &c.PreviousID, &c.Page.URL, &c.Page.Referrer, &c.UserAgent,
	} {
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

// violations hides what they say of what came: of a sensitive property, of what is in it, or with it in a larger value.
func (m *masker) violations(c *capture.Captured) {
	for i := range c.Violations {
		v := &c.Violations[i]
		if len(m.names) > 0 && (m.isOf(v.Property) || len(m.starts) > 0 && m.quotes(v.Actual)) {
			v.Actual = Hidden
			continue
		}
		v.Actual = m.Text(v.Actual)
	}
}

// isOf reports whether a step of a path is a sensitive property.
func (m *masker) isOf(path string) bool {
	return m.Sensitive(path) || slices.ContainsFunc(strings.FieldsFunc(path, func(r rune) bool { return r == '.' || r == '[' }), m.Sensitive)
}

const (
	// needle is how much of a value is looked for in a text that may be cut.
	needle = 40
	// manyValues is how many values are looked for; where there are more, every text may hold one.
	manyValues = 100
)

// quotes reports whether a text for people holds a masked value, or a sensitive name, with its value behind it.
func (m *masker) quotes(text string) bool {
	if len(m.values) > manyValues || m.firstName(text) < len(text) {
		return true
	}
	for value := range m.values {
		if end := strings.IndexFunc(value, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' }); end >= 0 { // it is escaped there
			value = value[:end]
		}
		if strings.Contains(text, value[:min(len(value), needle)]) {
			return true
		}
	}
	return false
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
