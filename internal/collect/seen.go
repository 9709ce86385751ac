package collect

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/sighting"
	"github.com/waymarkhq/waymark/internal/store"
)

const (
	// SeenWithin is how far back series go unless asked otherwise.
	SeenWithin = 30 * 24 * time.Hour
	// UsableFill is from which share of filled values on a property can be used.
	UsableFill = 0.95
)

// SeenQuery asks what was seen in environments, which the asking person was allowed to read before. Only one of EventIDs and
// Names should be set.
type SeenQuery struct {
	EnvironmentIDs []string
	EventIDs       []string // planned events
	Names          []string // wire names, planned or not
	Properties     []string // narrows; nil is all
	Terminal       *string
	Version        *string
	// From and Until narrow the series; the last SeenWithin when nil.
	From, Until *time.Time
}

// SeenEvent is what was seen of an event, or of a wire name.
type SeenEvent struct {
	Count                   int64
	FirstSeenAt, LastSeenAt *time.Time
	Names                   []string
	Places                  []*SeenPlace
	Series                  []*SeenPoint
	Properties              []*SeenProperty
}

// SeenProperty is what was seen of a property, in the events that carried it anywhere.
type SeenProperty struct {
	Name string
	SeenShare
	FirstSeenAt, LastSeenAt *time.Time
	Types                   []*SeenType
	Values                  []*SeenValue
	// ValuesComplete: no other values came, but for long ones.
	ValuesComplete   bool
	Minimum, Maximum *string
	Places           []*SeenPlace
	Series           []*SeenPoint
	Usable           []*SeenUsable

	summary sighting.Summary
}

// SeenShare is how many of some events carried a property.
type SeenShare struct{ Events, Filled, Empty int64 }

// FillRate is the share of the events whose property said something, 0 to 1.
func (s SeenShare) FillRate() float64 {
	if s.Events == 0 {
		return 0
	}
	return float64(s.Filled) / float64(s.Events)
}

func (s SeenShare) usable() bool { return s.Events > 0 && s.FillRate() >= UsableFill }

func (s SeenShare) plus(o SeenShare) SeenShare {
	return SeenShare{Events: s.Events + o.Events, Filled: s.Filled + o.Filled, Empty: s.Empty + o.Empty}
}

// SeenPlace is what was seen on one terminal, of one app version. Of an event, Filled is how often it came.
type SeenPlace struct {
	Terminal, Version string
	SeenShare
	FirstSeenAt, LastSeenAt *time.Time
	Types                   []*SeenType

	counts sighting.Counts
}

// SeenPoint is what was seen in a stretch of time.
type SeenPoint struct {
	At    time.Time
	Hours int
	SeenShare
}

// SeenType is how often values looked like something.
type SeenType struct {
	Shape string
	Count int64
	Share float64
}

// SeenValue is a value that came often: at most Count times, and at most Error fewer.
type SeenValue struct {
	Value, Shape string
	Count, Error int64
	Share        float64 // of the filled ones
}

// SeenUsable says since when a property can be used on a terminal: from the version and time on, in all later versions, it
// was filled in UsableFill of the events.
type SeenUsable struct {
	Terminal string
	Usable   bool
	Version  *string
	Since    *time.Time
}

// SeenRows are what the database has of a SeenQuery.
type SeenRows struct {
	sightings []store.Sighting
	fills     []store.FillSeen
}

