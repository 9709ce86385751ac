package collect

import (
	"context"
	"math"
	"strings"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/store"
)

// Sampling says which captured events of an environment are kept. Figures count all of them.
type Sampling struct {
	// ValidShare is the share of valid events, from 0 to 1, by a hash of their ids. The first AlwaysKept of each event and
	// terminal in each hour are kept besides, so that what is rare is never unseen.
	ValidShare float64
	// InvalidPerMinute is how many invalid and unplanned events are kept in each minute; of those beyond it is the same
	// share, and the first UnplannedKept of each unplanned name and terminal in each hour. Nil keeps all.
	InvalidPerMinute *int
}

// AlwaysKept is how many valid events of each event and terminal are kept in each hour, whatever the share.
const AlwaysKept = 100

// UnplannedKept is how many unplanned events of each name and terminal are kept in each hour, whatever the share and the rate.
const UnplannedKept = 1

// sampler says which events are kept. What it says follows from the stream, the settings and what the database has counted up
// to the position: a writer that starts there says the same. It remembers no more than the figures do, which are capped. It
// belongs to one goroutine.
type sampler struct {
	settings     func(environmentID string) (Sampling, bool)
	inHour       func(ctx context.Context, environmentID string, hour int64) (store.HourCounts, error)
	environments map[string]*sampled
}

// sampled is what is known of one environment.
type sampled struct {
	Sampling
	hours map[int64]store.HourCounts
}

// hoursKnown is of how many hours the figures are remembered between batches; of others they are read again.
const hoursKnown = 3

func newSampler(
	settings func(string) (Sampling, bool), inHour func(context.Context, string, int64) (store.HourCounts, error),
) *sampler {
	return &sampler{settings: settings, inHour: inHour, environments: map[string]*sampled{}}
}

// begin begins a batch: what was counted up to here is in the database. Settings that are known hold for the whole of it.
func (s *sampler) begin() {
	for id, e := range s.environments {
		now, on := s.settings(id)
		if !on || len(e.hours) == 0 || len(e.hours) > hoursKnown {
			delete(s.environments, id)
			continue
		}
		e.Sampling = now
	}
}

// keep says whether an event is kept that is about to be counted on top of a batch's figures.
func (s *sampler) keep(ctx context.Context, c *capture.Captured, batch *tally) (bool, error) {
	e := s.environments[c.EnvironmentID]
	if e == nil {
		settings, on := s.settings(c.EnvironmentID)
		if !on {
			return true, nil
		}
		e = &sampled{Sampling: settings, hours: map[int64]store.HourCounts{}}
		s.environments[strings.Clone(c.EnvironmentID)] = e
	}
	hour, err := s.hour(ctx, e, c, batch)
	if err != nil {
		return false, err
	}
	if c.Verdict == capture.Valid {
		return among(hour.Valid, c, batch, AlwaysKept) || inShare(c, e.ValidShare), nil
	}
	first := c.Verdict == capture.Unplanned && among(hour.Unplanned, c, batch, UnplannedKept)
	minute := &hour.Others[c.ReceivedAt.Unix()/60%60]
	*minute++
	return first || e.InvalidPerMinute == nil || *minute <= int64(*e.InvalidPerMinute) || inShare(c, e.ValidShare), nil
}

// among says whether an event is among the first of its name and terminal in an hour, and counts it there.
func among(seen map[store.HourKey]int64, c *capture.Captured, batch *tally, first int64) bool {
	key := store.HourKey{EventID: c.EventID, Name: batch.name(c), Terminal: c.TerminalKey}
	if c.EventID != "" {
		key.Name = "" // its aliases are the same event
	}
	n := seen[key]
	if n < first {
		seen[key.Clone()] = n + 1
	}
	return n < first
}

// hour returns what was counted in the hour of an event: by the database up to the batch, and by the batch.
func (s *sampler) hour(ctx context.Context, e *sampled, c *capture.Captured, batch *tally) (store.HourCounts, error) {
	at := c.ReceivedAt.Unix() / 3600
	known, ok := e.hours[at]
	if ok {
		return known, nil
	}
	known, err := s.inHour(ctx, c.EnvironmentID, at)
	if err != nil {
		return known, err
	}
	for key, n := range batch.counters {
		if key.EnvironmentID == c.EnvironmentID && key.Hour == at && key.Verdict != capture.Invalid && key.Code == "" {
			known.Add(key, n)
		}
	}
	for key, n := range batch.minutes {
		if key.EnvironmentID == c.EnvironmentID && key.Minute/60 == at {
			known.Others[key.Minute%60] += n.Invalid + n.Unplanned
		}
	}
	e.hours[at] = known
	return known, nil
}

// inShare says whether an event is of the share that is kept. It says the same of the same event everywhere; what has no id
// goes by its place in the stream.
func inShare(c *capture.Captured, share float64) bool {
	hash := uint64(14695981039346656037)
	for i := range len(c.ID) {
		hash = (hash ^ uint64(c.ID[i])) * 1099511628211
	}
	if c.ID == "" {
		hash ^= uint64(c.Seq)
	}
	// FNV leaves the first bits of short texts much alike.
	hash ^= hash >> 33
	hash *= 0xff51afd7ed558ccd
	hash ^= hash >> 33
	hash *= 0xc4ceb9fe1a85ec53
	hash ^= hash >> 33
	return float64(hash>>11) < share*math.Exp2(53)
}

// NotKept returns how many events of environments, which the asking person was allowed to read before, were counted and not
// kept; those that kept all are missing.
func (s *Samples) NotKept(ctx context.Context, environmentIDs []string) (map[string]int64, error) {
	return s.Store.NotKept(ctx, environmentIDs)
}
