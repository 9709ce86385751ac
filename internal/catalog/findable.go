package catalog

import (
	"context"
	"fmt"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/app"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/dataincident"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/ent/property"
	"github.com/waymarkhq/waymark/ent/valueset"
	"github.com/waymarkhq/waymark/internal/store"
)

// What the search index holds: the kinds of its documents, as the API names them.
const (
	IndexedApp      = "APP"
	IndexedBatch    = "BATCH"
	IndexedEvent    = "EVENT"
	IndexedProperty = "PROPERTY"
	IndexedValueSet = "VALUE_SET"
	IndexedIncident = "INCIDENT"
)

// The fields that something can be found by, as the API names them.
const (
	inKey         = "KEY"
	inNumber      = "NUMBER"
	inName        = "NAME"
	inTitle       = "TITLE"
	inWireName    = "WIRE_NAME"
	inAlias       = "ALIAS"
	inDescription = "DESCRIPTION"
	inTrigger     = "TRIGGER"
	inReference   = "EXTERNAL_REFERENCE"
	inValue       = "VALUE"
	inSynonym     = "SYNONYM"
	inTreatment   = "TREATMENT"
)

// findable is what of a row can be searched for, given what the dictionary says of it, if anything.
func findable(row Row, entry *ent.DictionaryEntry) store.Document {
	d := definedIn(row)
	if entry != nil {
		for _, synonym := range entry.Synonyms {
			d.Names = append(d.Names, store.Text{Field: inSynonym, Text: synonym})
		}
	}
	return d
}

// definedIn is what of a row can be searched for by itself.
func definedIn(row Row) store.Document {
	switch row := row.(type) {
	case *ent.App:
		return store.Document{
			ID: row.ID, AppID: row.ID, Kind: IndexedApp,
			Names: []store.Text{{Field: inKey, Text: row.Key}, {Field: inName, Text: row.Name}},
			Prose: []store.Text{{Field: inDescription, Text: row.Description}},
		}
	case *ent.Batch:
		return store.Document{
			ID: row.ID, AppID: row.AppID, Kind: IndexedBatch,
			Names: []store.Text{{Field: inNumber, Text: row.Number}, {Field: inTitle, Text: row.Title}},
			Prose: []store.Text{{Field: inDescription, Text: row.Description}, {Field: inReference, Text: row.ExternalReference}},
		}
	case *ent.Event:
		return findableEvent(row)
	case *ent.Property:
		return store.Document{
			ID: row.ID, AppID: row.AppID, Kind: IndexedProperty,
			Names: []store.Text{{Field: inKey, Text: row.Key}, {Field: inName, Text: row.Name}},
			Prose: []store.Text{{Field: inDescription, Text: row.Description}},
		}
	case *ent.ValueSet:
		return findableValueSet(row)
	case *ent.DataIncident:
		return store.Document{
			ID: row.ID, AppID: row.AppID, Kind: IndexedIncident, Names: []store.Text{{Field: inTitle, Text: row.Title}},
			Prose: []store.Text{{Field: inDescription, Text: row.Description}, {Field: inTreatment, Text: row.Treatment}},
		}
	}
	return store.Document{}
}

func findableEvent(row *ent.Event) store.Document {
	d := store.Document{
		ID: row.ID, AppID: row.AppID, Kind: IndexedEvent, EventKind: string(row.Kind), Level: string(row.Level), Module: row.Module,
		Names: []store.Text{{Field: inKey, Text: row.Key}, {Field: inName, Text: row.Name}, {Field: inWireName, Text: row.WireName}},
		Prose: []store.Text{{Field: inDescription, Text: row.Description}, {Field: inTrigger, Text: row.Trigger}},
	}
	for _, a := range row.Aliases {
		d.Names = append(d.Names, store.Text{Field: inAlias, Text: a.Name})
	}
	return d
}

