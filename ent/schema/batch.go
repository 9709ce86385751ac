package schema

import (
	"entgo.io/ent"
	"entgo.io/ent/schema"
	"entgo.io/ent/schema/edge"
	"entgo.io/ent/schema/field"
	"entgo.io/ent/schema/index"

	"github.com/waymarkhq/waymark/internal/plan"
)

// Batch is one tracking requirement with its own unique number. No constraint lists the states, here and of revisions:
// their one table is in package plan, and SQLite would have to copy the whole table to learn of another.
type Batch struct{ ent.Schema }

// Mixin of Batch.
func (Batch) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "bat"}, Authored{}} }

// Fields of Batch.
func (Batch) Fields() []ent.Field {
	return []ent.Field{
		field.String("app_id").Immutable(),
		field.Int("seq").Immutable().Comment("the number within the app"),
		field.String("number").Immutable().Unique().Comment("what people say, e.g. SHOP-0042"),
		field.String("title"),
		text("description"),
		field.String("external_reference").Default("").Comment("e.g. the requirement's number in an issue tracker"),
		field.JSON("documents", []plan.Document{}).Optional(),
		field.JSON("target_versions", map[string]string{}).Optional().Comment("by terminal key"),
		field.String("owner_id").Optional().Comment("the user who answers for it"),
		field.String("type").GoType(plan.BatchType("")).Default(string(plan.BatchNormal)),
		// The state that people see: that of the review until approval, then that of the least advanced delivery.
		field.String("state").GoType(plan.BatchState("")).Default(string(plan.BatchDraft)),
		field.String("review").GoType(plan.BatchState("")).Default(string(plan.BatchDraft)).Comment("state of the review alone"),
		field.Time("state_since").Optional().Nillable().Comment("when the state was entered, for ageing"),
		field.String("submitted_by_id").Optional().Comment("who sent it to review last"),
		field.Time("approved_at").Optional().Nillable(),
		field.String("approved_by_id").Optional(),
		field.Time("review_due_at").Optional().Nillable().Comment("a hotfix went out unreviewed: until when its review is owed"),
		field.JSON("assignees", []plan.Assignee{}).Optional(),
		field.JSON("deadlines", []plan.Deadline{}).Optional(),
		field.String("copied_from_id").Optional().Immutable(),
	}
}

// Edges of Batch.
func (Batch) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("app", App.Type).Ref("batches").Field("app_id").Unique().Required().Immutable(),
		edge.To("items", BatchItem.Type),
		edge.To("events", Event.Type),
		edge.To("transitions", Transition.Type),
	}
}

// Indexes of Batch.
func (Batch) Indexes() []ent.Index {
	return []ent.Index{index.Fields("app_id", "seq").Unique(), index.Fields("app_id", "state"), index.Fields("app_id", "created_at")}
}

// BatchItem is one change in a batch: to an event, a shared property or a value set.
type BatchItem struct{ ent.Schema }

// Mixin of BatchItem.
func (BatchItem) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "itm"}, Authored{}} }

// Fields of BatchItem.
func (BatchItem) Fields() []ent.Field {
	return []ent.Field{
		field.String("batch_id"),
		field.String("kind").GoType(plan.ItemKind("")).Immutable(),
		field.String("event_id").Optional().Immutable(),
		field.String("property_id").Optional().Immutable(),
		field.String("value_set_id").Optional().Immutable(),
		text("note"),
		field.String("action").GoType(plan.ItemAction("")).Default(string(plan.ActionChange)).Immutable(),
		// An item that is changed after approval goes back to review alone; empty while its review is the batch's.
		field.String("review").GoType(plan.BatchState("")).Default(""),
		field.String("edited_by_id").Optional().Comment("who edited its definition last"),
		field.String("moved_from_id").Optional().Comment("the batch that it was moved out of last"),
		text("dropped_reason"),
	}
}

// Edges of BatchItem.
func (BatchItem) Edges() []ent.Edge {
	return []ent.Edge{
		edge.From("batch", Batch.Type).Ref("items").Field("batch_id").Unique().Required(),
		edge.From("event", Event.Type).Ref("items").Field("event_id").Unique().Immutable(),
		edge.From("property", Property.Type).Ref("items").Field("property_id").Unique().Immutable(),
		edge.From("value_set", ValueSet.Type).Ref("items").Field("value_set_id").Unique().Immutable(),
		edge.To("deliveries", ItemDelivery.Type).Annotations(partOf()),
	}
}

// Indexes of BatchItem.
func (BatchItem) Indexes() []ent.Index {
	return []ent.Index{
		index.Fields("batch_id", "event_id").Unique(), index.Fields("batch_id", "property_id").Unique(),
		index.Fields("batch_id", "value_set_id").Unique(),
		index.Fields("event_id"), index.Fields("property_id"), index.Fields("value_set_id"),
	}
}

// Annotations of BatchItem.
func (BatchItem) Annotations() []schema.Annotation {
	return []schema.Annotation{checked("batch_item_kind", "kind", "EVENT", "PROPERTY", "VALUE_SET")}
}

// ItemDelivery is how far one item has come on one terminal.
type ItemDelivery struct{ ent.Schema }

// Mixin of ItemDelivery.
func (ItemDelivery) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "dlv"}, Authored{}} }

// Fields of ItemDelivery.
func (ItemDelivery) Fields() []ent.Field {
	return []ent.Field{
		field.String("item_id").Immutable(),
		field.String("batch_id").Comment("that of the item, for reading"),
		field.String("terminal").Immutable().Comment("its key"),
		field.String("state").GoType(plan.DeliveryState("")),
		field.Time("state_since").Default(Now),
		field.String("build").Default("").Comment("the build that was handed over for testing"),
		field.String("from_version").Default("").Comment("the app version from which on it holds in production"),
		field.String("test_release_id").Optional(),
		field.String("production_release_id").Optional(),
	}
}

// Edges of ItemDelivery.
func (ItemDelivery) Edges() []ent.Edge {
	return []ent.Edge{edge.From("item", BatchItem.Type).Ref("deliveries").Field("item_id").Unique().Required().Immutable()}
}

// Indexes of ItemDelivery.
func (ItemDelivery) Indexes() []ent.Index {
	return []ent.Index{index.Fields("item_id", "terminal").Unique(), index.Fields("batch_id", "state")}
}

// Transition is one move that was made: of a batch's review, or of an item on a terminal.
type Transition struct{ ent.Schema }

// Mixin of Transition.
func (Transition) Mixin() []ent.Mixin { return []ent.Mixin{ID{Prefix: "trn"}} }

// Fields of Transition.
func (Transition) Fields() []ent.Field {
	return []ent.Field{
		field.String("batch_id").Immutable(),
		field.String("item_id").Optional().Immutable(),
		field.String("terminal").Default("").Immutable(),
		field.String("from_state").Immutable(),
		field.String("to_state").Immutable(),
		text("note"),
		field.String("build").Default("").Immutable(),
		field.String("release_id").Optional().Immutable(),
		field.Time("created_at").Immutable().Default(Now),
		field.String("created_by_id").Optional().Immutable(),
		field.String("token_id").Optional().Immutable().Comment("the API token of the bot that made it"),
	}
}

// Edges of Transition.
func (Transition) Edges() []ent.Edge {
	return []ent.Edge{edge.From("batch", Batch.Type).Ref("transitions").Field("batch_id").Unique().Required().Immutable()}
}

// Indexes of Transition.
func (Transition) Indexes() []ent.Index {
	return []ent.Index{index.Fields("batch_id", "created_at"), index.Fields("item_id")}
}
