package check

import (
	"cmp"
	"slices"
	"strings"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/plan"
)

// directory knows the names of all planned events, whatever their terminal, to explain why an event is unplanned.
type directory struct {
	terminals map[string][]string // by exact name: the keys of the terminals that it is planned on
	folded    map[string]string   // by name in lower case: the name
}

// addAll notes the names that an event has on a terminal.
func (d *directory) addAll(definition *plan.Definition, terminal string) {
	d.add(definition.WireName, terminal)
	for _, a := range definition.Aliases {
		d.add(a.Name, terminal)
	}
}

// add notes that events of a terminal, or of an unknown one, may have a name.
func (d *directory) add(name, terminal string) {
	if d.terminals == nil {
		d.terminals, d.folded = map[string][]string{}, map[string]string{}
	}
	if terminal != unknown && !slices.Contains(d.terminals[name], terminal) {
		d.terminals[name] = append(d.terminals[name], terminal)
	}
	if folded := strings.ToLower(name); d.folded[folded] == "" || name < d.folded[folded] {
		d.folded[folded] = name
	}
}

// otherCase returns the planned name that differs from the given one in case only, or "".
func (d *directory) otherCase(name string) string {
	if len(name) > plan.MaxName*4 {
		return ""
	}
	return d.folded[strings.ToLower(name)]
}

// explain notes the one violation that says why an event is unplanned.
func (c *Checker) explain(ev *capture.Event, s *scope, near nearMiss, r *Result) {
	code, expected, actual := EventUnplanned, "a planned event", cmp.Or(ev.Name, `""`)
	planned := c.names.terminals[ev.Name]
	switch {
	case near.expired != nil:
		code, expected = EventAliasEnded, near.expired.program.wireName
	case near.route != nil:
		code, expected, actual = EventUnmatched, strings.Join(near.route.asked, " or "), near.route.came(r)
	case len(planned) > 0:
		code, expected, actual = TerminalUnplanned, "on "+strings.Join(planned, ", "), s.terminal
	case c.names.otherCase(ev.Name) != "":
		code, expected = EventCase, c.names.otherCase(ev.Name)
	}
	if v := r.fail(code, wholeEvent); v != nil {
		v.Expected, v.Actual = shorten(expected, MaxText), shorten(actual, MaxText)
	}
}

// came lists the values that the watched properties had.
func (to *route) came(r *Result) string {
	texts := make([]string, 0, len(to.watched))
	for w, name := range to.watched {
		value := "absent"
		if r.values[w] != "" {
			value = "= " + shorten(r.values[w], MaxText)
		}
		texts = append(texts, name+" "+value)
	}
	return strings.Join(texts, ", ")
}
