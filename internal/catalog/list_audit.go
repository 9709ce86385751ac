package catalog

import (
	"context"
	"strings"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/auditentry"
	"github.com/waymarkhq/waymark/internal/audit"
	"github.com/waymarkhq/waymark/internal/fault"
)

// The audit log is written by package audit; here it is read.
var auditEntries = table[ent.AuditEntry]{
	name: auditentry.Table, id: func(r *ent.AuditEntry) string { return r.ID }, visible: openEntries,
	all: func(ctx context.Context, c *ent.Client, m func(*sql.Selector)) ([]*ent.AuditEntry, error) {
		return modified(ctx, c.AuditEntry.Query(), m)
	},
}

// openEntries is the visibility of entries: those of the apps, and of what is defined for all apps. Whatever else belongs to
// no app is for the organisation.
func openEntries(s *sql.Selector, v *visibility) {
	global := sql.And(sql.IsNull(s.C(auditentry.FieldAppID)),
		sql.In(s.C(auditentry.FieldObjectType), ent.TypeProperty, ent.TypeValueSet))
	s.Where(sql.Or(among(s.C(auditentry.FieldAppID), v.apps), global))
}

// AuditEntryFilter says which entries; what is left out does not narrow.
type AuditEntryFilter struct {
	Actor, Token, ObjectType, ObjectID, Action *string
	// From includes the moment, Before does not.
	From, Before *time.Time
	// Text: the object's name, the actor's or the command's holds it.
	Text *string
}

func (f *AuditEntryFilter) narrow() ([]narrow, error) {
	if f == nil {
		return nil, nil
	}
	where := created(f.From, f.Before)
	where = append(where, equals(auditentry.FieldActorID, f.Actor)...)
	where = append(where, equals(auditentry.FieldTokenID, f.Token)...)
	where = append(where, equals(auditentry.FieldObjectType, f.ObjectType)...)
	where = append(where, equals(auditentry.FieldObjectID, f.ObjectID)...)
	where = append(where, equals(auditentry.FieldAction, f.Action)...)
	if f.Text == nil {
		return where, nil
	}
	var bad fault.Fields
	validateLine("filter.text", f.Text, &bad)
	text := strings.TrimSpace(*f.Text)
	return append(where, func(q *sql.Selector) {
		q.Where(sql.Or(sql.ContainsFold(q.C(auditentry.FieldObjectName), text),
			sql.ContainsFold(q.C(auditentry.FieldActorName), text), sql.ContainsFold(q.C(auditentry.FieldAction), text)))
	}), bad.Err()
}

// inItsApp narrows to what belongs to an app and nothing else does.
var inItsApp = ofApp("app_id")

func newestEntries() ordering[ent.AuditEntry] {
	order := timeOrder(&auditEntries, auditentry.FieldCreatedAt, func(r *ent.AuditEntry) time.Time { return r.CreatedAt })
	return order.towards(Descending)
}

// AuditEntries lists the audit log of the app with a key, or (nil) of the whole organisation, newest first.
func (s *Service) AuditEntries(appKey *string, f *AuditEntryFilter) List[ent.AuditEntry] {
	l := List[ent.AuditEntry]{
		s: s, t: &auditEntries, order: newestEntries(), action: "Query.auditEntries", appKey: appKey,
		inApp: inItsApp,
	}
	l.where, l.err = f.narrow()
	return l
}

// activity lists what happened, for everybody who may read what it happened to, newest first. Who has which rights is left
// out.
func (s *Service) activity(of *relation[ent.AuditEntry], f *AuditEntryFilter) Children[ent.AuditEntry] {
	c := Children[ent.AuditEntry]{s: s, r: of, order: newestEntries()}
	c.where, c.err = f.narrow()
	if f != nil && f.Token != nil {
		c.err = fault.Invalid(fault.Field{
			Path: "filter.token", Reason: "administrators_only", Message: "is for auditEntries: activity does not tell of tokens",
		})
	}
	c.where = append(c.where, func(q *sql.Selector) {
		q.Where(sql.Not(among(q.C(auditentry.FieldObjectType), audit.Private())))
	})
	return c
}

// ActivityInApps lists what happened in apps.
func (s *Service) ActivityInApps(f *AuditEntryFilter) Children[ent.AuditEntry] {
	return s.activity(entriesOfApp, f)
}

// ActivityUnderBatches lists what happened to batches, and under them.
func (s *Service) ActivityUnderBatches(f *AuditEntryFilter) Children[ent.AuditEntry] {
	return s.activity(entriesOfBatch, f)
}

// ActivityOn lists what happened to objects.
func (s *Service) ActivityOn(f *AuditEntryFilter) Children[ent.AuditEntry] {
	return s.activity(entriesOfObject, f)
}

// ActivityOf lists what people did.
func (s *Service) ActivityOf(f *AuditEntryFilter) Children[ent.AuditEntry] {
	return s.activity(entriesOfActor, f)
}

var (
	entriesOfApp = reference(&auditEntries, auditentry.FieldAppID, func(r *ent.AuditEntry) string { return r.AppID })

	entriesOfBatch = reference(&auditEntries, auditentry.FieldBatchID, func(r *ent.AuditEntry) string { return r.BatchID })

	entriesOfObject = reference(&auditEntries, auditentry.FieldObjectID, func(r *ent.AuditEntry) string { return r.ObjectID })

	entriesOfActor = reference(&auditEntries, auditentry.FieldActorID, func(r *ent.AuditEntry) string { return r.ActorID })
)
