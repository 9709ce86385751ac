package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/ent/eventproperty"
	"github.com/waymarkhq/waymark/ent/eventrevision"
	"github.com/waymarkhq/waymark/ent/predicate"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// MergePropertiesInput has one property take the place of another in the events that use that.
type MergePropertiesInput struct {
	// Batch and AlsoUnder are numbers of batches of different apps: the events of these apps change under them.
	Batch     string
	AlsoUnder []string
	// Keep and Merge are ids: Keep takes the place of Merge.
	Keep, Merge string
}

// MergedProperties is what a merge of properties led to so far.
type MergedProperties struct {
	Keep, Merged *ent.Property
	// Events got a revision each; Items are those of the batches about them, and about the merged property.
	Events []*ent.Event
	Items  []*ent.BatchItem
	// Left is how many events still use the merged property: those whose revisions are not approved, and those of other apps.
	Left int
}

// MergeContradiction is why one property cannot take the place of another in an event.
type MergeContradiction struct {
	Use
	// Reason is has_both, type_mismatch or narrowing_mismatch.
	Reason string `json:"reason"`
}

// MergeProperties has one property take the place of another under batches: the merged one gets a revision that says so, and
// each event that uses it one that uses the other instead. All of it is reviewed like any change, and comes to nothing where
// its batch is cancelled. Approved, the merged property counts as replaced once no event uses it any more: lists leave it
// out, and nothing takes it up again. Events of apps without a batch among those named keep it until it is merged there too.
//
// FAILED_PRECONDITION, reason merge_contradiction, where an event has both, or the types contradict, with the events;
// property_replaced where one of the two was replaced itself, or is about to be.
func (s *Service) MergeProperties(ctx context.Context, in MergePropertiesInput) (*MergedProperties, error) {
	const action = "Mutation.mergeProperties"
	numbers := append([]string{in.Batch}, in.AlsoUnder...)
	under := make([]*ent.Batch, len(numbers))
	for i, number := range numbers {
		var err error
		if under[i], err = s.batchByNumber(ctx, action, number); err != nil {
			return nil, err
		}
	}
	merged, err := s.editedProperty(ctx, action, in.Merge)
	if err != nil {
		return nil, err
	}
	keep, err := s.PropertiesByID(ctx, []string{in.Keep})
	if err != nil {
		return nil, err
	}
	if keep[in.Keep] == nil {
		return nil, fault.NotFoundf("Property", in.Keep)
	}
	if err := checkMerge(keep[in.Keep], merged, under); err != nil {
		return nil, err
	}
	return changed(ctx, s, "merge properties", func(ctx context.Context, c *change) (*MergedProperties, error) {
		return c.mergeProperties(ctx, in.Keep, in.Merge, under)
	})
}

// checkMerge refuses properties and batches that do not belong together.
func checkMerge(keep, merged *ent.Property, under []*ent.Batch) error {
	var f fault.Fields
	checkSuccessor("input.keep", keep, merged, &f)
	for i, b := range under {
		path := "input.batch"
		if i > 0 {
			path = fmt.Sprintf("input.alsoUnder[%d]", i-1)
		}
		if merged.AppID != "" && b.AppID != merged.AppID {
			f.Add(path, "other_app", b.Number+" is a batch of another app")
		}
		if slices.ContainsFunc(under[:i], func(o *ent.Batch) bool { return o.AppID == b.AppID }) {
			f.Add(path, "duplicate", "one batch of an app is enough")
		}
	}
	return f.Err()
}

// merging is the work of one property taking the place of another.
type merging struct {
	c            *change
	keep, merged *ent.Property
	drafts       []*mergedDraft
	wrong        []MergeContradiction
}

// mergedDraft is an event in hand, with what it is to say.
type mergedDraft struct {
	row *ent.Event
	d   *draft
	doc *eventDocument
}

