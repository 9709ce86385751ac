package release

import (
	"context"
	"fmt"
	"slices"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/ent/terminal"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// Actor is who publishes.
type Actor struct {
	// UserID is the person's, TokenID that of the API token that acted for them; empty for none.
	UserID, TokenID string
}

// Request says what is to be published into which environment.
type Request struct {
	EnvironmentID string
	// BatchID publishes all of a batch; ItemIDs only these items, of any batches of the app. One of the two.
	BatchID string
	ItemIDs []string
	// Terminals are the keys of those that it is for; empty means all. TerminalsOf says it more closely, by item.
	Terminals   []string
	TerminalsOf map[string][]string
	// From is the app version from which on it holds, on terminals without one of their own in FromOn. Where neither says
	// any, it is the batch's target version, or else that of what is in force.
	From   *string
	FromOn map[string]string
	// InPlace renews what the items have in force, from the very versions where they have it: nothing starts to hold where
	// they had nothing, and nothing of other batches comes along.
	InPlace bool
	// BaseRelease is the number of the environment's newest release as it was when somebody decided to publish; nil for
	// whatever it is.
	BaseRelease *int
	// Reason is why breaking changes go to production, Note what else is to be known.
	Reason, Note string
	// DryRun only tells what would happen.
	DryRun bool
}

// Outcome is what a publication did, or would do.
type Outcome struct {
	// Release is what was made; nil in a dry run.
	Release *ent.Release
	// BaseRelease is the number of the environment's newest release before.
	BaseRelease int
	// Changes are what becomes of each event, in the order of the events' keys.
	Changes []*EventChange
	// BatchIDs are the batches that it is of.
	BatchIDs []string
	// DraftsLeft is how many events the environment accepts no more because it leaves the drafts with its first release.
	DraftsLeft int
	// Refusals say why it cannot be done; only a dry run has them, others end with the first one.
	Refusals []*fault.Error
}

// target is the environment that is published into.
type target struct {
	*ent.Environment
	terminals []string // the app's, by key, in its order
}

// target reads the environment; when something is to be written, it is this transaction's from then on.
func (p *publication) target(ctx context.Context, id string) error {
	if !p.dryRun {
		q := p.sql().Update(environment.Table).Add(environment.FieldLastRelease, 0)
		q.Where(sql.EQ(environment.FieldID, id))
		if err := p.run(ctx, q); err != nil {
			return fmt.Errorf("take the environment: %w", err)
		}
	}
	e, err := p.client.Environment.Get(ctx, id)
	if ent.IsNotFound(err) {
		return fault.NotFoundf("Environment", id)
	}
	if err != nil {
		return fmt.Errorf("read the environment: %w", err)
	}
	p.env = target{Environment: e}
	if err := p.refuseArchived(ctx); err != nil {
		return err
	}
	err = p.client.Terminal.Query().Where(terminal.AppID(e.AppID)).Order(terminal.ByPosition(), terminal.ByID()).
		Select(terminal.FieldKey).Scan(ctx, &p.env.terminals)
	if err != nil {
		return fmt.Errorf("read terminals: %w", err)
	}
	return nil
}

// refuseArchived refuses to write into an app that was archived meanwhile.
func (p *publication) refuseArchived(ctx context.Context) error {
	if p.dryRun {
		return nil
	}
	a, err := p.client.App.Get(ctx, p.env.AppID)
	if err != nil {
		return fmt.Errorf("read the app: %w", err)
	}
	return refuseArchived(a)
}

// check refuses terminals that the app does not have, and what is no version.
func (r *Request) check(t *target) error {
	var f fault.Fields
	for i, key := range r.Terminals {
		if !slices.Contains(t.terminals, key) {
			f.Add(fmt.Sprintf("input.terminals[%d]", i), "unknown_terminal", fmt.Sprintf("the app has no terminal %q", key))
		}
	}
	if r.From != nil && *r.From != "" {
		plan.ValidateVersion("input.fromVersion", *r.From, &f)
	}
	for key, v := range r.FromOn {
		if !slices.Contains(t.terminals, key) {
			f.Add("input.fromVersions", "unknown_terminal", fmt.Sprintf("the app has no terminal %q", key))
		}
		if v != "" {
			plan.ValidateVersion("input.fromVersions", v, &f)
		}
	}
	return f.Err()
}

// isFor reports whether a terminal is among those that an item is published on.
func (r *Request) isFor(key, item string) bool {
	if len(r.Terminals) > 0 && !slices.Contains(r.Terminals, key) {
		return false
	}
	own, said := r.TerminalsOf[item]
	return !said || slices.Contains(own, key)
}

// from returns the app version from which on a batch's change holds on a terminal, where the event has the given live slots.
func (r *Request) from(key string, b *ent.Batch, live []Slot) string {
	if v, ok := r.FromOn[key]; ok {
		return v
	}
	if r.From != nil {
		return *r.From
	}
	if v := b.TargetVersions[key]; v != "" {
		return v
	}
	for _, s := range slices.Backward(on(live, key)) {
		if !s.Offline { // what is offline from a version on stays so
			return s.From
		}
	}
	return ""
}
