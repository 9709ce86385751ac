package check

import (
	"strings"
	"unicode/utf8"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/plan"
)

// maxMatched is the longest text that patterns are tried on; a longer one matches none. Matching is linear, but by a
// factor that the plan's authors choose.
const maxMatched = 32 << 10

// object judges the members of an object: each by its rule, and then what is missing, but for that of a profile or an item of
// which an event changes a part. The common properties, or nil, hold where m says nothing.
func (r *Result) object(m, common *members, o capture.Object) {
	base := len(r.seen)
	for range m.required {
		r.seen = append(r.seen, 0)
	}
	if common != nil {
		for range common.required {
			r.seen = append(r.seen, 0)
		}
	}
	for i := 0; i < len(o); {
		next := i + 1 + int(o[i].Size)
		if at, ok := m.places[o[i].Name]; ok && at >= 0 {
			r.member(m, base, at, o[i:next])
		} else {
			r.notOwn(m, common, base, at, o[i:next])
		}
		i = next
	}
	if len(r.path) > 0 || !isPart(r.event) {
		r.missing(m, nil, r.seen[base:])
		if common != nil {
			r.missing(common, m, r.seen[base+len(m.required):])
		}
	}
	r.seen = r.seen[:base]
}

// isPart reports whether an event changes a part of a profile or an item, or says nothing of it at all.
func isPart(ev *capture.Event) bool {
	switch ev.Type {
	case capture.Identify, capture.Item:
		return ev.Partial || len(ev.Properties) == 0
	case capture.Track, capture.Page, capture.Screen, capture.Group, capture.Alias:
	}
	return false
}

// notOwn judges a member that m hides, yields to the common properties, or does not know; then its place is 0.
func (r *Result) notOwn(m, common *members, base, at int, nodes []capture.Node) {
	if common != nil && at != hidden {
		if shared, ok := common.places[nodes[0].Name]; ok && shared >= 0 {
			r.member(common, base+len(m.required), shared, nodes)
			return
		}
	}
	if at < hidden {
		r.member(m, base, yielding(at), nodes)
		return
	}
	r.extra(m, common, nodes)
}

// member judges a planned member; its value is at the front of nodes.
func (r *Result) member(m *members, base, index int, nodes []capture.Node) {
	word, bit := &r.seen[base+index/64], uint64(1)<<(index%64)
	if *word&bit != 0 {
		if v := r.fail(DuplicateProperty, named(nodes[0].Name)); v != nil {
			v.Expected, v.Actual = "one value", "a further value: "+describe(nodes)
			v.Actual = shorten(v.Actual, MaxText)
		}
	}
	*word |= bit
	r.value(m.rules[index], named(nodes[0].Name), nodes)
}

// missing notes the required members that were not seen, but for those that the given own members do not leave to common
// ones; nil leave all.
func (r *Result) missing(m, own *members, seen []uint64) {
	for w, required := range m.required {
		if required &^= seen[w]; required != 0 {
			r.missingIn(m, own, w*64, required)
		}
	}
}

func (r *Result) missingIn(m, own *members, first int, bits uint64) {
	for index := first; bits != 0; index, bits = index+1, bits>>1 {
		if bits&1 == 0 || !own.leaves(m.names[index]) {
			continue
		}
		if v := r.fail(PropertyMissing, named(m.names[index])); v != nil {
			v.Expected, v.Actual = m.rules[index].describe(), "absent"
		}
	}
}

// leaves reports whether a name is left to the common properties.
func (m *members) leaves(name string) bool {
	if m == nil {
		return true
	}
	at, ok := m.places[name]
	return !ok || at < hidden
}

// extra notes a member that is not planned; its value is at the front of nodes.
func (r *Result) extra(m, common *members, nodes []capture.Node) {
	name := nodes[0].Name
	r.depth(nodes)
	if m.freeForm || len(r.path) == 0 && r.isPreset(name) {
		return
	}
	planned := m.otherCase(name)
	if planned == "" && common != nil {
		if planned = common.otherCase(name); !m.leaves(planned) {
			planned = ""
		}
	}
	if planned != "" {
		if v := r.fail(PropertyCase, named(name)); v != nil {
			v.Expected, v.Actual = planned, shorten(name, MaxText)
		}
		return
	}
	if v := r.fail(ExtraProperty, named(name)); v != nil {
		v.Expected, v.Actual = "no such property", describe(nodes)
	}
}