func (c *change) mergeProperties(ctx context.Context, keep, merge string, under []*ent.Batch) (*MergedProperties, error) {
	m := &merging{c: c}
	var err error
	if m.keep, err = c.Property.Get(ctx, keep); err != nil {
		return nil, lost(err, "Property", keep)
	}
	if m.merged, err = c.Property.Get(ctx, merge); err != nil {
		return nil, lost(err, "Property", merge)
	}
	if err := refuseReplaced(m.keep, m.merged); err != nil {
		return nil, err
	}
	for _, b := range under {
		if err := m.refuseCycle(ctx, b); err != nil {
			return nil, err
		}
		if err := m.take(ctx, b); err != nil {
			return nil, err
		}
	}
	if err := m.refuseContradictions(); err != nil {
		return nil, err
	}
	out := &MergedProperties{Keep: m.keep}
	for _, b := range under {
		if err := m.retire(ctx, b, out); err != nil {
			return nil, err
		}
	}
	for _, one := range m.drafts {
		if err := m.save(ctx, one, out); err != nil {
			return nil, err
		}
	}
	if out.Left, err = c.EventProperty.Query().Where(predicate.EventProperty(usesOf(merge))).Count(ctx); err != nil {
		return nil, fmt.Errorf("count what still uses it: %w", err)
	}
	out.Merged, err = c.Property.Get(ctx, merge)
	return out, err
}

// refuseCycle refuses to keep a property that the same batch merges into another.
func (m *merging) refuseCycle(ctx context.Context, b *ent.Batch) error {
	r, err := m.c.newestUnder(ctx, propertyLine, m.keep.ID, b.ID)
	if err != nil || r == nil {
		return err
	}
	doc := &propertyDocument{}
	if err := json.Unmarshal(r.definition, doc); err != nil {
		return fmt.Errorf("read revision %s: %w", r.id, err)
	}
	if doc.ReplacedBy != "" {
		return isReplaced(m.keep, doc.ReplacedBy)
	}
	return nil
}

// retire has the merged property say, under a batch, what takes its place, unless it says so already.
func (m *merging) retire(ctx context.Context, b *ent.Batch, out *MergedProperties) error {
	c := m.c
	row, err := c.Property.Get(ctx, m.merged.ID)
	if err != nil {
		return lost(err, "Property", m.merged.ID)
	}
	d, err := c.draftOf(ctx, propertyLine, row.HeadID, &b.Number, row.AppID)
	if err != nil {
		return err
	}
	doc := &propertyDocument{}
	if err := json.Unmarshal(d.basis.definition, doc); err != nil {
		return fmt.Errorf("read revision %s: %w", d.basis.id, err)
	}
	switch doc.ReplacedBy {
	case m.keep.ID:
		return nil
	case "":
		doc.ReplacedBy = m.keep.ID
	default:
		return isReplaced(m.merged, doc.ReplacedBy)
	}
	r, _, err := d.save(ctx, c, doc)
	if err != nil {
		return err
	}
	if d.heads(r) {
		if _, err := c.saveProperty(ctx, row.ID, r, doc); err != nil {
			return err
		}
	}
	if err := m.note(ctx, b, subject{plan.ItemProperty, row.ID}, out); err != nil {
		return err
	}
	return c.changedAfterApproval(ctx, d, r)
}

// note tells of the item of a batch about a subject.
func (m *merging) note(ctx context.Context, b *ent.Batch, it subject, out *MergedProperties) error {
	item, err := m.c.ensureItem(ctx, b.ID, it)
	if err != nil {
		return err
	}
	out.Items = append(out.Items, item)
	return nil
}

// take takes the events of a batch's app in hand that use the merged property: by the definition that their row copies, or by
// what the batch has made of them.
func (m *merging) take(ctx context.Context, b *ent.Batch) error {
	c := m.c
	if err := c.refuseClosed(ctx, b); err != nil {
		return err
	}
	rows, err := c.Event.Query().Where(event.AppID(b.AppID), func(q *sql.Selector) {
		u := sql.Table(eventproperty.Table)
		drafts := sql.Dialect(q.Dialect()).Select(eventrevision.FieldID).From(sql.Table(eventrevision.Table)).
			Where(sql.EQ(eventrevision.FieldBatchID, b.ID))
		uses := sql.Dialect(q.Dialect()).Select(u.C(eventproperty.FieldEventID)).From(u)
		uses.Where(sql.And(sql.EQ(u.C(eventproperty.FieldPropertyID), m.merged.ID),
			sql.Or(sql.EQ(u.C(eventproperty.FieldNewest), true), sql.In(u.C(eventproperty.FieldRevisionID), drafts))))
		q.Where(sql.And(sql.NotIn(q.C(event.FieldID), givenUp(q.Dialect())), sql.Or(sql.In(q.C(event.FieldID), uses),
			names(q, event.FieldExcludedCommon, m.merged.Key), names(q, event.FieldMatch, m.merged.Key))))
	}).Order(event.ByKey(), event.ByID()).All(ctx)
	if err != nil {
		return fmt.Errorf("find the events that use it: %w", err)
	}
	carries := slices.ContainsFunc(rows, func(e *ent.Event) bool { return e.Kind == plan.KindCommon })
	for _, row := range rows {
		d, err := c.draftOf(ctx, eventLine, row.HeadID, &b.Number, row.AppID)
		if err != nil {
			return err
		}
		doc, err := eventDocumentOf(d.basis)
		if err != nil {
			return err
		}
		if m.replace(row, doc, carries) {
			m.drafts = append(m.drafts, &mergedDraft{row: row, d: d, doc: doc})
		}
	}
	return nil
}

