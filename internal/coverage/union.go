package coverage

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"
)

// Union is what several sessions saw, by session.
type Union map[string]*Seen

// UnionOf puts sessions together.
func UnionOf(seen ...*Seen) Union {
	u := Union{}
	for _, s := range seen {
		u.add(s)
	}
	return u
}

// Merge returns what is in either. Where both hold a session, the one that has seen more of it counts.
func Merge(a, b Union) Union {
	u := maps.Clone(a)
	if u == nil {
		u = Union{}
	}
	for _, s := range b {
		u.add(s)
	}
	return u
}

func (u Union) add(s *Seen) {
	if have := u[s.Session]; have == nil || s.Through > have.Through {
		u[s.Session] = s
	}
}

// sessions lists them in one order, whatever the order in which they were put together.
func (u Union) sessions() []*Seen {
	return slices.SortedFunc(maps.Values(u), func(a, b *Seen) int { return strings.Compare(a.Session, b.Session) })
}

// newest returns the newest build that reported anything on a terminal.
func (u Union) newest(terminal string) Build {
	var newest Build
	for _, s := range u.sessions() {
		for _, b := range s.Builds[terminal] {
			if b.order(newest) > 0 {
				newest = b
			}
		}
	}
	return newest
}

// Ref names an event that a session saw.
type Ref struct {
	Session string
	Seq     int64
	At      time.Time
	Build   Build
}

// last is what was seen last of something, of all that counts.
type last struct {
	Ref
	valid bool
	wrong []string
	// any is true where anything was seen, stale where all of it was by another definition.
	any, stale bool
}

// lastOf finds what counts among the sights of several sessions: in the newest known build and among those without one
// what came last, and the later of the two.
func lastOf(hash string, sights map[string]Sights) last {
	var known, unknown *last
	l := last{}
	for _, session := range slices.Sorted(maps.Keys(sights)) {
		for i := range sights[session].In {
			in := &sights[session].In[i]
			l.any = true
			if in.Hash != hash {
				continue
			}
			best := &unknown
			if in.Known() {
				best = &known
			}
			*best = in.against(session, *best)
		}
	}
	switch {
	case known == nil && unknown == nil:
		l.stale = l.any
		return l
	case known == nil || unknown != nil && unknown.after(known):
		return *unknown
	default:
		return *known
	}
}

// against returns the one that counts of what was seen in a build, and of what counted so far.
func (in *InBuild) against(session string, best *last) *last {
	for _, s := range []*Sight{in.Valid, in.Invalid} {
		if s == nil {
			continue
		}
		l := &last{Ref: Ref{Session: session, Seq: s.Seq, At: s.At, Build: in.Build}, any: true, valid: s == in.Valid, wrong: s.Wrong}
		if best == nil || cmp.Or(l.Build.Compare(best.Build), l.orderInBuild(best)) > 0 {
			best = l
		}
	}
	return best
}

func (l *last) orderInBuild(o *last) int {
	return cmp.Or(l.At.Compare(o.At), cmp.Compare(l.Seq, o.Seq), strings.Compare(l.Session, o.Session))
}

// after reports whether l came later than o, whatever the builds.
func (l *last) after(o *last) bool { return l.orderInBuild(o) > 0 }
