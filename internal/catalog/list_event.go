package catalog

import (
	"context"
	"fmt"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/sqljson"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/ent/eventproperty"
	"github.com/waymarkhq/waymark/ent/eventrevision"
	"github.com/waymarkhq/waymark/ent/terminal"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

// EventFilter says which events; what is left out does not narrow.
type EventFilter struct {
	// Text: key, name, wire name, description or trigger holds these words.
	Text      *string
	Kinds     []plan.EventKind
	Levels    []plan.Level
	WireNames []string
	Keys      []string
	Module    *string
	// Terminal is the key of a terminal that the event is planned on, by name or because it is planned on all.
	Terminal *string
	// Batch is the number of the batch that introduced the event.
	Batch *string
	// PropertyID is a property that the newest revision uses.
	PropertyID *string
	// CreatedFrom includes the moment, CreatedBefore does not.
	CreatedFrom, CreatedBefore *time.Time
}

// EventOrderField is what events can be ordered by.
type EventOrderField string

// What events can be ordered by.
const (
	EventsByCreated EventOrderField = "CREATED_AT"
	EventsByUpdated EventOrderField = "UPDATED_AT"
	EventsByKey     EventOrderField = "KEY"
	EventsByName    EventOrderField = "NAME"
)

// EventOrder is how events are ordered; nil means oldest first.
type EventOrder struct {
	Field     EventOrderField
	Direction OrderDirection
}

func (o *EventOrder) ordering() ordering[ent.Event] {
	if o == nil {
		o = &EventOrder{}
	}
	var order ordering[ent.Event]
	switch o.Field {
	case EventsByKey:
		order = textOrder(&events, event.FieldKey, func(r *ent.Event) string { return r.Key })
	case EventsByName:
		order = textOrder(&events, event.FieldName, func(r *ent.Event) string { return r.Name })
	case EventsByUpdated:
		order = timeOrder(&events, event.FieldUpdatedAt, func(r *ent.Event) time.Time { return r.UpdatedAt })
	default:
		order = timeOrder(&events, event.FieldCreatedAt, func(r *ent.Event) time.Time { return r.CreatedAt })
	}
	return order.towards(o.Direction)
}

func (f *EventFilter) narrow(s *store.Store) ([]narrow, error) {
	if f == nil {
		return nil, nil
	}
	where, err := matching(s, IndexedEvent, f.Text)
	where = append(where, oneOf(event.FieldKind, f.Kinds)...)
	where = append(where, oneOf(event.FieldLevel, f.Levels)...)
	where = append(where, oneOf(event.FieldWireName, f.WireNames)...)
	where = append(where, oneOf(event.FieldKey, f.Keys)...)
	where = append(where, equals(event.FieldModule, f.Module)...)
	if f.Terminal != nil {
		where = append(where, plannedOn(*f.Terminal))
	}
	if f.Batch != nil {
		where = append(where, introducedBy(*f.Batch))
	}
	if f.PropertyID != nil {
		where = append(where, using(*f.PropertyID))
	}
	return append(where, created(f.CreatedFrom, f.CreatedBefore)...), err
}

// plannedOn narrows to events planned on a terminal of their app: those that name it, and those that name none.
func plannedOn(terminalKey string) narrow {
	return func(q *sql.Selector) {
		t := sql.Table(terminal.Table).As("planned_on")
		q.Where(sql.And(
			sql.Exists(sql.Dialect(q.Dialect()).Select().From(t).Where(sql.And(
				sql.ColumnsEQ(t.C(terminal.FieldAppID), q.C(event.FieldAppID)),
				sql.EQ(t.C(terminal.FieldKey), terminalKey)))),
			sql.Or(
				sqljson.LenEQ(q.C(event.FieldTerminals), 0),
				sqljson.ValueContains(q.C(event.FieldTerminals), terminalKey)),
		))
	}
}

func introducedBy(number string) narrow {
	return func(q *sql.Selector) {
		b := sql.Dialect(q.Dialect()).Select(batch.FieldID).From(sql.Table(batch.Table))
		q.Where(sql.In(q.C(event.FieldBatchID), b.Where(sql.EQ(batch.FieldNumber, strings.ToUpper(number)))))
	}
}

func using(propertyID string) narrow {
	return func(q *sql.Selector) {
		p := sql.Dialect(q.Dialect()).Select(eventproperty.FieldEventID).From(sql.Table(eventproperty.Table))
		q.Where(sql.In(q.C(event.FieldID), p.Where(sql.And(
			sql.EQ(eventproperty.FieldPropertyID, propertyID), sql.EQ(eventproperty.FieldNewest, true)))))
	}
}

// Events lists the events of the app with a key, or (nil) of all apps that the asking person may see.
func (s *Service) Events(appKey *string, f *EventFilter, o *EventOrder) List[ent.Event] {
	l := List[ent.Event]{
		s: s, t: &events, order: o.ordering(), action: "Query.events", appKey: appKey, inApp: ofApp(event.FieldAppID),
	}
	l.where, l.err = f.narrow(s.store)
	return l
}

// EventsOfApps lists the events of apps.
func (s *Service) EventsOfApps(f *EventFilter, o *EventOrder) Children[ent.Event] {
	return s.eventsOf(eventsOfApp, f, o)
}

// EventsOfBatches lists the events that batches introduced.
func (s *Service) EventsOfBatches(f *EventFilter, o *EventOrder) Children[ent.Event] {
	return s.eventsOf(eventsOfBatch, f, o)
}

func (s *Service) eventsOf(r *relation[ent.Event], f *EventFilter, o *EventOrder) Children[ent.Event] {
	c := Children[ent.Event]{s: s, r: r, order: o.ordering()}
	c.where, c.err = f.narrow(s.store)
	return c
}

var (
	eventsOfApp   = reference(&events, event.FieldAppID, func(r *ent.Event) string { return r.AppID })
	eventsOfBatch = reference(&events, event.FieldBatchID, func(r *ent.Event) string { return r.BatchID })
)

// Event returns the event with a plan key in the app with a key; NOT_FOUND where there is none or it may not be seen.
func (s *Service) Event(ctx context.Context, appKey, key string) (*ent.Event, error) {
	a, err := s.appByKey(ctx, "Query.event", appKey)
	if err != nil {
		return nil, err
	}
	row, err := s.read.Event.Query().Where(event.AppID(a.ID), event.Key(key)).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, fault.NotFoundf("Event", key)
	}
	if err != nil {
		return nil, fmt.Errorf("read event: %w", store.Fault(err))
	}
	return row, nil
}

