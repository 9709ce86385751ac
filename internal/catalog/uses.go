package catalog

import (
	"context"
	stdsql "database/sql"
	"fmt"
	"strings"

	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
	"entgo.io/ent/dialect/sql/sqljson"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/ent/eventproperty"
	"github.com/waymarkhq/waymark/ent/eventrevision"
	"github.com/waymarkhq/waymark/ent/property"
	"github.com/waymarkhq/waymark/ent/propertyrevision"
	"github.com/waymarkhq/waymark/ent/valueset"
	"github.com/waymarkhq/waymark/ent/valuesetrevision"
	"github.com/waymarkhq/waymark/ent/writekey"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// maxUses is how many uses a refusal lists; it tells their number in any case.
const maxUses = 50

// Use is one thing that keeps another from being deleted.
type Use struct {
	// Type is its type in the API, ID its id.
	Type string `json:"type"`
	ID   string `json:"id"`
	// Name is what people know it by: a key, a batch's number, an event's key with the number of a revision.
	Name string `json:"name"`
}

// source is a sort of things that may use something.
type source struct {
	typ, table string
	// name is the expression of a use's name, in terms of the table.
	name  string
	where narrow
}

// refuseUses returns FAILED_PRECONDITION, reason in_use, with the uses (at most maxUses) and their total, if there are any.
func (c *change) refuseUses(ctx context.Context, what string, sources ...source) error {
	uses, total := []Use{}, 0
	for _, src := range sources {
		n, err := c.countUses(ctx, &src)
		if err != nil {
			return fmt.Errorf("count uses: %w", err)
		}
		if total += n; n == 0 || len(uses) == maxUses {
			continue
		}
		if uses, err = c.listUses(ctx, &src, uses); err != nil {
			return fmt.Errorf("list uses: %w", err)
		}
	}
	return inUse(what, uses, total)
}

// inUse is the refusal to delete what is in use; nil where there are no uses.
func inUse(what string, uses []Use, total int) error {
	if total == 0 {
		return nil
	}
	text := fmt.Sprintf("the %s is in use: %s %s", what, words[uses[0].Type], uses[0].Name)
	if total > 1 {
		text = fmt.Sprintf("%s and %d more", text, total-1)
	}
	return fault.New(fault.FailedPrecondition, "in_use", text).With("uses", uses).With("total", total)
}

func (c *change) countUses(ctx context.Context, src *source) (n int, err error) {
	q := sql.Dialect(c.s.store.Dialect()).Select().From(sql.Table(src.table))
	src.where(q)
	err = scan(ctx, c, q.Count(), func(rows *stdsql.Rows) error { return rows.Scan(&n) })
	return n, err
}

func (c *change) listUses(ctx context.Context, src *source, uses []Use) ([]Use, error) {
	q := sql.Dialect(c.s.store.Dialect()).Select().From(sql.Table(src.table))
	src.where(q)
	q.SelectExpr(sql.Raw(q.C("id")), sql.Raw(src.name+" AS name")).
		OrderExpr(sql.Raw("name"), sql.Raw(q.C("id"))).Limit(maxUses - len(uses))
	err := scan(ctx, c, q, func(rows *stdsql.Rows) error {
		u := Use{Type: src.typ}
		if err := rows.Scan(&u.ID, &u.Name); err != nil {
			return err
		}
		uses = append(uses, u)
		return nil
	})
	return uses, err
}

// named is the sources' common form: rows of a table with a column that names them.
func named(typ, table, name string, where narrow) source {
	return source{typ: typ, table: table, name: name, where: where}
}

// equal narrows to the rows with a value in a column.
func equal(column string, value any) narrow {
	return func(q *sql.Selector) { q.Where(sql.EQ(q.C(column), value)) }
}

// lists narrows to the rows whose document, in a JSON column, has a list with a text in it.
func lists(dialectName, column, list, text string) *sql.Predicate {
	return sql.P(func(b *sql.Builder) {
		if dialectName == dialect.Postgres {
			b.WriteString("(").Ident(column).WriteString(" -> '" + list + "')::jsonb ? ").Arg(text)
			return
		}
		b.WriteString("EXISTS (SELECT 1 FROM json_each(").Ident(column).WriteString(", '$." + list + "') AS l WHERE l.value = ").
			Arg(text).WriteString(")")
	})
}

func (c *change) refuseUsedApp(ctx context.Context, row *ent.App) error {
	return c.refuseUses(ctx, "app",
		named("Batch", batch.Table, batch.FieldNumber, equal(batch.FieldAppID, row.ID)),
		named("Event", event.Table, event.FieldKey, equal(event.FieldAppID, row.ID)),
		named("Property", property.Table, property.FieldKey, equal(property.FieldAppID, row.ID)),
		named("ValueSet", valueset.Table, valueset.FieldKey, equal(valueset.FieldAppID, row.ID)))
}

func (c *change) refuseUsedEnvironment(ctx context.Context, row *ent.Environment) error {
	good := func(q *sql.Selector) {
		q.Where(sql.And(sql.EQ(q.C(writekey.FieldEnvironmentID), row.ID), sql.IsNull(q.C(writekey.FieldRevokedAt))))
	}
	return c.refuseUses(ctx, "environment", named("WriteKey", writekey.Table, writekey.FieldKey, good))
}

func (c *change) refuseUsedTerminal(ctx context.Context, row *ent.Terminal) error {
	planned := func(q *sql.Selector) { // by any revision: none is ever lost
		overridden := sql.Dialect(q.Dialect()).Select(eventproperty.FieldEventID).From(sql.Table(eventproperty.Table))
		overridden.Where(sql.Or(
			sqljson.HasKey(eventproperty.FieldPresenceOn, sqljson.Path(row.Key)),
			sqljson.HasKey(eventproperty.FieldNarrowingOn, sqljson.Path(row.Key))))
		listed := sql.Dialect(q.Dialect()).Select(eventrevision.FieldEventID).From(sql.Table(eventrevision.Table))
		listed.Where(lists(q.Dialect(), eventrevision.FieldDefinition, "terminals", row.Key))
		q.Where(sql.And(sql.EQ(q.C(event.FieldAppID), row.AppID),
			sql.Or(sql.In(q.C(event.FieldID), overridden), sql.In(q.C(event.FieldID), listed))))
	}
	targeted := func(q *sql.Selector) {
		q.Where(sql.And(sql.EQ(q.C(batch.FieldAppID), row.AppID),
			sqljson.HasKey(q.C(batch.FieldTargetVersions), sqljson.Path(row.Key))))
	}
	return c.refuseUses(ctx, "terminal",
		named("Event", event.Table, event.FieldKey, planned),
		named("Batch", batch.Table, batch.FieldNumber, targeted),
		named("WriteKey", writekey.Table, writekey.FieldKey, equal(writekey.FieldTerminalID, row.ID)))
}

// refuseUsedBatch lists the events that the batch introduced, and its items of others.
func (c *change) refuseUsedBatch(ctx context.Context, row *ent.Batch) error {
	others := func(q *sql.Selector) {
		own := sql.Dialect(q.Dialect()).Select(event.FieldID).From(sql.Table(event.Table)).
			Where(sql.EQ(event.FieldBatchID, row.ID))
		q.Where(sql.And(sql.EQ(q.C(batchitem.FieldBatchID), row.ID), sql.Or(
			sql.IsNull(q.C(batchitem.FieldEventID)), sql.NotIn(q.C(batchitem.FieldEventID), own))))
	}
	const name = `COALESCE((SELECT e.key FROM events e WHERE e.id = event_id),
		(SELECT p.key FROM properties p WHERE p.id = property_id), (SELECT v.key FROM value_sets v WHERE v.id = value_set_id))`
	return c.refuseUses(ctx, "batch",
		named("Event", event.Table, event.FieldKey, equal(event.FieldBatchID, row.ID)),
		named("BatchItem", batchitem.Table, name, others))
}

// refuseUsedItem lists the revisions that the item's batch holds of what the item changes.
func (c *change) refuseUsedItem(ctx context.Context, row *ent.BatchItem) error {
	under := func(column, id string) narrow {
		return func(q *sql.Selector) {
			q.Where(sql.And(sql.EQ(q.C("batch_id"), row.BatchID), sql.EQ(q.C(column), id)))
		}
	}
	return c.refuseUses(ctx, "item",
		eventRevisionUses(under(eventrevision.FieldEventID, row.EventID)),
		propertyRevisionUses(under(propertyrevision.FieldPropertyID, row.PropertyID)),
		named("ValueSetRevision", valuesetrevision.Table, revisionName("value_sets", valuesetrevision.FieldValueSetID),
			under(valuesetrevision.FieldValueSetID, row.ValueSetID)))
}

// refuseUsedProperty lists the events that use the property, the older revisions that did, and the items about it of
// batches that are not taken.
func (c *change) refuseUsedProperty(ctx context.Context, row *ent.Property, taken []string) error {
	refers := func(column, own string, newest bool) narrow {
		return func(q *sql.Selector) {
			uses := sql.Dialect(q.Dialect()).Select(column).From(sql.Table(eventproperty.Table)).Where(sql.And(
				sql.EQ(eventproperty.FieldPropertyID, row.ID), sql.EQ(eventproperty.FieldNewest, newest)))
			q.Where(sql.In(q.C(own), uses))
		}
	}
	return c.refuseUses(ctx, "property",
		named("Event", event.Table, event.FieldKey, refers(eventproperty.FieldEventID, event.FieldID, true)),
		eventRevisionUses(refers(eventproperty.FieldRevisionID, eventrevision.FieldID, false)),
		itemsElsewhere(subject{plan.ItemProperty, row.ID}, taken))
}

// refuseUsedValueSet lists the properties whose type draws on the value set, the events that narrow by it, the older
// revisions of both that did, and the items about it of batches that are not taken.
func (c *change) refuseUsedValueSet(ctx context.Context, row *ent.ValueSet, taken []string) error {
	types := func(q *sql.Selector) {
		link := drawn(q.Dialect(), []string{row.ID}).As("drawn")
		q.Where(sql.In(q.C(property.FieldID), sql.Dialect(q.Dialect()).Select("property_id").From(link)))
	}
	older := func(q *sql.Selector) {
		heads := sql.Dialect(q.Dialect()).Select(property.FieldHeadID).From(sql.Table(property.Table))
		q.Where(sql.And(names(q, propertyrevision.FieldDefinition, row.ID), sql.NotIn(q.C(propertyrevision.FieldID), heads)))
	}
	narrows := func(column, own string, newest bool) narrow {
		return func(q *sql.Selector) {
			uses := sql.Dialect(q.Dialect()).Select(column).From(sql.Table(eventproperty.Table))
			uses.Where(sql.And(sql.EQ(eventproperty.FieldNewest, newest), namesInNarrowing(uses, row.ID)))
			q.Where(sql.In(q.C(own), uses))
		}
	}
	return c.refuseUses(ctx, "value set",
		named("Property", property.Table, property.FieldKey, types),
		propertyRevisionUses(older),
		named("Event", event.Table, event.FieldKey, narrows(eventproperty.FieldEventID, event.FieldID, true)),
		eventRevisionUses(narrows(eventproperty.FieldRevisionID, eventrevision.FieldID, false)),
		itemsElsewhere(subject{plan.ItemValueSet, row.ID}, taken))
}

// itemsElsewhere are the items about a definition of batches that neither introduced it nor are among those taken, by
// number. A batch with a revision of it always has such an item. A use is named by its batch's number.
func itemsElsewhere(it subject, taken []string) source {
	upper := make([]string, len(taken))
	for i, number := range taken {
		upper[i] = strings.ToUpper(number)
	}
	table, owner := it.revisions()
	return named("BatchItem", batchitem.Table, "(SELECT b.number FROM batches b WHERE b.id = batch_id)", func(q *sql.Selector) {
		it.is()(q)
		of := q.C(batchitem.FieldBatchID)
		introduced := sql.Dialect(q.Dialect()).Select("batch_id").From(sql.Table(table))
		introduced.Where(sql.And(sql.EQ(owner, it.id), sql.EQ("number", 1), sql.NotNull("batch_id")))
		going := sql.Dialect(q.Dialect()).Select(batch.FieldID).From(sql.Table(batch.Table))
		going.Where(among(batch.FieldNumber, upper))
		q.Where(sql.And(sql.NotIn(of, introduced), sql.NotIn(of, going)))
	})
}

// names narrows to the rows whose JSON column names an id.
func names(q *sql.Selector, column, id string) *sql.Predicate {
	return sql.P(func(b *sql.Builder) { b.WriteString(asText(q, column) + " LIKE ").Arg(`%"` + id + `"%`) })
}

func namesInNarrowing(q *sql.Selector, id string) *sql.Predicate {
	return sql.Or(names(q, eventproperty.FieldNarrowing, id), names(q, eventproperty.FieldNarrowingOn, id))
}

func eventRevisionUses(where narrow) source {
	return named("EventRevision", eventrevision.Table, revisionName("events", eventrevision.FieldEventID), where)
}

func propertyRevisionUses(where narrow) source {
	return named("PropertyRevision", propertyrevision.Table,
		revisionName("properties", propertyrevision.FieldPropertyID), where)
}

// revisionName is the expression of a revision's name, e.g. "order_paid 2".
func revisionName(table, column string) string {
	return "(SELECT o.key FROM " + table + " o WHERE o.id = " + column + ") || ' ' || number"
}