// depth notes when a value that the plan does not describe nests objects deeper than any plan could.
func (r *Result) depth(nodes []capture.Node) {
	var ends [plan.MaxDepth + 1]int
	open := 0
	for i := range nodes {
		if nodes[i].Kind != capture.ObjectKind {
			continue
		}
		for open > 0 && ends[open-1] <= i {
			open--
		}
		ends[open] = i + 1 + int(nodes[i].Size)
		if open++; r.objects+open > plan.MaxDepth {
			if v := r.fail(TooDeep, named(nodes[0].Name)); v != nil {
				v.Expected, v.Actual = depthText, describe(nodes)
			}
			return
		}
	}
}

// value judges the value at the front of nodes, which stands at the given place below the current path.
func (r *Result) value(u *rule, at segment, nodes []capture.Node) {
	n := &nodes[0]
	switch {
	case u.any:
	case n.Kind == capture.Null:
		if !u.nullable {
			r.failValue(PropertyNull, u, at, nodes)
		}
	case u.encoding != plan.EncodingNone:
		r.encoded(u, at, nodes)
	default:
		r.decoded(u, at, nodes)
	}
}

// decoded judges a value that is not null and does not stand in a string.
func (r *Result) decoded(u *rule, at segment, nodes []capture.Node) {
	n := &nodes[0]
	switch u.base {
	case plan.TypeString:
		if n.Kind == capture.String {
			r.text(u, at, nodes)
			return
		}
	case plan.TypeInteger, plan.TypeNumber:
		if n.Kind == capture.Number {
			r.number(u, at, nodes)
			return
		}
	case plan.TypeBoolean:
		if n.Kind == capture.Bool {
			r.constant(u, at, nodes)
			return
		}
	case plan.TypeEnum:
		if n.Kind == capture.String || n.Kind == capture.Number {
			r.choice(u, at, nodes)
			return
		}
	case plan.TypeDatetime, plan.TypeDate:
		if n.Kind == capture.String {
			r.moment(u, at, nodes)
			return
		}
	case plan.TypeList:
		if n.Kind == capture.Array {
			r.list(u, at, nodes)
			return
		}
	case plan.TypeObject:
		if n.Kind == capture.ObjectKind {
			r.nested(u, at, nodes)
			return
		}
	}
	r.failType(u, at, nodes)
}

// text judges a string.
func (r *Result) text(u *rule, at segment, nodes []capture.Node) {
	text := nodes[0].Text
	switch {
	case text == "" && u.nonEmpty:
		r.failValue(PropertyEmpty, u, at, nodes)
		return
	case len(u.constants)+len(u.sets) > 0:
		r.choice(u, at, nodes)
	case IsPlaceholder(text):
		r.failValue(PlaceholderValue, u, at, nodes)
		return
	}
	if u.minLength > 0 && len(text) < u.minLength*utf8.UTFMax && utf8.RuneCountInString(text) < u.minLength {
		r.failValue(TooShort, u, at, nodes)
	}
	if len(text) > u.maxLength && utf8.RuneCountInString(text) > u.maxLength {
		r.failValue(TooLong, u, at, nodes)
	}
	for _, p := range u.patterns {
		if len(text) > maxMatched || !p.MatchString(text) {
			r.failValue(PatternMismatch, u, at, nodes)
			break
		}
	}
	if strings.IndexByte(text, 0xEF) >= 0 && strings.Contains(text, "\uFFFD") {
		r.failValue(InvalidText, u, at, nodes)
	}
}

// number judges a number.
func (r *Result) number(u *rule, at segment, nodes []capture.Node) {
	if u.base == plan.TypeNumber && u.minimum == nil && u.maximum == nil {
		r.choice(u, at, nodes)
		return
	}
	n := readNumber(nodes[0].Text)
	if u.base == plan.TypeInteger && !n.isWhole() {
		r.failValue(TypeMismatch, u, at, nodes)
		return
	}
	if u.minimum != nil && n.compare(u.minimum) < 0 {
		r.failValue(BelowMinimum, u, at, nodes)
	}
	if u.maximum != nil && n.compare(u.maximum) > 0 {
		r.failValue(AboveMaximum, u, at, nodes)
	}
	r.choice(u, at, nodes)
}

