package catalog

import (
	"context"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/app"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/ent/eventproperty"
	"github.com/waymarkhq/waymark/ent/eventrevision"
	"github.com/waymarkhq/waymark/ent/property"
	"github.com/waymarkhq/waymark/ent/propertyrevision"
	"github.com/waymarkhq/waymark/ent/terminal"
	"github.com/waymarkhq/waymark/ent/valueset"
	"github.com/waymarkhq/waymark/ent/valuesetrevision"
	"github.com/waymarkhq/waymark/ent/writekey"
)

// entQuery is what the queries of all ent tables have in common.
type entQuery[T, S any] interface {
	Modify(...func(*sql.Selector)) S
	All(context.Context) ([]*T, error)
}

// modified reads what a query returns after its statement was modified.
func modified[T, S any](ctx context.Context, q entQuery[T, S], modify func(*sql.Selector)) ([]*T, error) {
	q.Modify(modify)
	return q.All(ctx)
}

var apps = table[ent.App]{
	name: app.Table, id: func(r *ent.App) string { return r.ID }, visible: byApp(app.FieldID),
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.App, error) {
		return modified(ctx, c.App.Query(), m)
	},
}

var terminals = table[ent.Terminal]{
	name: terminal.Table, id: func(r *ent.Terminal) string { return r.ID }, visible: byApp(terminal.FieldAppID),
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.Terminal, error) {
		return modified(ctx, c.Terminal.Query(), m)
	},
}

var environments = table[ent.Environment]{
	name: environment.Table, id: func(r *ent.Environment) string { return r.ID }, visible: byApp(environment.FieldAppID),
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.Environment, error) {
		return modified(ctx, c.Environment.Query(), m)
	},
}

var writeKeys = table[ent.WriteKey]{
	name: writekey.Table, id: func(r *ent.WriteKey) string { return r.ID },
	visible: byOwner(writekey.FieldEnvironmentID, environment.Table, byApp(environment.FieldAppID)),
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.WriteKey, error) {
		return modified(ctx, c.WriteKey.Query(), m)
	},
}

var batches = table[ent.Batch]{
	name: batch.Table, id: func(r *ent.Batch) string { return r.ID }, visible: byApp(batch.FieldAppID),
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.Batch, error) {
		return modified(ctx, c.Batch.Query(), m)
	},
}

var items = table[ent.BatchItem]{
	name: batchitem.Table, id: func(r *ent.BatchItem) string { return r.ID },
	visible: byOwner(batchitem.FieldBatchID, batch.Table, byApp(batch.FieldAppID)),
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.BatchItem, error) {
		return modified(ctx, c.BatchItem.Query(), m)
	},
}

var events = table[ent.Event]{
	name: event.Table, id: func(r *ent.Event) string { return r.ID }, visible: byApp(event.FieldAppID),
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.Event, error) {
		return modified(ctx, c.Event.Query(), m)
	},
}

var eventRevisions = table[ent.EventRevision]{
	name: eventrevision.Table, id: func(r *ent.EventRevision) string { return r.ID },
	visible: byOwner(eventrevision.FieldEventID, event.Table, byApp(event.FieldAppID)),
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.EventRevision, error) {
		return modified(ctx, c.EventRevision.Query(), m)
	},
}

var eventProperties = table[ent.EventProperty]{
	name: eventproperty.Table, id: func(r *ent.EventProperty) string { return r.ID },
	visible: byOwner(eventproperty.FieldEventID, event.Table, byApp(event.FieldAppID)),
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.EventProperty, error) {
		return modified(ctx, c.EventProperty.Query(), m)
	},
}

var properties = table[ent.Property]{
	name: property.Table, id: func(r *ent.Property) string { return r.ID }, visible: byAppOrGlobal,
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.Property, error) {
		return modified(ctx, c.Property.Query(), m)
	},
}

var propertyRevisions = table[ent.PropertyRevision]{
	name: propertyrevision.Table, id: func(r *ent.PropertyRevision) string { return r.ID },
	visible: byOwner(propertyrevision.FieldPropertyID, property.Table, byAppOrGlobal),
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.PropertyRevision, error) {
		return modified(ctx, c.PropertyRevision.Query(), m)
	},
}

var valueSets = table[ent.ValueSet]{
	name: valueset.Table, id: func(r *ent.ValueSet) string { return r.ID }, visible: byAppOrGlobal,
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.ValueSet, error) {
		return modified(ctx, c.ValueSet.Query(), m)
	},
}

var valueSetRevisions = table[ent.ValueSetRevision]{
	name: valuesetrevision.Table, id: func(r *ent.ValueSetRevision) string { return r.ID },
	visible: byOwner(valuesetrevision.FieldValueSetID, valueset.Table, byAppOrGlobal),
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.ValueSetRevision, error) {
		return modified(ctx, c.ValueSetRevision.Query(), m)
	},
}
