package diff

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/waymarkhq/waymark/internal/plan"
)

// classify tells the impact of a change to a definition. A value set of another hash is told by what changed in it.
func (c *comparison) classify(ch Change) []Change {
	if len(ch.At) == 0 {
		return []Change{classed(ch, Other, nil)}
	}
	switch ch.At[0] {
	case "valueSets":
		return c.valueSet(ch)
	case "properties":
		rule, terminals := c.property(&ch)
		return []Change{classed(ch, rule, c.limited(terminals))}
	case "terminals":
		rule, terminals := c.terminal(&ch)
		return []Change{classed(ch, rule, terminals)}
	default:
		return []Change{classed(ch, c.event(&ch), nil)}
	}
}

// limited returns the terminals that a change is about, nothing where it is about all.
func (c *comparison) limited(terminals []string) []string {
	if slices.Contains(terminals, everywhere) || len(terminals) == len(c.terminals) {
		return nil
	}
	return terminals
}

// event returns the rule of a change to the event itself.
func (c *comparison) event(ch *Change) string {
	switch ch.At[0] {
	case "key":
		return KeyChanged
	case "kind":
		return KindChanged
	case "name", "description", "trigger", "module":
		return TextChanged
	case "level":
		return LevelChanged
	case "ownerIds":
		return OwnersChanged
	case "wireName":
		return c.wireName()
	case "match":
		return MatchChanged
	case "aliases":
		return c.alias(ch)
	case "excludedCommonProperties":
		if ch.Kind == Added {
			return CommonExcluded
		}
		return CommonIncluded
	default:
		return Other
	}
}

func (c *comparison) wireName() string {
	if c.a.WireName != "" && slices.ContainsFunc(c.b.Aliases, func(a plan.Alias) bool { return a.Name == c.a.WireName }) {
		return RenamedWithAlias
	}
	return Renamed
}

func (c *comparison) alias(ch *Change) string {
	name, _ := inner(ch.At[1])
	switch {
	case len(ch.At) > 2:
		return untilRule(ch)
	case ch.Kind == Added && name == c.a.WireName, ch.Kind == Removed && name == c.b.WireName:
		return Restated // it was the name itself, or became it
	case ch.Kind == Added:
		return AliasAdded
	default:
		return AliasRemoved
	}
}

// untilRule tells whether an alias lasts longer; none is for good.
func untilRule(ch *Change) string {
	var from, to time.Time
	bad := json.Unmarshal(ch.To, &to) != nil || ch.Kind == Changed && json.Unmarshal(ch.From, &from) != nil
	switch {
	case ch.Kind == Removed:
		return AliasExtended
	case bad || ch.Kind == Added || to.Before(from):
		return AliasShortened
	default:
		return AliasExtended
	}
}

func (c *comparison) terminal(ch *Change) (rule string, terminals []string) {
	added := ch.Kind == Added
	if len(ch.At) > 1 {
		name, _ := inner(ch.At[1])
		terminals = []string{name}
	} else {
		added = !added // none is all
	}
	switch {
	case !added:
		return TerminalRemoved, terminals
	case c.b.Kind == plan.KindCommon && requires(c.b, terminals):
		return CommonWidened, terminals
	default:
		return TerminalAdded, terminals
	}
}

// valueSet tells what changed in a value set that the definition draws on. That it is drawn on, or no more, is told by the
// property that says so.
func (c *comparison) valueSet(ch Change) []Change {
	id := ch.At[len(ch.At)-1]
	switch {
	case len(ch.At) == 2 && ch.Kind == Added && c.b.DrawsOn()[id], len(ch.At) == 2 && ch.Kind == Removed && c.a.DrawsOn()[id]:
		return nil
	case len(ch.At) != 2 || ch.Kind != Changed:
		return []Change{classed(ch, Restated, nil)}
	}
	from, to := c.sets[c.a.ValueSets[id]], c.sets[c.b.ValueSets[id]]
	if from == nil || to == nil {
		return []Change{classed(ch, ValuesLimited, nil)}
	}
	changes := ValueSets(from, to)
	for i := range changes {
		changes[i].Path = "valueSets[" + plain(to.Key) + "]." + changes[i].Path
		changes[i].At = append([]string{"valueSets", id}, changes[i].At...)
	}
	return changes
}

func valueSetRule(ch *Change) string {
	switch {
	case len(ch.At) == 0 && ch.Kind == Added:
		return ValueAdded
	case len(ch.At) == 0:
		return ValueRemoved
	case ch.At[0] == "key", ch.At[0] == "name", ch.At[0] == "description":
		return TextChanged
	case ch.At[0] == "values" && len(ch.At) > 1:
		return listedRule(ch.At[1:], ch.Kind)
	default:
		return Other
	}
}

// listedRule is the rule of a change inside a list of values.
func listedRule(at []string, kind Kind) string {
	switch {
	case at[0] == order:
		return OrderChanged
	case len(at) > 1:
		return ValueLabelled
	case kind == Added:
		return ValueAdded
	default:
		return ValueRemoved
	}
}
