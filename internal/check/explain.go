package check

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/plan"
)

// otherCase returns the planned name that differs from the given one in case only, or "".
func (c *Checker) otherCase(name string) string {
	if len(name) > plan.MaxName*4 {
		return ""
	}
	if names := c.folded[strings.ToLower(name)]; len(names) > 0 {
		return names[0]
	}
	return ""
}

// explain notes the one violation that says why an event is unplanned.
func (c *Checker) explain(ev *capture.Event, place int, near nearMiss, r *Result) {
	code, expected, actual := EventUnplanned, "a planned event", cmp.Or(ev.Name, `""`)
	switch {
	case near.expired != nil:
		code, expected = EventAliasEnded, near.expired.program.wireName
	case near.isOfOtherVersions():
		code, expected, actual = VersionUnplanned, near.versions(), cmp.Or(ev.App.Version, "no version")
	case near.route != nil:
		code, expected, actual = EventUnmatched, strings.Join(near.route.asked, " or "), near.route.came(r)
	case c.tracks.byName[ev.Name] != nil:
		code, expected, actual = TerminalUnplanned, "on "+strings.Join(c.plannedOn(ev.Name), ", "), c.key(place)
	case c.otherCase(ev.Name) != "":
		code, expected = EventCase, c.otherCase(ev.Name)
	}
	if v := r.fail(code, wholeEvent); v != nil {
		v.Expected, v.Actual = shorten(expected, MaxText), shorten(actual, MaxText)
	}
}

// takenOffline notes that an event is offline since a release.
func (r *Result) takenOffline(ev *capture.Event, c *candidate) {
	if v := r.fail(EventOffline, wholeEvent); v != nil {
		v.Expected = "offline since release " + strconv.Itoa(c.release)
		v.Actual = shorten(cmp.Or(ev.Name, `""`), MaxText)
	}
}

// plannedOn returns the keys of the terminals on which events of a name are planned.
func (c *Checker) plannedOn(name string) []string {
	var keys []string
	for place, to := range c.tracks.byName[name].routes {
		if to != nil && place < len(c.terminals) {
			keys = append(keys, c.terminals[place].Key)
		}
	}
	return keys
}

// key returns the key of the terminal at a place.
func (c *Checker) key(place int) string {
	if place == len(c.terminals) {
		return unknown
	}
	return c.terminals[place].Key
}

// isOfOtherVersions reports whether what could have judged the event holds in other versions.
func (near *nearMiss) isOfOtherVersions() bool {
	return near.route != nil && (near.other != nil || !near.route.isAlive(near.rank))
}

// versions says for people in which versions the event is planned.
func (near *nearMiss) versions() string {
	low, high := near.bounds()
	if low > near.rank {
		return "from version " + near.route.cuts.version(low) + " on"
	}
	return "before version " + near.route.cuts.version(high)
}

// bounds returns the ranks of the closest that is planned.
func (near *nearMiss) bounds() (low, high int) {
	if near.other != nil {
		return near.other.low, near.other.high
	}
	alive := near.route.alive
	if after := slices.Index(alive[near.rank:], true); after >= 0 {
		return near.rank + after, 0
	}
	high = near.rank
	for !alive[high-1] {
		high--
	}
	return 0, high
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