// SeenIn reads what was seen, in two statements, and in one more where properties but no events are asked for.
func (s *Samples) SeenIn(ctx context.Context, q SeenQuery, now time.Time) (*SeenRows, error) {
	if _, err := auth.From(ctx); err != nil {
		return nil, err
	}
	from, until := now.Add(-SeenWithin), now.Add(time.Hour)
	if q.From != nil {
		from = *q.From
	}
	if q.Until != nil {
		until = *q.Until
	}
	if !from.Before(until) {
		return nil, fault.Invalid(fault.Field{Path: "until", Reason: "out_of_range", Message: "it must lie after from"})
	}
	places := store.SightingQuery{EnvironmentIDs: q.EnvironmentIDs, EventIDs: q.EventIDs, Names: q.Names, Terminals: of(q.Terminal), Versions: of(q.Version)}
	if q.EventIDs == nil && q.Names == nil {
		names, err := s.carriers(ctx, places, q.Properties)
		if err != nil || len(names) == 0 {
			return &SeenRows{}, err
		}
		q.Names, places.Names = names, names
	}
	if q.Properties != nil {
		places.Properties = append([]string{""}, q.Properties...)
	}
	rows := &SeenRows{}
	var err error
	if rows.sightings, err = s.Store.Sightings(ctx, places); err != nil {
		return nil, fmt.Errorf("read what was seen: %w", err)
	}
	rows.fills, err = s.Store.Fills(ctx, store.FillQuery{
		EnvironmentIDs: q.EnvironmentIDs, EventIDs: q.EventIDs, Names: q.Names, Terminals: places.Terminals, Versions: places.Versions,
		From: from, Until: until,
	})
	if err != nil {
		return nil, fmt.Errorf("read what was seen over time: %w", err)
	}
	return rows, nil
}