func findableValueSet(row *ent.ValueSet) store.Document {
	d := store.Document{
		ID: row.ID, AppID: row.AppID, Kind: IndexedValueSet,
		Names: []store.Text{{Field: inKey, Text: row.Key}, {Field: inName, Text: row.Name}},
		Prose: []store.Text{{Field: inDescription, Text: row.Description}},
	}
	for _, v := range row.Values {
		d.Prose = append(d.Prose, store.Text{Field: inValue, Text: v.Label})
	}
	return d
}

// index makes rows findable as they are now.
func (c *change) index(ctx context.Context, rows ...Row) error {
	docs, err := documents(ctx, c.Client(), rows)
	if err != nil {
		return err
	}
	return c.s.store.Index(ctx, c.Tx, docs...)
}

// documents is what of rows can be searched for, with what the dictionary says of them.
func documents(ctx context.Context, client *ent.Client, rows []Row) ([]store.Document, error) {
	var ids []string
	for _, row := range rows {
		switch row.(type) {
		case *ent.App, *ent.Event, *ent.Property:
			ids = append(ids, row.NodeID())
		}
	}
	entries, err := entriesAbout(ctx, client, ids)
	if err != nil {
		return nil, err
	}
	docs := make([]store.Document, len(rows))
	for i, row := range rows {
		docs[i] = findable(row, entries[row.NodeID()])
	}
	return docs, nil
}

// reindexed is how many documents are indexed again in one transaction: few, so that who edits waits for moments only.
const reindexed = 50

// Reindex indexes again what an earlier program indexed in its own way, and returns when nothing of that is left. It works
// in small steps; a step that is interrupted or collides is done again, by whoever comes next.
func (s *Service) Reindex(ctx context.Context) (done int, err error) {
	for {
		stale, err := s.store.Stale(ctx, reindexed)
		if err != nil || len(stale) == 0 {
			return done, err
		}
		for kind, ids := range stale {
			if err := s.store.Tx(ctx, func(ctx context.Context, tx *ent.Tx) error { return s.reindex(ctx, tx, kind, ids) }); err != nil {
				return done, fmt.Errorf("index again: %w", err)
			}
			done += len(ids)
		}
	}
}

// reindex indexes documents of one kind again; what they were about may be gone.
func (s *Service) reindex(ctx context.Context, tx *ent.Tx, kind string, ids []string) error {
	rows, err := indexedRows(ctx, tx, kind, ids)
	if err != nil {
		return err
	}
	gone := map[string]bool{}
	for _, id := range ids {
		gone[id] = true
	}
	for _, row := range rows {
		delete(gone, row.NodeID())
	}
	docs, err := documents(ctx, tx.Client(), rows)
	if err != nil {
		return err
	}
	if err := s.store.Index(ctx, tx, docs...); err != nil {
		return err
	}
	for id := range gone {
		if err := s.store.Unindex(ctx, tx, id); err != nil {
			return err
		}
	}
	return nil
}

// indexedRows reads rows of an indexed kind.
func indexedRows(ctx context.Context, tx *ent.Tx, kind string, ids []string) ([]Row, error) {
	switch kind {
	case IndexedApp:
		return asRows(tx.App.Query().Where(app.IDIn(ids...)).All(ctx))
	case IndexedBatch:
		return asRows(tx.Batch.Query().Where(batch.IDIn(ids...)).All(ctx))
	case IndexedEvent:
		return asRows(tx.Event.Query().Where(event.IDIn(ids...)).All(ctx))
	case IndexedProperty:
		return asRows(tx.Property.Query().Where(property.IDIn(ids...)).All(ctx))
	case IndexedValueSet:
		return asRows(tx.ValueSet.Query().Where(valueset.IDIn(ids...)).All(ctx))
	case IndexedIncident:
		return asRows(tx.DataIncident.Query().Where(dataincident.IDIn(ids...)).All(ctx))
	}
	return nil, nil
}

func asRows[R Row](rows []R, err error) ([]Row, error) {
	out := make([]Row, len(rows))
	for i, row := range rows {
		out[i] = row
	}
	return out, err
}
