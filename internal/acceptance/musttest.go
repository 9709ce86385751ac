package acceptance

import (
	"context"
	"fmt"
	"strings"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/event"
	"github.com/waymarkhq/waymark/ent/musttest"
	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
)

// maxPath is the longest path of a property, in characters.
const maxPath = 300

// MustTestInput says of a property whether each of its values has to be seen; nil is what the event's level says.
type MustTestInput struct {
	Batch, EventKey, Property string
	MustTest                  *bool
}

// SetMustTest changes what the gate of a batch asks for.
func (s *Service) SetMustTest(ctx context.Context, in MustTestInput) (*ent.Batch, error) {
	b, err := s.batch(ctx, "Mutation.setMustTest", in.Batch)
	if err != nil {
		return nil, err
	}
	e, err := s.read.Event.Query().Where(event.AppID(b.AppID), event.Key(in.EventKey)).Only(ctx)
	if err != nil {
		return nil, lost(err, "Event", in.EventKey)
	}
	var f fault.Fields
	validateLine("input.property", in.Property, &f)
	if in.Property == "" || len([]rune(in.Property)) > maxPath {
		f.Add("input.property", "out_of_range", fmt.Sprintf("a path has 1 to %d characters", maxPath))
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	by := ""
	if p, err := auth.From(ctx); err == nil {
		by = p.UserID()
	}
	return store.InTx(ctx, s.store, func(ctx context.Context, tx *ent.Tx) (*ent.Batch, error) {
		_, err := tx.MustTest.Delete().Where(musttest.BatchID(b.ID), musttest.EventID(e.ID), musttest.Property(in.Property)).Exec(ctx)
		if err != nil {
			return nil, fmt.Errorf("set what has to be seen: %w", err)
		}
		if in.MustTest == nil {
			return b, nil
		}
		err = tx.MustTest.Create().SetBatchID(b.ID).SetEventID(e.ID).SetProperty(in.Property).SetMust(*in.MustTest).
			SetCreatedAt(s.now()).SetUpdatedAt(s.now()).SetCreatedByID(by).SetUpdatedByID(by).Exec(ctx)
		return b, err
	})
}

// batch returns the batch with a number, if the action is allowed in its app.
func (s *Service) batch(ctx context.Context, action auth.Action, number string) (*ent.Batch, error) {
	if _, err := auth.From(ctx); err != nil {
		return nil, err
	}
	b, err := s.read.Batch.Query().Where(batch.Number(strings.ToUpper(number))).WithApp().Only(ctx)
	if err != nil {
		return nil, lost(err, "Batch", number)
	}
	if err := auth.AllowOn(ctx, action, auth.Object{App: b.AppID, Type: "Batch", Name: number}); err != nil {
		return nil, err
	}
	if isCommand(action) {
		return b, refuseArchived(b.Edges.App)
	}
	return b, nil
}
