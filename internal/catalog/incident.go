package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/dataincident"
	"github.com/waymarkhq/waymark/ent/predicate"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// CreateDataIncident notes that data of an event, a property or an app is not as it should be.
func (s *Service) CreateDataIncident(ctx context.Context, in CreateDataIncidentInput) (*ent.DataIncident, error) {
	appID, err := s.incidentApp(ctx, &in)
	if err != nil {
		return nil, err
	}
	var f fault.Fields
	validateIncident(&in.Title, &in.Description, &in.Treatment, &f)
	validateSpan(in.StartedAt, in.EndedAt, in.FromVersion, in.ToVersion, &f)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return changed(ctx, s, "create data incident", func(ctx context.Context, c *change) (*ent.DataIncident, error) {
		if err := c.checkTerminals(ctx, appID, in.Terminals); err != nil {
			return nil, err
		}
		row, err := c.DataIncident.Create().SetNillableAppID(optional(appID)).SetNillableEventID(in.EventID).
			SetNillablePropertyID(in.PropertyID).SetTitle(in.Title).SetDescription(in.Description).SetTreatment(in.Treatment).
			SetStartedAt(moment(in.StartedAt)).SetNillableEndedAt(momentOrNil(in.EndedAt)).SetTerminals(notNil(in.Terminals)).
			SetFromVersion(in.FromVersion).SetToVersion(in.ToVersion).
			SetCreatedAt(c.now).SetCreatedByID(c.by).SetUpdatedAt(c.now).SetUpdatedByID(c.by).Save(ctx)
		if err != nil {
			return nil, err
		}
		return row, c.index(ctx, row)
	})
}

// incidentApp returns the app of what a note is about ("" for a global property), if the asking person may note it there.
func (s *Service) incidentApp(ctx context.Context, in *CreateDataIncidentInput) (appID string, err error) {
	const action = auth.Action("Mutation.createDataIncident")
	given := 0
	for _, id := range []*string{in.App, in.EventID, in.PropertyID} {
		if id != nil {
			given++
		}
	}
	if _, err := auth.From(ctx); err != nil {
		return "", err
	}
	if given != 1 {
		return "", fault.Invalid(fault.Field{
			Path: "input", Reason: "one_of", Message: "exactly one of app, eventId and propertyId is needed",
		})
	}
	switch {
	case in.EventID != nil:
		e, err := s.reachEvent(ctx, action, *in.EventID)
		if err != nil {
			return "", err
		}
		return e.AppID, nil
	case in.PropertyID != nil:
		p, err := s.reachProperty(ctx, action, *in.PropertyID)
		if err != nil {
			return "", err
		}
		return p.AppID, nil
	}
	a, err := s.appByKey(ctx, action, *in.App)
	if err != nil {
		return "", err
	}
	return a.ID, nil
}

func validateIncident(title, description, treatment *string, f *fault.Fields) {
	validatePeopleName("input.title", title, f)
	validateProse("input.description", description, f)
	validateProse("input.treatment", treatment, f)
}

// validateSpan refuses what ends before it begins.
func validateSpan(from time.Time, to *time.Time, fromVersion, toVersion string, f *fault.Fields) {
	if to != nil && to.Before(from) {
		f.Add("input.endedAt", "out_of_order", "it ends before it begins")
	}
	for path, version := range map[string]string{"input.fromVersion": fromVersion, "input.toVersion": toVersion} {
		if version != "" {
			plan.ValidateVersion(path, version, f)
		}
	}
	if fromVersion != "" && toVersion != "" && plan.CompareVersions(fromVersion, toVersion) > 0 {
		f.Add("input.toVersion", "out_of_order", "the last version comes before the first")
	}
}

// checkTerminals refuses terminals that an app does not have; what belongs to no app has none.
func (c *change) checkTerminals(ctx context.Context, appID string, terminals []string) error {
	if len(terminals) == 0 {
		return nil
	}
	known, err := c.terminalKeys(ctx, appID)
	if err != nil {
		return err
	}
	var f fault.Fields
	for i, key := range terminals {
		known.check(fmt.Sprintf("input.terminals[%d]", i), key, &f)
	}
	return f.Err()
}

