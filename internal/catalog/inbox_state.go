package catalog

import (
	"context"
	"fmt"
	"slices"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/ent/eventproperty"
	"github.com/waymarkhq/waymark/ent/inboxdecision"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

// decide sets what was decided on each: by somebody, or by the plan, which knows it by now. The number of statements does not
// depend on how much that is.
func (s *Service) decide(ctx context.Context, appID string, all []*Unplanned) error {
	rows, err := s.read.InboxDecision.Query().Where(inboxdecision.AppID(appID)).WithBatch().All(ctx)
	if err != nil {
		return fmt.Errorf("read what was decided: %w", store.Fault(err))
	}
	decided := make(map[inboxKey]*ent.InboxDecision, len(rows))
	for _, d := range rows {
		decided[keyOfDecision(d)] = d
	}
	known, err := s.plannedNames(ctx, appID)
	if err != nil {
		return err
	}
	for _, u := range all {
		u.State = plan.InboxOpen
		id, planned := known.plans(u.key)
		if planned {
			u.State, u.EventID = plan.InboxAdded, id
		}
		if d := decided[u.key]; d != nil && (planned || !known.lapsed[u.key] && !overtaken(d)) {
			u.take(d)
		}
	}
	return nil
}

func keyOfDecision(d *ent.InboxDecision) inboxKey { return inboxKey{d.Name, d.EventID, d.Property} }

// overtaken says whether what was decided will not come about: its batch was cancelled.
func overtaken(d *ent.InboxDecision) bool {
	return d.Edges.Batch != nil && d.Edges.Batch.State == plan.BatchCancelled
}

// take takes over what somebody decided. What is ignored up to a version is open again when a later one sends it.
func (u *Unplanned) take(d *ent.InboxDecision) {
	later := func(version string) bool {
		return version != store.OtherLabel && plan.CompareVersions(version, d.UpToVersion) > 0
	}
	if d.State == plan.InboxIgnored && d.UpToVersion != "" && slices.ContainsFunc(u.Versions, later) {
		return
	}
	u.State, u.Reason, u.UpToVersion = d.State, d.Reason, d.UpToVersion
	u.DecidedByID, u.DecidedAt = d.UpdatedByID, &d.UpdatedAt
	if d.TargetID != "" {
		u.EventID = d.TargetID
	}
}

// plannedNames are the names that an app's events answer to, and the properties that they have.
type plannedNames struct {
	by map[inboxKey]string // with the event's id
	// lapsed are names that were aliases until a time that has passed.
	lapsed map[inboxKey]bool
	// common are the names of properties that all events may have.
	common map[string]bool
}

// plans says whether the app plans something by now, and of which event it is.
func (p *plannedNames) plans(k inboxKey) (eventID string, planned bool) {
	if k.property != "" && p.common[k.property] {
		return k.eventID, true
	}
	eventID, planned = p.by[k]
	return eventID, planned
}

func (s *Service) plannedNames(ctx context.Context, appID string) (*plannedNames, error) {
	known := &plannedNames{by: map[inboxKey]string{}, lapsed: map[inboxKey]bool{}, common: map[string]bool{}}
	rows, err := s.read.Event.Query().Where(event.AppID(appID), standing).
		Select(event.FieldKind, event.FieldWireName, event.FieldAliases).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the events' names: %w", store.Fault(err))
	}
	now, kinds := s.now(), make(map[string]plan.EventKind, len(rows))
	for _, e := range rows {
		kinds[e.ID] = e.Kind
		if e.Kind != plan.KindTrack {
			continue
		}
		known.by[inboxKey{name: e.WireName}] = e.ID
		for _, a := range e.Aliases {
			if k := (inboxKey{name: a.Name}); a.Until == nil || a.Until.After(now) {
				known.by[k] = e.ID
			} else {
				known.lapsed[k] = true
			}
		}
	}
	uses, err := s.read.EventProperty.Query().WithProperty().Where(eventproperty.Newest(true), func(q *sql.Selector) {
		e := sql.Table(event.Table)
		q.Where(sql.In(q.C(eventproperty.FieldEventID), sql.Select(e.C(event.FieldID)).From(e).Where(sql.EQ(e.C(event.FieldAppID), appID))))
	}).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the events' properties: %w", store.Fault(err))
	}
	for _, p := range uses {
		switch kind, there := kinds[p.EventID]; {
		case !there || p.Presence == plan.PresenceAbsent:
		case kind == plan.KindCommon:
			known.common[p.Edges.Property.Key] = true
		default:
			known.by[inboxKey{eventID: p.EventID, property: p.Edges.Property.Key}] = p.EventID
		}
	}
	return known, nil
}
