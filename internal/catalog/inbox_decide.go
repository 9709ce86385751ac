package catalog

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/inboxdecision"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

// UnplannedInput names something that nobody planned: an event by name, or a property of a planned event.
type UnplannedInput struct{ Name, EventID, Property *string }

// AddUnplannedInput plans what an environment saw, under a batch; Batch is a number.
type AddUnplannedInput struct {
	Batch, Environment string
	Items              []UnplannedInput
	// Enums makes ENUM of properties whose values look like a list of allowed values, with these.
	Enums bool
}

// MapUnplannedInput makes an unplanned name an alias of an event.
type MapUnplannedInput struct {
	App, Name, EventID string
	Batch              *string
	Until              *time.Time
}

// IgnoreUnplannedInput lets things come that nobody planned: for good, or up to an app version.
type IgnoreUnplannedInput struct {
	App                 string
	Items               []UnplannedInput
	Reason, UpToVersion string
}

// ReopenUnplannedInput takes decisions back.
type ReopenUnplannedInput struct {
	App   string
	Items []UnplannedInput
}

// maxUnplanned is how many things one command decides on.
const maxUnplanned = 200

// unplannedKeys reads which things an input names.
func unplannedKeys(items []UnplannedInput, f *fault.Fields) []inboxKey {
	if len(items) == 0 || len(items) > maxUnplanned {
		f.Add("input.items", "out_of_range", fmt.Sprintf("1 to %d things are decided on at a time", maxUnplanned))
		return nil
	}
	keys := make([]inboxKey, len(items))
	for i, it := range items {
		keys[i] = inboxKey{value(it.Name), value(it.EventID), value(it.Property)}
		ofEvent, ofProperty := it.Name != nil, it.EventID != nil && it.Property != nil
		if ofEvent == ofProperty || ofEvent && (it.EventID != nil || it.Property != nil) {
			f.Add(fmt.Sprintf("input.items[%d]", i), "one_of", "either the name of an event, or eventId and property")
		}
		validateSent(fmt.Sprintf("input.items[%d].name", i), it.Name, f)
		validateSent(fmt.Sprintf("input.items[%d].property", i), it.Property, f)
		if keys[i].isOther() {
			*f = append(*f, otherField(fmt.Sprintf("input.items[%d]", i)))
		}
		if slices.Contains(keys[:i], keys[i]) {
			f.Add(fmt.Sprintf("input.items[%d]", i), "duplicate", "it is named twice")
		}
	}
	return keys
}

// maxSent is the longest name that is counted under its own name, in characters.
const maxSent = 200

// validateSent refuses what cannot be a name as sent and counted.
func validateSent(path string, name *string, f *fault.Fields) {
	validateFree(path, name, maxSent, func(r rune) bool { return r != 0 }, f)
}

// isOther says whether it stands for all names beyond those that are counted one by one.
func (k inboxKey) isOther() bool { return k.name == store.OtherLabel || k.property == store.OtherLabel }

func otherField(path string) fault.Field {
	return fault.Field{Path: path, Reason: "not_one", Message: store.OtherLabel + " stands for many names, which are not known one by one"}
}

// IgnoreUnplanned lets things come that nobody planned, and returns the places of those that no environment has seen. INVALID_INPUT,
// reason planned, where the app plans one.
func (s *Service) IgnoreUnplanned(ctx context.Context, in IgnoreUnplannedInput) (a *ent.App, notSeen []int, err error) {
	a, err = s.decideOn(ctx, "Mutation.ignoreUnplanned", in.App, in.Items, func(f *fault.Fields) {
		validateProse("input.reason", &in.Reason, f)
		if strings.TrimSpace(in.Reason) == "" {
			f.Add("input.reason", "required", "say why it may come")
		}
		if in.UpToVersion != "" {
			plan.ValidateVersion("input.upToVersion", in.UpToVersion, f)
		}
	}, func(ctx context.Context, c *change, appID string, keys []inboxKey) (err error) {
		if notSeen, err = s.refusePlanned(ctx, appID, keys); err != nil {
			return err
		}
		for _, k := range keys {
			if err := c.record(ctx, appID, k, decision{state: plan.InboxIgnored, reason: in.Reason, upToVersion: in.UpToVersion}); err != nil {
				return err
			}
		}
		return nil
	})
	return a, notSeen, err
}

