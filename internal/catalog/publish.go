package catalog

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/environment"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// Publisher puts what was approved in force, within the transaction of the command that asks for it.
type Publisher interface {
	// Publish puts items in force in an environment and returns the id of the release; "" where everything holds already,
	// or in a dry run. What forbids it is a *fault.Error with the rule's id as its reason; a dry run returns all of them
	// joined (see errors.Join).
	Publish(ctx context.Context, tx *ent.Tx, p *Publication) (releaseID string, err error)
}

// Publication is what a move publishes.
type Publication struct {
	EnvironmentID string
	// Terminals are the keys of the terminals that each item is published on, by its id.
	Terminals map[string][]string
	// FromVersion is the app version from which on it holds, FromVersions the same by terminal; nil is the batch's target.
	FromVersion  *string
	FromVersions map[string]string
	BaseRelease  *int
	Reason, Note string
	// InPlace renews what the items have in force, where they have it, and from the very versions.
	InPlace bool
	// UserID and TokenID say who does it.
	UserID, TokenID string
	DryRun          bool
}

// publication prepares to publish items on terminals into the environment with a key.
func (g *stage) publication(ctx context.Context, environmentKey string, terminals map[string][]string) (*Publication, error) {
	env, err := g.c.Environment.Query().Where(environment.AppID(g.app.ID), environment.Key(environmentKey)).Only(ctx)
	if err != nil {
		return nil, lost(err, "Environment", environmentKey)
	}
	p := &Publication{
		EnvironmentID: env.ID, Terminals: terminals, FromVersion: g.in.FromVersion, FromVersions: map[string]string{},
		Reason: strings.TrimSpace(g.in.Note), Note: g.in.Note, UserID: g.c.by, TokenID: g.c.who.TokenID(),
	}
	for _, v := range g.in.FromVersions {
		p.FromVersions[v.Terminal] = v.Version
	}
	if environmentKey == plan.EnvironmentProduction {
		p.BaseRelease = g.in.BaseRelease
	}
	return p, nil
}

// publish puts the steps' items in force on their terminals.
func (g *stage) publish(ctx context.Context, environmentKey string, steps []step) (releaseID string, err error) {
	p, err := g.publication(ctx, environmentKey, terminalsOf(steps))
	if err != nil {
		return "", err
	}
	return g.put(ctx, p)
}

// renew has items say on terminals what was approved of them last, wherever they are in force.
func (g *stage) renew(ctx context.Context, environmentKey string, terminals map[string][]string) (releaseID string, err error) {
	p, err := g.publication(ctx, environmentKey, terminals)
	if err != nil {
		return "", err
	}
	p.InPlace = true
	return g.put(ctx, p)
}

// put publishes what was prepared.
func (g *stage) put(ctx context.Context, p *Publication) (releaseID string, err error) {
	if len(p.Terminals) == 0 {
		return "", nil
	}
	g.c.touch(g.app.ID)
	releaseID, err = g.c.s.publisher.Publish(ctx, g.c.Tx, p)
	return releaseID, asBar(err)
}

// asBar tells a refusal to publish as the refusal of a move, with what would lift it.
func asBar(err error) error {
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || plan.Guard(f.Reason) == nil {
		return err
	}
	b := bar(f.Reason, f.Message, f.Params)
	b.Severity = plan.SeverityError
	told := barred([]Bar{*b})
	for key, value := range f.Params {
		told = told.With(key, value)
	}
	return told
}

// terminalsOf are the terminals of each item that steps are about, in order.
func terminalsOf(steps []step) map[string][]string {
	on := map[string][]string{}
	for i := range steps {
		if d := steps[i].delivery; d != nil {
			on[d.ItemID] = append(on[d.ItemID], d.Terminal)
		}
	}
	for _, list := range on {
		slices.Sort(list)
	}
	return on
}

// tryPublishing finds out what publishing all that is ready for production would be refused for.
func (g *stage) tryPublishing(ctx context.Context) error {
	on := map[string][]string{}
	for _, d := range g.deliveries {
		if g.find(plan.OfDelivery, string(d.State), string(plan.DeliveryOnline)) != nil {
			on[d.ItemID] = append(on[d.ItemID], d.Terminal)
		}
	}
	if len(on) == 0 {
		return nil
	}
	p, err := g.publication(ctx, plan.EnvironmentProduction, on)
	if err != nil {
		return err
	}
	p.DryRun = true
	_, err = g.c.s.publisher.Publish(ctx, g.c.Tx, p)
	for _, refusal := range split(err) {
		f, ok := errors.AsType[*fault.Error](refusal)
		if !ok {
			return fmt.Errorf("try to publish: %w", refusal)
		}
		if plan.Guard(f.Reason) == nil {
			return f
		}
		g.preview = append(g.preview, *bar(f.Reason, f.Message, maps.Clone(f.Params)))
	}
	return nil
}

// split returns the errors that were joined.
func split(err error) []error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}