// choice judges a string or number by what lists its values: a constant, or sets.
func (r *Result) choice(u *rule, at segment, nodes []capture.Node) {
	if len(u.constants) > 0 && !r.constant(u, at, nodes) {
		return
	}
	n := &nodes[0]
	for _, s := range u.sets {
		switch {
		case n.Kind == capture.Number && u.base != plan.TypeString && s.hasNumber(n.Text, r.key[:0]):
		case n.Kind == capture.String && s.hasText(n.Text):
		case n.Kind == capture.String && isStandIn(n.Text):
			r.failValue(PlaceholderValue, u, at, nodes)
			return
		default:
			r.failValue(EnumUnknown, u, at, nodes)
			return
		}
	}
}

// constant judges a scalar by the constants that it has to be.
func (r *Result) constant(u *rule, at segment, nodes []capture.Node) bool {
	for _, c := range u.constants {
		if !c.Equal(scalarOf(&nodes[0])) {
			r.failValue(ConstantMismatch, u, at, nodes)
			return false
		}
	}
	return true
}

func scalarOf(n *capture.Node) plan.Scalar {
	switch n.Kind {
	case capture.String:
		return plan.Scalar{Base: plan.TypeString, Text: n.Text}
	case capture.Number:
		return plan.Scalar{Base: plan.TypeNumber, Text: n.Text}
	default:
		return plan.Scalar{Base: plan.TypeBoolean, Text: n.Text}
	}
}

// moment judges a date or a point in time.
func (r *Result) moment(u *rule, at segment, nodes []capture.Node) {
	text := nodes[0].Text
	switch {
	case isStandIn(text):
		r.failValue(PlaceholderValue, u, at, nodes)
	case u.base == plan.TypeDate && !plan.IsDate(text):
		r.failValue(BadDate, u, at, nodes)
	case u.base == plan.TypeDatetime && !plan.IsDatetime(text):
		r.failValue(BadDatetime, u, at, nodes)
	default:
		r.constant(u, at, nodes)
	}
}

// list judges an array and its elements.
func (r *Result) list(u *rule, at segment, nodes []capture.Node) {
	r.path = append(r.path, at)
	count := 0
	for i := 1; i <= int(nodes[0].Size); count++ {
		next := i + 1 + int(nodes[i].Size)
		r.value(u.items, indexed(count), nodes[i:next])
		i = next
	}
	r.path = r.path[:len(r.path)-1]
	switch {
	case count == 0 && u.nonEmpty:
		r.failValue(PropertyEmpty, u, at, nodes)
	case count < u.minLength:
		r.failValue(TooFewItems, u, at, nodes)
	case count > u.maxLength:
		r.failValue(TooManyItems, u, at, nodes)
	}
}

// nested judges an object inside of the event.
func (r *Result) nested(u *rule, at segment, nodes []capture.Node) {
	if nodes[0].Size == 0 && u.nonEmpty {
		r.failValue(PropertyEmpty, u, at, nodes)
		return
	}
	r.path = append(r.path, at)
	r.objects++
	r.object(u.members, nil, capture.Object(nodes[1:1+nodes[0].Size]))
	r.objects--
	r.path = r.path[:len(r.path)-1]
}

// failType notes a value of the wrong type, or a stand-in for a value.
func (r *Result) failType(u *rule, at segment, nodes []capture.Node) {
	if nodes[0].Kind == capture.String && isStandIn(nodes[0].Text) {
		r.failValue(PlaceholderValue, u, at, nodes)
		return
	}
	r.failValue(TypeMismatch, u, at, nodes)
}

// isStandIn is IsPlaceholder where even the empty string cannot be a value.
func isStandIn(text string) bool { return text == "" || IsPlaceholder(text) }

func (r *Result) failValue(code string, u *rule, at segment, nodes []capture.Node) {
	if v := r.fail(code, at); v != nil {
		v.Expected, v.Actual = u.expected(code), describe(nodes)
	}
}
