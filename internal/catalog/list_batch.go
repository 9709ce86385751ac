package catalog

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/batchitem"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

// BatchFilter says which batches; what is left out does not narrow.
type BatchFilter struct {
	// Text: number, title, description or reference holds these words.
	Text        *string
	States      []plan.BatchState
	OwnerID     *string
	CreatedByID *string
	// CreatedFrom includes the moment, CreatedBefore does not.
	CreatedFrom, CreatedBefore *time.Time
}

// BatchOrderField is what batches can be ordered by.
type BatchOrderField string

// What batches can be ordered by.
const (
	BatchesByCreated BatchOrderField = "CREATED_AT"
	BatchesByUpdated BatchOrderField = "UPDATED_AT"
	BatchesByNumber  BatchOrderField = "NUMBER"
)

// BatchOrder is how batches are ordered; nil means newest first.
type BatchOrder struct {
	Field     BatchOrderField
	Direction OrderDirection
}

func (o *BatchOrder) ordering() ordering[ent.Batch] {
	if o == nil {
		o = &BatchOrder{Direction: Descending}
	}
	var order ordering[ent.Batch]
	switch o.Field {
	case BatchesByNumber:
		order = byNumber()
	case BatchesByUpdated:
		order = timeOrder(&batches, batch.FieldUpdatedAt, func(r *ent.Batch) time.Time { return r.UpdatedAt })
	default:
		order = timeOrder(&batches, batch.FieldCreatedAt, func(r *ent.Batch) time.Time { return r.CreatedAt })
	}
	return order.towards(o.Direction)
}

// byNumber orders by the part of the number that comes from the app's key, then by what is a number: SHOP-10000 comes
// after SHOP-9999.
func byNumber() ordering[ent.Batch] {
	const digits = "0123456789"
	prefix := func(r *ent.Batch) string { return strings.TrimRight(r.Number, digits) }
	return ordering[ent.Batch]{
		orderSpec: orderSpec{name: "batches.number", columns: []orderColumn{
			{column: batch.FieldNumber, format: "rtrim(%s, '" + digits + "')", kind: textValue},
			{column: batch.FieldSeq, kind: intValue},
		}},
		values:  func(r *ent.Batch) []any { return []any{prefix(r), int64(r.Seq)} },
		id:      batches.id,
		compare: func(a, b *ent.Batch) int { return cmp.Or(cmp.Compare(prefix(a), prefix(b)), cmp.Compare(a.Seq, b.Seq)) },
	}
}

func (f *BatchFilter) narrow(s *store.Store) ([]narrow, error) {
	if f == nil {
		return nil, nil
	}
	where, err := matching(s, IndexedBatch, f.Text)
	where = append(where, oneOf(batch.FieldState, f.States)...)
	where = append(where, equals(batch.FieldOwnerID, f.OwnerID)...)
	where = append(where, equals(batch.FieldCreatedByID, f.CreatedByID)...)
	return append(where, created(f.CreatedFrom, f.CreatedBefore)...), err
}

// Batches lists the batches of the app with a key, or (nil) of all apps that the asking person may see.
func (s *Service) Batches(appKey *string, f *BatchFilter, o *BatchOrder) List[ent.Batch] {
	l := List[ent.Batch]{
		s: s, t: &batches, order: o.ordering(), action: "Query.batches", appKey: appKey, inApp: ofApp(batch.FieldAppID),
	}
	l.where, l.err = f.narrow(s.store)
	return l
}

// BatchesOfApps lists the batches of apps.
func (s *Service) BatchesOfApps(f *BatchFilter, o *BatchOrder) Children[ent.Batch] {
	c := Children[ent.Batch]{s: s, r: batchesOfApp, order: o.ordering()}
	c.where, c.err = f.narrow(s.store)
	return c
}

var batchesOfApp = reference(&batches, batch.FieldAppID, func(r *ent.Batch) string { return r.AppID })

// Batch returns the batch with a number; NOT_FOUND where there is none or it may not be seen.
func (s *Service) Batch(ctx context.Context, number string) (*ent.Batch, error) {
	return s.batchByNumber(ctx, "Query.batch", number)
}

// batchByNumber returns the batch with a number, in whatever case it is written, if the action is allowed on it.
func (s *Service) batchByNumber(ctx context.Context, action auth.Action, number string) (*ent.Batch, error) {
	if _, err := auth.From(ctx); err != nil {
		return nil, err
	}
	row, err := s.read.Batch.Query().Where(batch.Number(strings.ToUpper(number))).Only(ctx)
	if ent.IsNotFound(err) {
		return nil, fault.NotFoundf("Batch", number)
	}
	if err != nil {
		return nil, fmt.Errorf("read batch: %w", store.Fault(err))
	}
	err = auth.AllowOn(ctx, action, auth.Object{App: row.AppID, Owner: row.CreatedByID, Type: "Batch", Name: number})
	if err != nil {
		return row, err
	}
	return row, s.refuseArchived(ctx, action, row.AppID)
}

// BatchesByID reads batches as AppsByID does apps.
func (s *Service) BatchesByID(ctx context.Context, ids []string) (map[string]*ent.Batch, error) {
	return byID(ctx, s, &batches, ids)
}

// ItemsOfBatches lists the items of batches, oldest first.
func (s *Service) ItemsOfBatches() Children[ent.BatchItem] {
	order := timeOrder(&items, batchitem.FieldCreatedAt, func(r *ent.BatchItem) time.Time { return r.CreatedAt })
	return Children[ent.BatchItem]{s: s, r: itemsOfBatch, order: order}
}

var itemsOfBatch = reference(&items, batchitem.FieldBatchID, func(r *ent.BatchItem) string { return r.BatchID })

// ItemsByID reads batch items as AppsByID does apps.
func (s *Service) ItemsByID(ctx context.Context, ids []string) (map[string]*ent.BatchItem, error) {
	return byID(ctx, s, &items, ids)
}

// ofApp narrows to the rows whose column names the app.
func ofApp(column string) func(*sql.Selector, string) {
	return func(q *sql.Selector, appID string) { q.Where(sql.EQ(q.C(column), appID)) }
}

// ofAppOrGlobal narrows to what an app may use: its own, and the global.
func ofAppOrGlobal(q *sql.Selector, appID string) {
	q.Where(sql.Or(sql.EQ(q.C("app_id"), appID), sql.IsNull(q.C("app_id"))))
}