// replace has a definition use the one property in place of the other, and reports whether it did. Common says whether the
// app's common properties have it, so that what does not carry these, or matches by them, names it too.
func (m *merging) replace(row *ent.Event, doc *eventDocument, common bool) bool {
	at := slices.IndexFunc(doc.Properties, func(p propertyOfEvent) bool { return p.PropertyID == m.merged.ID })
	if at >= 0 {
		if reason := m.contradiction(doc, &doc.Properties[at]); reason != "" {
			m.wrong = append(m.wrong, MergeContradiction{Use{Type: "Event", ID: row.ID, Name: row.Key}, reason})
		}
		doc.Properties[at].PropertyID, doc.Properties[at].Key = m.keep.ID, m.keep.Key
	}
	if at < 0 && !common || m.keep.Key == m.merged.Key {
		return at >= 0
	}
	changed := at >= 0
	for i := range doc.Match {
		if doc.Match[i].Property == m.merged.Key {
			doc.Match[i].Property, changed = m.keep.Key, true
		}
	}
	if i := slices.Index(doc.ExcludedCommon, m.merged.Key); i >= 0 && common {
		doc.ExcludedCommon, changed = slices.Delete(slices.Clone(doc.ExcludedCommon), i, i+1), true
		if !slices.Contains(doc.ExcludedCommon, m.keep.Key) {
			doc.ExcludedCommon = append(doc.ExcludedCommon, m.keep.Key)
		}
	}
	return changed
}

// contradiction returns why a use of the merged property cannot become one of the other, "" if it can.
func (m *merging) contradiction(doc *eventDocument, use *propertyOfEvent) string {
	has := slices.ContainsFunc(doc.Properties, func(p propertyOfEvent) bool {
		return p.PropertyID == m.keep.ID || p.PropertyID != m.merged.ID && p.Key == m.keep.Key
	})
	switch {
	case has:
		return "has_both"
	case !sameKind(&m.keep.Type, &m.merged.Type):
		return "type_mismatch"
	case !narrows(&m.keep.Type, use.Narrowing, use.NarrowingOn):
		return "narrowing_mismatch"
	default:
		return ""
	}
}

// sameKind reports whether two types are of the same base, and so are the elements of lists.
func sameKind(a, b *plan.Type) bool {
	if a.Base != b.Base || (a.Items == nil) != (b.Items == nil) {
		return false
	}
	return a.Items == nil || sameKind(a.Items, b.Items)
}

func (m *merging) refuseContradictions() error {
	if len(m.wrong) == 0 {
		return nil
	}
	events := make([]string, 0, 3)
	for _, w := range m.wrong[:min(3, len(m.wrong))] {
		events = append(events, w.Name+" ("+w.Reason+")")
	}
	return fault.New(fault.FailedPrecondition, "merge_contradiction", fmt.Sprintf(
		"%s cannot take the place of %s in %d events, e.g. %s", m.keep.Key, m.merged.Key, len(m.wrong), strings.Join(events, ", "))).
		With("uses", m.wrong[:min(maxUses, len(m.wrong))]).With("total", len(m.wrong))
}

// save stores what an event has become, and notes the item of the batch about it.
func (m *merging) save(ctx context.Context, one *mergedDraft, out *MergedProperties) error {
	c := m.c
	if err := c.checkEvent(ctx, one.row, one.doc, nil); err != nil {
		return fmt.Errorf("event %s: %w", one.row.Key, err)
	}
	row, err := c.reviseEvent(ctx, one.row, one.d, one.doc)
	if err != nil {
		return fmt.Errorf("event %s: %w", one.row.Key, err)
	}
	out.Events = append(out.Events, row)
	return m.note(ctx, one.d.batch, subject{plan.ItemEvent, row.ID}, out)
}
