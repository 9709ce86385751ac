package catalog

import (
	"context"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/ent/eventproperty"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// refuseSameMatch refuses an event that nothing tells from another: CONFLICT, reason same_match, where another of its kind
// answers to one of its names with the same match on one of its terminals. Common properties add up, and are never told
// from each other.
func (c *change) refuseSameMatch(ctx context.Context, appID, id string, d *eventDocument) error {
	if d.Kind == plan.KindCommon {
		return nil
	}
	names := answersTo(d.WireName, d.Aliases, c.now)
	rows, err := c.Event.Query().Where(event.AppID(appID), event.KindEQ(d.Kind), event.IDNEQ(id), func(q *sql.Selector) {
		q.Where(sql.Or(among(q.C(event.FieldWireName), names), sql.ExprP(asText(q, event.FieldAliases)+" <> '[]'")))
	}).All(ctx)
	if err != nil {
		return fmt.Errorf("look for events of the same name: %w", err)
	}
	for _, row := range rows {
		i := slices.IndexFunc(answersTo(row.WireName, row.Aliases, c.now), func(n string) bool {
			return slices.Contains(names, n)
		})
		if i >= 0 && slices.Equal(row.Match, d.Match) && overlap(row.Terminals, d.Terminals) {
			return sameMatch(row, d)
		}
	}
	return nil
}

func sameMatch(other *ent.Event, d *eventDocument) error {
	what := fmt.Sprintf("answers to %q", d.WireName)
	if d.WireName == "" {
		what = "is of this kind"
	}
	e := fault.New(fault.Conflict, "same_match", fmt.Sprintf(
		"nothing tells it from the event %q, which also %s: give one of them a match, or other terminals", other.Key, what)).
		With("eventId", other.ID).With("eventKey", other.Key).With("wireName", d.WireName)
	e.Fields = []fault.Field{{Path: "input.match", Reason: "same_match", Message: "is that of event " + other.Key}}
	return e
}

// answersTo returns the names that an event is known by now.
func answersTo(wireName string, aliases []plan.Alias, now time.Time) []string {
	names := []string{wireName}
	for _, a := range aliases {
		if a.Until == nil || a.Until.After(now) {
			names = append(names, a.Name)
		}
	}
	return names
}

// overlap reports whether two events are planned on a terminal together; one that names none is planned on all.
func overlap(a, b []string) bool {
	return len(a) == 0 || len(b) == 0 || slices.ContainsFunc(a, func(t string) bool { return slices.Contains(b, t) })
}

// refuseContradiction refuses common properties of an app that contradict each other: CONFLICT, reason
// common_contradiction, where two definitions give one terminal the same property with different types.
func (c *change) refuseContradiction(ctx context.Context, appID string) error {
	rows, err := c.Event.Query().Where(event.AppID(appID), event.KindEQ(plan.KindCommon)).
		WithProperties(func(q *ent.EventPropertyQuery) { q.Where(eventproperty.Newest(true)).WithProperty() }).All(ctx)
	if err != nil {
		return fmt.Errorf("read common properties: %w", err)
	}
	if len(rows) < 2 {
		return nil
	}
	known, err := c.terminalKeys(ctx, appID)
	if err != nil {
		return err
	}
	first := map[carried]*ent.EventProperty{}
	owner := map[string]*ent.Event{}
	for _, e := range rows {
		owner[e.ID] = e
		for _, u := range e.Edges.Properties {
			for _, t := range carriers(e, u, known) {
				at := carried{t, u.Edges.Property.Key}
				if other := first[at]; other == nil {
					first[at] = u
				} else if !sameShape(&other.Edges.Property.Type, &u.Edges.Property.Type) {
					return contradiction(owner[other.EventID], e, at)
				}
			}
		}
	}
	return nil
}

// carried is a property on a terminal.
type carried struct{ terminal, property string }

// carriers returns the terminals whose events carry a common property; "" stands for events of an unknown terminal.
func carriers(e *ent.Event, u *ent.EventProperty, known keys) []string {
	list := slices.Clone(e.Terminals)
	if len(list) == 0 {
		list = append(list, "")
		for key := range known {
			list = append(list, key)
		}
	}
	return slices.DeleteFunc(list, func(t string) bool {
		p, ok := u.PresenceOn[t]
		if !ok {
			p = u.Presence
		}
		return p == plan.PresenceAbsent
	})
}

// sameShape reports whether two types are the same apart from what narrows them.
func sameShape(a, b *plan.Type) bool {
	if a.Base != b.Base {
		return false
	}
	return a.Items == nil || b.Items == nil || sameShape(a.Items, b.Items)
}

func contradiction(a, b *ent.Event, at carried) error {
	return fault.New(fault.Conflict, "common_contradiction", fmt.Sprintf(
		"the common properties %q and %q both hold %q, with different types", a.Key, b.Key, at.property)).
		With("eventIds", []string{a.ID, b.ID}).With("property", at.property).With("terminal", at.terminal)
}