// refusePlanned refuses what an app plans by now, and returns the places of what none of its environments has seen.
func (s *Service) refusePlanned(ctx context.Context, appID string, keys []inboxKey) (notSeen []int, err error) {
	known, err := s.plannedNames(ctx, appID)
	if err != nil {
		return nil, err
	}
	var f fault.Fields
	for i, k := range keys {
		if _, planned := known.plans(k); planned {
			f.Add(fmt.Sprintf("input.items[%d]", i), "planned", "the app plans it: there is nothing to ignore")
		}
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	of, err := s.EnvironmentsOf(ctx, []string{appID})
	if err != nil {
		return nil, err
	}
	seen := map[inboxKey]bool{}
	for _, env := range of[appID] {
		rows, err := s.captured.Unplanned(ctx, env.ID)
		if err != nil {
			return nil, err
		}
		for _, u := range unplannedThings(rows) {
			seen[u.key] = true
		}
	}
	for i, k := range keys {
		if !seen[k] {
			notSeen = append(notSeen, i)
		}
	}
	return notSeen, nil
}

// ReopenUnplanned takes decisions back; where there is none, nothing happens. FAILED_PRECONDITION, reason still_mapped, where the name
// is still an alias: then it is planned, and nothing to decide on.
func (s *Service) ReopenUnplanned(ctx context.Context, in ReopenUnplannedInput) (*ent.App, error) {
	return s.decideOn(ctx, "Mutation.reopenUnplanned", in.App, in.Items, func(*fault.Fields) {},
		func(ctx context.Context, c *change, appID string, keys []inboxKey) error {
			for _, k := range keys {
				if err := c.reopen(ctx, appID, k); err != nil {
					return err
				}
			}
			return nil
		})
}

func (c *change) reopen(ctx context.Context, appID string, k inboxKey) error {
	d, err := c.decided(ctx, appID, k)
	if err != nil || d == nil {
		return err
	}
	if err := c.refuseMapped(ctx, d); err != nil {
		return err
	}
	return c.InboxDecision.DeleteOne(d).Exec(ctx)
}

// refuseMapped refuses to take back that a name is mapped while it is an alias of its event.
func (c *change) refuseMapped(ctx context.Context, d *ent.InboxDecision) error {
	if d.State != plan.InboxMapped {
		return nil
	}
	e, err := c.Event.Get(ctx, d.TargetID)
	if ent.IsNotFound(err) {
		return nil
	}
	b, batchErr := c.Batch.Get(ctx, d.BatchID)
	if err := errors.Join(err, batchErr); err != nil {
		return fmt.Errorf("read what a name is mapped to: %w", err)
	}
	isAlias := slices.ContainsFunc(e.Aliases, func(a plan.Alias) bool { return a.Name == d.Name })
	if b.Review == plan.BatchCancelled || b.Review == plan.BatchApproved && !isAlias {
		return nil
	}
	return fault.New(fault.FailedPrecondition, "still_mapped", fmt.Sprintf("%q is an alias of %s: take it away there first", d.Name, e.Key)).
		With("name", d.Name).With("event", e.Key)
}

// decideOn decides on things of one app, all or none.
func (s *Service) decideOn(
	ctx context.Context, action auth.Action, appKey string, items []UnplannedInput, validate func(*fault.Fields),
	decide func(ctx context.Context, c *change, appID string, keys []inboxKey) error,
) (*ent.App, error) {
	a, err := s.appByKey(ctx, action, appKey)
	if err != nil {
		return nil, err
	}
	var f fault.Fields
	keys := unplannedKeys(items, &f)
	validate(&f)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return changed(ctx, s, "decide on what is unplanned", func(ctx context.Context, c *change) (*ent.App, error) {
		for i, k := range keys {
			if err := c.checkEventOf(ctx, a.ID, k, fmt.Sprintf("input.items[%d].eventId", i)); err != nil {
				return nil, err
			}
		}
		return a, decide(ctx, c, a.ID, keys)
	})
}

// checkEventOf refuses the event of another app.
func (c *change) checkEventOf(ctx context.Context, appID string, k inboxKey, path string) error {
	if k.eventID == "" {
		return nil
	}
	e, err := c.Event.Get(ctx, k.eventID)
	if ent.IsNotFound(err) || err == nil && e.AppID != appID {
		return fault.Invalid(fault.Field{Path: path, Reason: "unknown_event", Message: "the app has no such event"})
	}
	return err
}

// decision is what somebody decides.
type decision struct {
	state               plan.InboxState
	reason, upToVersion string
	targetID, batchID   string // of the event and the batch that plan it
}

func (c *change) decided(ctx context.Context, appID string, k inboxKey) (*ent.InboxDecision, error) {
	of := inboxdecision.EventIDIsNil()
	if k.eventID != "" {
		of = inboxdecision.EventID(k.eventID)
	}
	d, err := c.InboxDecision.Query().
		Where(inboxdecision.AppID(appID), inboxdecision.Name(k.name), of, inboxdecision.Property(k.property)).First(ctx)
	if ent.IsNotFound(err) {
		return nil, nil //nolint:nilnil // there is none, which is no error
	}
	return d, err
}

// record notes what was decided, in the place of what was decided before.
func (c *change) record(ctx context.Context, appID string, k inboxKey, now decision) error {
	before, err := c.decided(ctx, appID, k)
	if err != nil {
		return err
	}
	if before == nil {
		return c.InboxDecision.Create().SetAppID(appID).SetName(k.name).SetNillableEventID(optional(k.eventID)).SetProperty(k.property).
			SetState(now.state).SetReason(now.reason).SetUpToVersion(now.upToVersion).
			SetNillableTargetID(optional(now.targetID)).SetNillableBatchID(optional(now.batchID)).
			SetCreatedAt(c.now).SetCreatedByID(c.by).SetUpdatedAt(c.now).SetUpdatedByID(c.by).Exec(ctx)
	}
	return before.Update().SetState(now.state).SetReason(now.reason).SetUpToVersion(now.upToVersion).
		ClearTargetID().SetNillableTargetID(optional(now.targetID)).ClearBatchID().SetNillableBatchID(optional(now.batchID)).
		SetUpdatedAt(c.now).SetUpdatedByID(c.by).Exec(ctx)
}

// MapUnplanned makes an unplanned name an alias of an event, under a batch: the event's draft answers to it.
func (s *Service) MapUnplanned(ctx context.Context, in MapUnplannedInput) (*ent.Event, error) {
	const action = auth.Action("Mutation.mapUnplanned")
	a, err := s.appByKey(ctx, action, in.App)
	if err != nil {
		return nil, err
	}
	k := inboxKey{name: in.Name}
	if k.isOther() {
		return nil, fault.Invalid(otherField("input.name"))
	}
	if in.Until != nil && !in.Until.After(s.now()) {
		return nil, fault.Invalid(fault.Field{Path: "input.until", Reason: "in_the_past", Message: "the name is accepted until a time to come"})
	}
	return changed(ctx, s, "map what is unplanned", func(ctx context.Context, c *change) (*ent.Event, error) {
		if err := c.checkEventOf(ctx, a.ID, inboxKey{eventID: in.EventID}, "input.eventId"); err != nil {
			return nil, err
		}
		row, batchID, err := c.editEvent(ctx, in.EventID, in.Batch, func(doc *eventDocument) {
			doc.Aliases = append(doc.Aliases, plan.Alias{Name: in.Name, Until: momentOrNil(in.Until)})
		})
		if err != nil {
			return nil, err
		}
		return row, c.record(ctx, a.ID, k, decision{state: plan.InboxMapped, targetID: row.ID, batchID: batchID})
	})
}

// editEvent edits an event's draft under a batch, and returns that batch's id, too.
func (c *change) editEvent(ctx context.Context, id string, batch *string, edit func(*eventDocument)) (*ent.Event, string, error) {
	row, err := c.Event.Get(ctx, id)
	if err != nil {
		return nil, "", lost(err, "Event", id)
	}
	d, err := c.draftOf(ctx, eventLine, row.HeadID, batch, row.AppID)
	if err != nil {
		return nil, "", err
	}
	doc := &eventDocument{}
	if err := json.Unmarshal(d.basis.definition, doc); err != nil {
		return nil, "", fmt.Errorf("read revision %s: %w", d.basis.id, err)
	}
	edit(doc)
	if err := c.checkEvent(ctx, row, doc, nil); err != nil {
		return nil, "", err
	}
	row, err = c.reviseEvent(ctx, row, d, doc)
	return row, d.batch.ID, err
}
