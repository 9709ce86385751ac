package catalog

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/dictionaryentry"
	"github.com/waymarkhq/waymark/ent/eventproperty"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

// How much the dictionary says of one thing.
const (
	maxSynonyms  = 50
	maxConsumers = 200
)

// UpdateDictionary changes what the dictionary says of an app, an event or a property beside its definition, and returns
// that. It makes no revision.
func (s *Service) UpdateDictionary(ctx context.Context, in UpdateDictionaryInput) (Row, error) {
	row, err := s.reachSubject(ctx, "Mutation.updateDictionary", in.ID)
	if err != nil {
		return nil, err
	}
	var f fault.Fields
	in.validate(row, &f)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return row, s.change(ctx, "update dictionary", func(ctx context.Context, c *change) error {
		if err := c.checkColumns(ctx, &in); err != nil {
			return err
		}
		if err := c.saveEntry(ctx, row, &in); err != nil {
			return err
		}
		now, err := indexedRows(ctx, c.Tx, findable(row, nil).Kind, []string{in.ID})
		if err != nil {
			return err
		}
		return c.index(ctx, now...)
	})
}

// reachSubject returns the app, event or property with an id, if the action is allowed on it.
func (s *Service) reachSubject(ctx context.Context, action auth.Action, id string) (Row, error) {
	prefix, _, _ := strings.Cut(id, "_")
	switch prefix {
	case "app":
		return asRow(s.reachApp(ctx, action, id))
	case "prp":
		return asRow(s.reachProperty(ctx, action, id))
	}
	return asRow(s.reachEvent(ctx, action, id))
}

func asRow[R Row](row R, err error) (Row, error) {
	if err != nil {
		return nil, err
	}
	return row, nil
}

func (in *UpdateDictionaryInput) validate(about Row, f *fault.Fields) {
	_, isApp := about.(*ent.App)
	_, isEvent := about.(*ent.Event)
	_, isProperty := about.(*ent.Property)
	for path, given := range map[string]bool{
		"input.warehouseTable": in.WarehouseTable != nil && !isEvent, "input.warehouseColumn": in.WarehouseColumn != nil && !isProperty,
		"input.columns": in.Columns != nil && !isEvent, "input.consumers": in.Consumers != nil && isApp,
	} {
		if given {
			f.Add(path, "not_applicable", "the dictionary does not say this of such a thing")
		}
	}
	validateSynonyms(in.Synonyms, f)
	validateLine("input.warehouseTable", in.WarehouseTable, f)
	validateLine("input.warehouseColumn", in.WarehouseColumn, f)
	for i := range in.Columns {
		validateLine(fmt.Sprintf("input.columns[%d].column", i), &in.Columns[i].Column, f)
	}
	validateConsumers(in.Consumers, f)
}

func validateSynonyms(synonyms []string, f *fault.Fields) {
	if len(synonyms) > maxSynonyms {
		f.Add("input.synonyms", "too_many", fmt.Sprintf("at most %d synonyms", maxSynonyms))
	}
	for i, synonym := range synonyms {
		path := fmt.Sprintf("input.synonyms[%d]", i)
		plan.ValidateName(path, synonym, f)
		if slices.Contains(synonyms[:i], synonym) {
			f.Add(path, "duplicate", fmt.Sprintf("%q is there twice", synonym))
		}
	}
}

func validateConsumers(consumers []plan.Consumer, f *fault.Fields) {
	if len(consumers) > maxConsumers {
		f.Add("input.consumers", "too_many", fmt.Sprintf("at most %d consumers", maxConsumers))
	}
	for i, c := range consumers {
		path := fmt.Sprintf("input.consumers[%d]", i)
		if !slices.Contains(plan.ConsumerKinds(), c.Kind) {
			f.Add(path+".kind", "unknown_kind", fmt.Sprintf("%q is not a kind of consumer", c.Kind))
		}
		plan.ValidateName(path+".name", c.Name, f)
		if c.Link != "" {
			validateURL(path+".link", c.Link, f)
		}
		validateLine(path+".contact", &c.Contact, f)
	}
}

// checkColumns refuses columns of properties that the event does not have.
func (c *change) checkColumns(ctx context.Context, in *UpdateDictionaryInput) error {
	if len(in.Columns) == 0 {
		return nil
	}
	var there []string
	err := c.EventProperty.Query().Where(eventproperty.EventID(in.ID), eventproperty.Newest(true)).
		Select(eventproperty.FieldPropertyID).Scan(ctx, &there)
	if err != nil {
		return fmt.Errorf("read its properties: %w", err)
	}
	var f fault.Fields
	for i, column := range in.Columns {
		if !slices.Contains(there, column.PropertyID) {
			f.Add(fmt.Sprintf("input.columns[%d].propertyId", i), "unknown_property", "the event has no such property")
		}
	}
	return f.Err()
}