// carriers returns the wire names of the events that carried one of the properties.
func (s *Samples) carriers(ctx context.Context, q store.SightingQuery, properties []string) ([]string, error) {
	q.Properties = properties
	found, err := s.Store.Sightings(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("read what was seen: %w", err)
	}
	names := make([]string, 0, len(found))
	for _, f := range found {
		names = append(names, f.Key.Name)
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

func of(value *string) []string {
	if value == nil {
		return nil
	}
	return []string{*value}
}

// Event works out what was seen of the events that a test admits, in environments that it admits.
func (r *SeenRows) Event(is func(store.SightingKey) bool) *SeenEvent {
	e := &SeenEvent{}
	properties := map[string]bool{}
	for _, s := range r.sightings {
		if !is(s.Key.SightingKey) {
			continue
		}
		if s.Key.Property != "" {
			properties[s.Key.Property] = true
			continue
		}
		e.Count += s.Seen.Count
		e.Names = append(e.Names, s.Key.Name)
		e.Places = place(e.Places, s.Key.SightingKey, SeenShare{Events: s.Seen.Count, Filled: s.Seen.Count}, s.Seen)
		e.FirstSeenAt, e.LastSeenAt = span(e.FirstSeenAt, e.LastSeenAt, s.Seen)
	}
	slices.Sort(e.Names)
	e.Names = slices.Compact(e.Names)
	for _, f := range r.fills {
		if is(f.Key.SightingKey) {
			e.Series = point(e.Series, f.Key, SeenShare{Events: f.Fill.Events, Filled: f.Fill.Events})
		}
	}
	sortPlaces(e.Places)
	for name := range properties {
		e.Properties = append(e.Properties, r.Property(name, is))
	}
	slices.SortFunc(e.Properties, compareSeen)
	return e
}

// Property works out what was seen of a property in the events that a test admits and that carried it anywhere.
func (r *SeenRows) Property(name string, is func(store.SightingKey) bool) *SeenProperty {
	p := &SeenProperty{Name: name}
	type carrier struct{ environmentID, eventID, name string }
	carriers := map[carrier]bool{}
	carries := func(k store.SightingKey) bool { return carriers[carrier{k.EnvironmentID, k.EventID, k.Name}] }
	for _, s := range r.sightings {
		if s.Key.Property == name && is(s.Key.SightingKey) {
			k := s.Key
			carriers[carrier{k.EnvironmentID, k.EventID, k.Name}] = true
			v := &s.Seen.Values
			p.SeenShare = p.plus(SeenShare{Filled: v.Filled(), Empty: v.Empty()})
			p.Places = place(p.Places, k.SightingKey, SeenShare{Filled: v.Filled(), Empty: v.Empty()}, s.Seen)
			p.FirstSeenAt, p.LastSeenAt = span(p.FirstSeenAt, p.LastSeenAt, s.Seen)
			p.summary.Add(v)
		}
	}
	for _, s := range r.sightings {
		if s.Key.Property == "" && carries(s.Key.SightingKey) {
			p.SeenShare = p.plus(SeenShare{Events: s.Seen.Count})
			p.Places = place(p.Places, s.Key.SightingKey, SeenShare{Events: s.Seen.Count}, nil)
		}
	}
	lines := map[[2]string][]*SeenPoint{}
	for _, f := range r.fills {
		if !carries(f.Key.SightingKey) {
			continue
		}
		share := SeenShare{Events: f.Fill.Events}
		if n := f.Fill.Properties[name]; n != nil {
			share.Filled, share.Empty = n.Filled(), n.Empty()
		}
		p.Series = point(p.Series, f.Key, share)
		at := [2]string{f.Key.Terminal, f.Key.AppVersion}
		lines[at] = point(lines[at], f.Key, share)
	}
	sortPlaces(p.Places)
	p.Usable = usable(p.Places, lines)
	p.describe()
	return p
}

// Conceal drops the values, of a property whose values are nobody's business.
func (p *SeenProperty) Conceal() {
	p.summary.Forget()
	p.describe()
}

func (p *SeenProperty) describe() {
	p.Types = typesOf(&p.summary.Counts)
	p.Values, p.ValuesComplete = nil, p.summary.Top.Exact() && p.summary.HasValues()
	for _, v := range p.summary.Top.Values() {
		p.Values = append(p.Values, &SeenValue{
			Value: v.Text, Shape: v.Shape.String(), Count: v.Count, Error: v.Error, Share: float64(v.Count) / float64(p.summary.Filled()),
		})
	}
	p.Minimum, p.Maximum = nil, nil
	if p.summary.Least.Text != "" {
		p.Minimum, p.Maximum = &p.summary.Least.Text, &p.summary.Most.Text
	}
}

func typesOf(c *sighting.Counts) (types []*SeenType) {
	for shape, n := range c {
		if n > 0 {
			types = append(types, &SeenType{Shape: sighting.Shape(shape).String(), Count: n, Share: float64(n) / float64(c.Seen())})
		}
	}
	return types
}

// usable works out since when a property can be used, per terminal: from the oldest version on, of those up to the newest in which it
// can, and since the first of them came. What came without a version, or beyond the cap of versions, counts only where there is
// nothing else, and tells by time alone.
func usable(places []*SeenPlace, lines map[[2]string][]*SeenPoint) (out []*SeenUsable) {
	for i := 0; i < len(places); {
		u := &SeenUsable{Terminal: places[i].Terminal}
		out = append(out, u)
		end := i
		for end < len(places) && places[end].Terminal == u.Terminal {
			end++
		}
		named := slices.ContainsFunc(places[i:end], func(p *SeenPlace) bool { return isVersion(p.Version) })
		for v := end - 1; v >= i; v-- { // from the newest version down
			p := places[v]
			if named && !isVersion(p.Version) {
				continue
			}
			if p.usable() {
				if !u.Usable || p.FirstSeenAt.Before(*u.Since) { // an old version may come late
					u.Since = p.FirstSeenAt
				}
				u.Usable, u.Version = true, &p.Version
				continue
			}
			if since := tail(lines[[2]string{p.Terminal, p.Version}]); since != nil {
				u.Usable, u.Version, u.Since = true, &p.Version, since
			}
			break
		}
		i = end
	}
	return out
}

func isVersion(label string) bool { return label != "" && label != store.OtherLabel }

// tail returns the beginning of the stretches up to the last in which a property could be used; nil for none.
func tail(points []*SeenPoint) (since *time.Time) {
	for _, p := range slices.Backward(points) {
		if !p.usable() {
			break
		}
		since = &p.At
	}
	return since
}

func compareSeen(a, b *SeenProperty) int { return strings.Compare(a.Name, b.Name) }