// moment is a time as both databases keep it.
func moment(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func momentOrNil(t *time.Time) *time.Time {
	if t == nil {
		return nil
	}
	return new(moment(*t))
}

// UpdateDataIncident changes such a note.
func (s *Service) UpdateDataIncident(ctx context.Context, in UpdateDataIncidentInput) (*ent.DataIncident, error) {
	if _, err := s.reachIncident(ctx, "Mutation.updateDataIncident", in.ID); err != nil {
		return nil, err
	}
	return changed(ctx, s, "update data incident", func(ctx context.Context, c *change) (*ent.DataIncident, error) {
		row, err := c.DataIncident.Get(ctx, in.ID)
		if err != nil {
			return nil, lost(err, "DataIncident", in.ID)
		}
		set(&row.StartedAt, in.StartedAt)
		set(&row.FromVersion, in.FromVersion)
		set(&row.ToVersion, in.ToVersion)
		if in.EndedAt != nil {
			row.EndedAt = in.EndedAt
		} else if value(in.Lasts) {
			row.EndedAt = nil
		}
		var f fault.Fields
		validateIncident(in.Title, in.Description, in.Treatment, &f)
		validateSpan(row.StartedAt, row.EndedAt, row.FromVersion, row.ToVersion, &f)
		if err := f.Err(); err != nil {
			return nil, err
		}
		if err := c.checkTerminals(ctx, row.AppID, in.Terminals); err != nil {
			return nil, err
		}
		return c.saveIncident(ctx, row, &in)
	})
}

// saveIncident writes what the input says, with the row's span.
func (c *change) saveIncident(
	ctx context.Context, row *ent.DataIncident, in *UpdateDataIncidentInput,
) (*ent.DataIncident, error) {
	u := c.DataIncident.UpdateOneID(row.ID).SetNillableTitle(in.Title).SetNillableDescription(in.Description).
		SetNillableTreatment(in.Treatment).SetStartedAt(moment(row.StartedAt)).SetFromVersion(row.FromVersion).
		SetToVersion(row.ToVersion).SetUpdatedAt(c.now).SetUpdatedByID(c.by)
	if row.EndedAt == nil {
		u.ClearEndedAt()
	} else {
		u.SetEndedAt(moment(*row.EndedAt))
	}
	if in.Terminals != nil {
		u.SetTerminals(in.Terminals)
	}
	saved, err := u.Save(ctx)
	if err != nil {
		return nil, err
	}
	return saved, c.index(ctx, saved)
}

// DeleteDataIncident deletes such a note.
func (s *Service) DeleteDataIncident(ctx context.Context, in DeleteInput) error {
	if _, err := s.reachIncident(ctx, "Mutation.deleteDataIncident", in.ID); err != nil {
		return err
	}
	return s.change(ctx, "delete data incident", func(ctx context.Context, c *change) error {
		return c.deleteIncidents(ctx, dataincident.ID(in.ID))
	})
}

// forgetData deletes what is known about the data of something that is deleted.
func (c *change) forgetData(ctx context.Context, incidents predicate.DataIncident, entry predicate.DictionaryEntry) error {
	if _, err := c.DictionaryEntry.Delete().Where(entry).Exec(ctx); err != nil {
		return fmt.Errorf("delete dictionary entry: %w", err)
	}
	return c.deleteIncidents(ctx, incidents)
}

// deleteIncidents deletes notes, and makes them unfindable.
func (c *change) deleteIncidents(ctx context.Context, which predicate.DataIncident) error {
	ids, err := c.DataIncident.Query().Where(which).IDs(ctx)
	if err != nil {
		return fmt.Errorf("look for data incidents: %w", err)
	}
	for _, id := range ids {
		if err := c.DataIncident.DeleteOneID(id).Exec(ctx); err != nil {
			return lost(err, "DataIncident", id)
		}
	}
	return c.s.store.Unindex(ctx, c.Tx, ids...)
}

func (s *Service) reachIncident(ctx context.Context, action auth.Action, id string) (*ent.DataIncident, error) {
	return reach(ctx, s, action, "DataIncident", &incidents, id, inApp(func(r *ent.DataIncident) string { return r.AppID }))
}

var incidents = table[ent.DataIncident]{
	name: dataincident.Table, id: func(r *ent.DataIncident) string { return r.ID }, visible: byAppOrGlobal,
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.DataIncident, error) {
		return modified(ctx, c.DataIncident.Query(), m)
	},
}

// IncidentsByID reads notes on data as AppsByID does apps.
func (s *Service) IncidentsByID(ctx context.Context, ids []string) (map[string]*ent.DataIncident, error) {
	return byID(ctx, s, &incidents, ids)
}

// IncidentsOfApps returns the notes on data of each app, its events and properties, the newest first, by the app's id.
func (s *Service) IncidentsOfApps(ctx context.Context, appIDs []string) (map[string][]*ent.DataIncident, error) {
	of, err := grouped(ctx, s, &incidents, dataincident.FieldAppID, appIDs, func(r *ent.DataIncident) string { return r.AppID })
	return newestFirst(of), err
}

// IncidentsOfProperties returns the notes on data of each property, the newest first, by the property's id.
func (s *Service) IncidentsOfProperties(ctx context.Context, ids []string) (map[string][]*ent.DataIncident, error) {
	of, err := grouped(ctx, s, &incidents, dataincident.FieldPropertyID, ids, func(r *ent.DataIncident) string { return r.PropertyID })
	return newestFirst(of), err
}

// IncidentsOfEvents returns the notes on data of each event, and of its app as far as they concern its terminals, the newest
// first, by the event's id.
func (s *Service) IncidentsOfEvents(ctx context.Context, of []*ent.Event) (map[string][]*ent.DataIncident, error) {
	ids, apps := make([]string, len(of)), make([]string, len(of))
	for i, e := range of {
		ids[i], apps[i] = e.ID, e.AppID
	}
	rows, err := all(ctx, s, &incidents, func(q *sql.Selector) {
		q.Where(sql.Or(among(q.C(dataincident.FieldEventID), ids), sql.And(
			among(q.C(dataincident.FieldAppID), distinct(apps)),
			sql.IsNull(q.C(dataincident.FieldEventID)), sql.IsNull(q.C(dataincident.FieldPropertyID)),
		)))
	})
	found := make(map[string][]*ent.DataIncident, len(of))
	for _, e := range of {
		for _, row := range rows {
			if row.EventID == e.ID || row.EventID == "" && row.AppID == e.AppID && overlap(row.Terminals, e.Terminals) {
				found[e.ID] = append(found[e.ID], row)
			}
		}
	}
	return newestFirst(found), err
}

func newestFirst(of map[string][]*ent.DataIncident) map[string][]*ent.DataIncident {
	for _, list := range of {
		slices.SortFunc(list, func(a, b *ent.DataIncident) int {
			return cmp.Or(b.StartedAt.Compare(a.StartedAt), cmp.Compare(b.ID, a.ID))
		})
	}
	return of
}