// saveEntry writes the entry about a row, the first time a new one.
func (c *change) saveEntry(ctx context.Context, about Row, in *UpdateDictionaryInput) error {
	there, err := entriesAbout(ctx, c.Client(), []string{about.NodeID()})
	if err != nil {
		return err
	}
	e := there[about.NodeID()]
	if e == nil {
		if e, err = c.newEntry(ctx, about); err != nil {
			return err
		}
	}
	u := c.DictionaryEntry.UpdateOne(e).SetUpdatedAt(c.now).SetUpdatedByID(c.by).
		SetNillableWarehouseTable(in.WarehouseTable).SetNillableWarehouseColumn(in.WarehouseColumn)
	if in.Synonyms != nil {
		u.SetSynonyms(in.Synonyms)
	}
	if in.Consumers != nil {
		u.SetConsumers(in.Consumers)
	}
	if in.Columns != nil {
		columns := make(map[string]string, len(in.Columns))
		for _, column := range in.Columns {
			columns[column.PropertyID] = column.Column
		}
		u.SetPropertyColumns(columns)
	}
	if err := u.Exec(ctx); err != nil {
		return fmt.Errorf("save entry: %w", err)
	}
	return nil
}

func (c *change) newEntry(ctx context.Context, about Row) (*ent.DictionaryEntry, error) {
	create := c.DictionaryEntry.Create().SetCreatedAt(c.now).SetCreatedByID(c.by).SetUpdatedAt(c.now).SetUpdatedByID(c.by)
	switch about := about.(type) {
	case *ent.App:
		create.SetAppID(about.ID)
	case *ent.Event:
		create.SetAppID(about.AppID).SetEventID(about.ID)
	case *ent.Property:
		create.SetNillableAppID(optional(about.AppID)).SetPropertyID(about.ID)
	}
	e, err := create.Save(ctx)
	if err != nil {
		return nil, fmt.Errorf("save entry: %w", err)
	}
	return e, nil
}

// entriesAbout reads the entries about apps, events and properties, by their ids.
func entriesAbout(ctx context.Context, client *ent.Client, ids []string) (map[string]*ent.DictionaryEntry, error) {
	if len(ids) == 0 {
		return map[string]*ent.DictionaryEntry{}, nil
	}
	rows, err := client.DictionaryEntry.Query().Where(func(q *sql.Selector) {
		q.Where(sql.Or(
			among(q.C(dictionaryentry.FieldEventID), ids), among(q.C(dictionaryentry.FieldPropertyID), ids),
			sql.And(among(q.C(dictionaryentry.FieldAppID), ids),
				sql.IsNull(q.C(dictionaryentry.FieldEventID)), sql.IsNull(q.C(dictionaryentry.FieldPropertyID))),
		))
	}).All(ctx)
	if err != nil {
		return nil, fmt.Errorf("read dictionary: %w", store.Fault(err))
	}
	entries := make(map[string]*ent.DictionaryEntry, len(rows))
	for _, e := range rows {
		entries[cmp.Or(e.EventID, e.PropertyID, e.AppID)] = e
	}
	return entries, nil
}

// DictionaryOf returns what the dictionary says of apps, events and properties that have been read by the same person, by
// their ids, in one statement. Those that it says nothing of are left out.
func (s *Service) DictionaryOf(ctx context.Context, ids []string) (map[string]*ent.DictionaryEntry, error) {
	if _, err := seeing(ctx); err != nil {
		return nil, err
	}
	return entriesAbout(ctx, s.read, distinct(ids))
}

// ColumnsOf returns where the properties of events end up, by the ids of the event properties, in one statement: what the event
// says, or else what the property says.
func (s *Service) ColumnsOf(ctx context.Context, all []*ent.EventProperty) (map[string]string, error) {
	ids := make([]string, 0, 2*len(all))
	for _, p := range all {
		ids = append(ids, p.EventID, p.PropertyID)
	}
	entries, err := s.DictionaryOf(ctx, ids)
	columns := make(map[string]string, len(all))
	for _, p := range all {
		if e := entries[p.PropertyID]; e != nil {
			columns[p.ID] = e.WarehouseColumn
		}
		if e := entries[p.EventID]; e != nil && e.PropertyColumns[p.PropertyID] != "" {
			columns[p.ID] = e.PropertyColumns[p.PropertyID]
		}
	}
	return columns, err
}
