package catalog

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/app"
	"github.com/waymarkhq/waymark/internal/auth"
)

// change is one transaction of a command, together with who makes it and when. It belongs to one attempt: when the
// transaction is tried again, everything begins anew.
type change struct {
	*ent.Tx
	s   *Service
	who *auth.Principal
	by  string // id of the user; empty for the operator
	now time.Time
	// touched holds the apps whose environments accept something else from now on.
	touched map[string]bool
	// after is what follows the commit.
	after []func(ctx context.Context)
}

// change runs fn in a transaction. What is named is for errors.
func (s *Service) change(ctx context.Context, what string, fn func(ctx context.Context, c *change) error) error {
	p, err := auth.From(ctx)
	if err != nil {
		return err
	}
	var c *change
	err = s.store.Tx(ctx, func(ctx context.Context, tx *ent.Tx) error {
		c = s.changeIn(tx, p)
		if err := fn(ctx, c); err != nil {
			return err
		}
		return c.raiseVersions(ctx)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	// What is committed is followed up, whether or not the asking person is still there.
	ctx = context.WithoutCancel(ctx)
	for _, follow := range c.after {
		follow(ctx)
	}
	return nil
}

// changeIn is a change within a transaction of somebody else, who raises the versions and tells the nodes.
func (s *Service) changeIn(tx *ent.Tx, who *auth.Principal) *change {
	return &change{Tx: tx, s: s, who: who, by: who.UserID(), now: s.now(), touched: map[string]bool{}}
}

// changed is change for a fn that returns a row.
func changed[T any](
	ctx context.Context, s *Service, what string, fn func(ctx context.Context, c *change) (*T, error),
) (*T, error) {
	var row *T
	err := s.change(ctx, what, func(ctx context.Context, c *change) (err error) {
		row, err = fn(ctx, c)
		return err
	})
	if err != nil {
		return nil, err
	}
	return row, nil
}

// touch notes that the environments of an app accept something else from now on.
func (c *change) touch(appIDs ...string) {
	for _, id := range appIDs {
		c.touched[id] = true
	}
}

// raiseVersions makes the versions of the touched apps grow, and has all nodes told. The apps themselves have not been
// edited, so when and by whom they were changed last stays; ent would set it.
func (c *change) raiseVersions(ctx context.Context) error {
	ids := slices.Sorted(maps.Keys(c.touched))
	if len(ids) == 0 {
		return nil
	}
	query, args := sql.Dialect(c.s.store.Dialect()).Update(app.Table).
		Add(app.FieldPlanVersion, 1).Where(among(app.FieldID, ids)).Query()
	if _, err := c.ExecContext(ctx, query, args...); err != nil {
		return fmt.Errorf("raise plan version: %w", err)
	}
	c.announce(ids...)
	return nil
}

// announce tells all nodes, after the commit, that the plans of apps have changed.
func (c *change) announce(appIDs ...string) {
	c.after = append(c.after, func(ctx context.Context) {
		for _, id := range appIDs {
			if err := c.s.notifier.Notify(PlanSubject(id), nil); err != nil {
				c.s.log.WarnContext(ctx, "other nodes learn of a changed plan by polling only", "app", id, "error", err)
			}
		}
	})
}

// PlanSubject is the subject of the notice that the plan of an app has changed.
func PlanSubject(appID string) string { return "plan." + appID }
