package diff

import (
	"slices"

	"github.com/waymarkhq/waymark/internal/plan"
)

// property returns the rule of a change to a property as the event uses it, and the terminals that it is about.
func (c *comparison) property(ch *Change) (rule string, terminals []string) {
	if len(ch.At) < 2 {
		return Other, c.terminals
	}
	id, ok := inner(ch.At[1])
	if !ok {
		return OrderChanged, c.terminals
	}
	was, is, at := c.was[id], c.is[id], ch.At[2:]
	switch {
	case was == nil:
		return c.propertyAdded(is)
	case is == nil:
		return PropertyRemoved, c.terminals
	}
	switch at[0] {
	case "key":
		return PropertyRenamed, c.terminals
	case "name", "description", "propertyExample", "example", "note":
		return TextChanged, c.terminals
	case "sensitivity":
		return SensitivityChanged, c.terminals
	case "presence", "presenceOn":
		return c.presence(was, is, at)
	case "type":
		return c.typ(was, is, at[1:], ch)
	case "narrowing":
		return c.constraint(was, is, at[1], c.terminals)
	case "narrowingOn":
		return c.constraintOn(was, is, at[1:])
	default:
		return Other, c.terminals
	}
}

func (c *comparison) propertyAdded(is *plan.FrozenProperty) (rule string, terminals []string) {
	if c.matched(is) {
		return TypeNarrowed, c.terminals
	}
	own := is.Rule()
	for _, t := range c.terminals {
		if own.PresenceAt(t) == plan.PresenceRequired {
			terminals = append(terminals, t)
		}
	}
	if len(terminals) > 0 {
		return PropertyAddedRequired, terminals
	}
	return PropertyAddedOptional, c.terminals
}

// matched reports whether a condition of the match lets any value of the property pass that meets it, where the event
// does not carry it otherwise.
func (c *comparison) matched(p *plan.FrozenProperty) bool {
	return slices.ContainsFunc(c.a.Match, func(m plan.Condition) bool { return m.Property == p.Key })
}

// presence compares on the terminals that a change is about: one, or all that are not spoken of by themselves.
func (c *comparison) presence(was, is *plan.FrozenProperty, at []string) (rule string, terminals []string) {
	about := c.terminals
	if len(at) > 1 {
		about = c.only(at[1])
	}
	before, after := was.Rule(), is.Rule()
	on := map[string][]string{}
	for _, t := range about {
		from, to := before.PresenceAt(t), after.PresenceAt(t)
		if from == to || len(at) == 1 && was.PresenceOn[t] != is.PresenceOn[t] {
			continue
		}
		rule := presenceRule(to)
		if from == plan.PresenceAbsent && c.matched(is) {
			rule = TypeNarrowed
		}
		on[rule] = append(on[rule], t)
	}
	for _, rule := range []string{TypeNarrowed, BecameRequired, BecameAbsent, BecameOptional} {
		if len(on[rule]) > 0 {
			return rule, on[rule]
		}
	}
	return Restated, about
}

func presenceRule(to plan.Presence) string {
	switch to {
	case plan.PresenceRequired:
		return BecameRequired
	case plan.PresenceAbsent:
		return BecameAbsent
	default:
		return BecameOptional
	}
}

// only returns the one terminal, where both definitions are planned on it.
func (c *comparison) only(terminal string) []string {
	if slices.Contains(c.terminals, terminal) {
		return []string{terminal}
	}
	return nil
}

// constraintOn is the rule of a change to what narrows the property on one terminal.
func (c *comparison) constraintOn(was, is *plan.FrozenProperty, at []string) (rule string, terminals []string) {
	if len(at) < 2 {
		return Other, c.only(at[0])
	}
	return c.constraint(was, is, at[1], c.only(at[0]))
}

// constraint compares what holds in the end on terminals: the type's own and what narrows it.
func (c *comparison) constraint(was, is *plan.FrozenProperty, name string, about []string) (rule string, terminals []string) {
	before, after := was.Rule(), is.Rule()
	var tighter, looser []string
	for _, t := range about {
		x, y := before.On(t), after.On(t)
		if x.Presence == plan.PresenceAbsent || y.Presence == plan.PresenceAbsent {
			continue // it was not sent, or is not judged
		}
		switch c.weigh(name, &was.Type, &is.Type, &x, &y) {
		case weighTighter:
			tighter = append(tighter, t)
		case weighLooser:
			looser = append(looser, t)
		case weighSame:
		}
	}
	switch {
	case len(tighter) > 0:
		return weighedRule(name, weighTighter), tighter
	case len(looser) > 0:
		return weighedRule(name, weighLooser), looser
	default:
		return Restated, about
	}
}

// typ is the rule of a change to a property's type; at is the place in it.
func (c *comparison) typ(was, is *plan.FrozenProperty, at []string, ch *Change) (rule string, terminals []string) {
	switch {
	case len(at) == 0:
		return c.baseRule(&was.Type, &is.Type), c.terminals
	case slices.Contains(constraintNames, at[0]):
		return c.constraint(was, is, at[0], c.terminals)
	case at[0] == "values":
		return c.listed(was, is, at[1:], ch)
	default:
		return c.part(&was.Type, &is.Type, at, ch.Kind), c.terminals
	}
}

// listed is the rule of a change to the values of an enum.
func (c *comparison) listed(was, is *plan.FrozenProperty, at []string, ch *Change) (rule string, terminals []string) {
	if len(at) == 1 && at[0] != order && (ch.Kind == Removed || len(was.Type.Values) == 0) {
		rule, terminals = c.constraint(was, is, "valueSet", c.terminals)
		if rule == ValuesLimited && ch.Kind == Removed {
			rule = ValueRemoved
		}
		return rule, terminals
	}
	return listedRule(at, ch.Kind), c.terminals
}