// EventsByID reads events as AppsByID does apps.
func (s *Service) EventsByID(ctx context.Context, ids []string) (map[string]*ent.Event, error) {
	return byID(ctx, s, &events, ids)
}

// EventRevisionsByID reads revisions of events as AppsByID does apps.
func (s *Service) EventRevisionsByID(ctx context.Context, ids []string) (map[string]*ent.EventRevision, error) {
	return byID(ctx, s, &eventRevisions, ids)
}

// EventPropertiesByID reads event properties as AppsByID does apps.
func (s *Service) EventPropertiesByID(ctx context.Context, ids []string) (map[string]*ent.EventProperty, error) {
	return byID(ctx, s, &eventProperties, ids)
}

// RevisionsOfEvents lists the revisions of events, newest first.
func (s *Service) RevisionsOfEvents() Children[ent.EventRevision] {
	order := intOrder(&eventRevisions, eventrevision.FieldNumber, func(r *ent.EventRevision) int { return r.Number })
	return Children[ent.EventRevision]{s: s, r: revisionsOfEvent, order: order.towards(Descending)}
}

var revisionsOfEvent = reference(&eventRevisions, eventrevision.FieldEventID,
	func(r *ent.EventRevision) string { return r.EventID })

// PropertiesOfEvents lists the properties of the newest revision of events, in the event's order.
func (s *Service) PropertiesOfEvents() Children[ent.EventProperty] {
	return Children[ent.EventProperty]{s: s, r: propertiesOfEvent, order: byPosition, where: []narrow{newest}}
}

// PropertiesOfRevisions lists the properties of revisions of events, in the event's order.
func (s *Service) PropertiesOfRevisions() Children[ent.EventProperty] {
	return Children[ent.EventProperty]{s: s, r: propertiesOfRevision, order: byPosition}
}

// UsesOfProperties lists where properties are used: the newest revision of each event that refers to them.
func (s *Service) UsesOfProperties() Children[ent.EventProperty] {
	order := textOrder(&eventProperties, eventproperty.FieldEventID, func(r *ent.EventProperty) string { return r.EventID })
	return Children[ent.EventProperty]{s: s, r: usesOfProperty, order: order, where: []narrow{newest}}
}

func newest(q *sql.Selector) { q.Where(sql.EQ(q.C(eventproperty.FieldNewest), true)) }

var (
	byPosition = intOrder(&eventProperties, eventproperty.FieldPosition,
		func(r *ent.EventProperty) int { return r.Position })
	propertiesOfEvent = reference(&eventProperties, eventproperty.FieldEventID,
		func(r *ent.EventProperty) string { return r.EventID })
	propertiesOfRevision = reference(&eventProperties, eventproperty.FieldRevisionID,
		func(r *ent.EventProperty) string { return r.RevisionID })
	usesOfProperty = reference(&eventProperties, eventproperty.FieldPropertyID,
		func(r *ent.EventProperty) string { return r.PropertyID })
)
