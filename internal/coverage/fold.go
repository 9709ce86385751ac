package coverage

import (
	"regexp"
	"slices"
	"strings"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
)

// Event is one event of a session.
type Event struct {
	// Captured has the session's verdict, and the key of the event that it was judged by.
	Captured *capture.Captured
	// Step is the number of the step that it belongs to; 0 before the first.
	Step int
	// Repeats says that it repeats another one under a new id.
	Repeats bool
}

// NewSeen begins what a session sees.
func NewSeen(session string) *Seen { return &Seen{Session: session} }

// Note adds an event. Events are noted in stream order; one that is noted already changes nothing.
func (s *Seen) Note(t *Target, e *Event) {
	c := e.Captured
	if c.Seq <= s.Through {
		return
	}
	s.Through = c.Seq
	build := Build{Version: c.App.Version, Build: c.App.Build}
	s.noteBuild(c.TerminalKey, build)
	cell := cellFor(t, c)
	if cell == nil {
		s.noteUnplanned(c)
		return
	}
	if cell.ShouldNotFire && !cell.FromNone && c.Verdict == capture.Valid {
		return // an older version of the app may still send it
	}
	seen := s.cell(cell)
	seen.note(cell, e, build)
}

// cellFor returns the cell that an event belongs to, or nil.
func cellFor(t *Target, c *capture.Captured) *Cell {
	if c.EventKey != "" {
		return t.find(c.EventKey, c.TerminalKey)
	}
	if c.Verdict != capture.Unplanned {
		return nil
	}
	for i := range t.Cells { // a plan need not know what was dropped
		if cell := &t.Cells[i]; cell.ShouldNotFire && cell.Name == c.Name && cell.Terminal == c.TerminalKey {
			return cell
		}
	}
	return nil
}

func (s *Seen) noteBuild(terminal string, b Build) {
	if terminal == "" || !b.Known() {
		return
	}
	if s.Builds == nil {
		s.Builds = map[string][]Build{}
	}
	list := s.Builds[terminal]
	at, found := slices.BinarySearchFunc(list, b, Build.order)
	if !found {
		s.Builds[terminal] = slices.Insert(list, at, b)
	}
}

func (s *Seen) noteUnplanned(c *capture.Captured) {
	if c.Verdict != capture.Unplanned || c.EventKey != "" {
		return
	}
	if s.Unplanned == nil {
		s.Unplanned = map[string]int{}
	}
	if _, known := s.Unplanned[c.Name]; !known && len(s.Unplanned) >= MaxUnplanned {
		s.Others++
		return
	}
	s.Unplanned[strings.Clone(c.Name)]++
}

func (s *Seen) cell(c *Cell) *SeenCell {
	if s.Cells == nil {
		s.Cells = map[string]map[string]*SeenCell{}
	}
	if s.Cells[c.Event] == nil {
		s.Cells[c.Event] = map[string]*SeenCell{}
	}
	seen := s.Cells[c.Event][c.Terminal]
	if seen == nil {
		seen = &SeenCell{}
		s.Cells[c.Event][c.Terminal] = seen
	}
	return seen
}

func (s *SeenCell) note(cell *Cell, e *Event, build Build) {
	c := e.Captured
	sight := &Sight{Seq: c.Seq, At: c.ReceivedAt}
	valid := c.Verdict == capture.Valid && !cell.ShouldNotFire
	if valid {
		s.Valid++
	} else {
		s.Invalid++
		sight.Wrong = wrongIn(c)
	}
	if e.Repeats {
		s.Repeats++
	}
	if e.Step > 0 {
		if s.Steps == nil {
			s.Steps = map[int]int{}
		}
		s.Steps[e.Step]++
	}
	s.Sights.note(build, cell.Hash, sight, valid)
	s.noteProperties(cell, c, build, sight)
}

// noteProperties notes which of the properties came, and how. Where more was wrong than is listed, nothing that is not
// listed counts as right.
func (s *SeenCell) noteProperties(cell *Cell, c *capture.Captured, build Build, of *Sight) {
	if cell.ShouldNotFire {
		return
	}
	values := valuesOf(c)
	all := len(c.Violations) < check.MaxViolations
	for i := range cell.Properties {
		p := &cell.Properties[i]
		invalid := slices.ContainsFunc(of.Wrong, func(path string) bool { return within(path, p.Name) })
		came := values.at(p.Name)
		if !invalid && (len(came) == 0 || !all) {
			continue
		}
		if s.Properties == nil {
			s.Properties = map[string]*SeenProperty{}
		}
		seen := s.Properties[p.Name]
		if seen == nil {
			seen = &SeenProperty{}
			s.Properties[p.Name] = seen
		}
		seen.note(p, !invalid, came, build, &Sight{Seq: of.Seq, At: of.At})
	}
}

func (s *SeenProperty) note(p *Property, valid bool, came []value, build Build, sight *Sight) {
	s.Sights.note(build, p.Hash, sight, valid)
	if !valid {
		s.Invalid++
		return
	}
	s.Valid++
	for _, want := range p.Values {
		if at, found := slices.BinarySearch(s.Values, want); !found && slices.ContainsFunc(came, func(v value) bool { return v.is(want) }) {
			s.Values = slices.Insert(s.Values, at, want)
		}
	}
}

func (s *Sights) note(b Build, hash string, sight *Sight, valid bool) {
	at, found := slices.BinarySearchFunc(s.In, InBuild{Build: b, Hash: hash}, func(a, o InBuild) int {
		if c := a.Build.order(o.Build); c != 0 {
			return c
		}
		return strings.Compare(a.Hash, o.Hash)
	})
	if !found {
		s.In = slices.Insert(s.In, at, InBuild{Build: b, Hash: hash})
	}
	last := &s.In[at].Invalid
	if valid {
		last = &s.In[at].Valid
	}
	if sight.later(*last) {
		*last = sight
	}
}

// indexes are the places of elements in a path.
var indexes = regexp.MustCompile(`\[\d+\]`)

// wrongIn lists the paths of what makes an event wrong, in order, each once, elements of a list alike.
func wrongIn(c *capture.Captured) []string {
	var paths []string
	for i := range c.Violations {
		if v := &c.Violations[i]; v.Severity == capture.Error {
			paths = append(paths, indexes.ReplaceAllString(v.Property, "[]"))
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// within reports whether a path is that of a property, or of something in it.
func within(path, property string) bool {
	rest, ok := strings.CutPrefix(path, property)
	return ok && (rest == "" || rest[0] == '.' || rest[0] == '[')
}
