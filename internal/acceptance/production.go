package acceptance

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

const (
	// verifiedFrom is how many valid events verify an event in production, and maxInvalid the part of all, one in so many,
	// that must not be invalid.
	verifiedFrom = 100
	maxInvalid   = 100
)

// ProductionCheck says whether production really sends what is online (线上验证).
type ProductionCheck struct {
	Event *ent.Event
	// Terminal is its key, FromVersion the app version from which on it is counted; empty for all.
	Terminal, FromVersion    string
	ValidCount, InvalidCount int64
	since                    time.Time
}

// Verified reports whether enough came, and hardly anything wrong.
func (c *ProductionCheck) Verified() bool {
	return c.ValidCount >= verifiedFrom && c.InvalidCount*maxInvalid < c.ValidCount+c.InvalidCount
}

// ProductionChecks returns what production sends of the events that batches brought online, by the batch's id. The asking
// person was allowed to read the batches before.
func (s *Service) ProductionChecks(ctx context.Context, batches []*ent.Batch) (map[string][]*ProductionCheck, error) {
	if _, err := auth.From(ctx); err != nil {
		return nil, err
	}
	ids, apps := make([]string, len(batches)), map[string]string{}
	for i, b := range batches {
		ids[i], apps[b.ID] = b.ID, b.AppID
	}
	list, err := testedBy(ctx, s.read, ids)
	if err != nil {
		return nil, err
	}
	found, byApp := map[string][]*ProductionCheck{}, map[string][]*ProductionCheck{}
	for _, t := range list {
		for _, d := range t.deliveries {
			if d.State != plan.DeliveryOnline || t.item.Action == plan.ActionRemove {
				continue
			}
			c := &ProductionCheck{Event: t.event, Terminal: d.Terminal, FromVersion: d.FromVersion, since: d.StateSince}
			found[t.item.BatchID] = append(found[t.item.BatchID], c)
			byApp[apps[t.item.BatchID]] = append(byApp[apps[t.item.BatchID]], c)
		}
	}
	for _, list := range found {
		slices.SortStableFunc(list, func(a, b *ProductionCheck) int {
			return cmp.Or(cmp.Compare(a.Event.Key, b.Event.Key), cmp.Compare(a.Terminal, b.Terminal))
		})
	}
	for app, checks := range byApp {
		if err := s.countProduction(ctx, app, checks); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// countProduction fills in what the production of an app sent since the hour in which each went online.
func (s *Service) countProduction(ctx context.Context, appID string, checks []*ProductionCheck) error {
	id, err := s.read.Environment.Query().Where(environment.AppID(appID), environment.Key(plan.EnvironmentProduction)).OnlyID(ctx)
	if err != nil {
		return fmt.Errorf("find production: %w", store.Fault(err))
	}
	since, ids := checks[0].since, make([]string, len(checks))
	for i, c := range checks {
		ids[i] = c.Event.ID
		if c.since.Before(since) {
			since = c.since
		}
	}
	counts, err := s.store.EventVersions(ctx, id, ids, since)
	if err != nil {
		return err
	}
	for _, c := range checks {
		for i := range counts {
			n := &counts[i]
			if n.EventID != c.Event.ID || n.Terminal != c.Terminal || c.FromVersion != "" && !fromOn(n.AppVersion, c.FromVersion) {
				continue
			}
			c.ValidCount, c.InvalidCount = c.ValidCount+n.Valid, c.InvalidCount+n.Invalid
		}
	}
	return nil
}

// fromOn reports whether a version is one of those from another on. What names no version counts as one of the newest, as
// the checker has it.
func fromOn(version, from string) bool {
	return version == "" || plan.CompareVersions(version, from) >= 0
}
