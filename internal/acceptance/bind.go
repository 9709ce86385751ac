package acceptance

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/capturesession"
	"github.com/waymarkhq/waymark/ent/sessionbinding"
	"github.com/waymarkhq/waymark/internal/audit"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/session"
)

// BindInput says which id is bound to which session.
type BindInput struct {
	SessionID, Kind, Value string
	Picked, TakeOver       bool
}

// UnbindInput says which binding ends.
type UnbindInput struct{ ID string }

// binding is an id on its way to be bound.
type binding struct {
	kind, value, how string
	at               time.Time // from when on
	takeOver         bool
}

// Bind binds an id to a session. CONFLICT, reason bound_elsewhere, where another open session has it and it is not to be
// taken over.
func (s *Service) Bind(ctx context.Context, in BindInput) (*ent.CaptureSession, error) {
	if _, err := s.reach(ctx, "Mutation.bindDevice", in.SessionID); err != nil {
		return nil, err
	}
	in.Value = strings.TrimSpace(in.Value)
	var f fault.Fields
	validateLine("input.value", in.Value, &f)
	if session.IsPlaceholder(in.Value) {
		f.Add("input.value", "required", "an id of a device or a user is needed")
	}
	if err := f.Err(); err != nil {
		return nil, err
	}
	how := session.Typed
	if in.Picked {
		how = session.Picked
	}
	return s.change(ctx, "bind to a capture session", func(ctx context.Context, c *change) (*ent.CaptureSession, error) {
		return c.bind(ctx, in.SessionID, &binding{kind: in.Kind, value: in.Value, how: how, at: c.now, takeOver: in.TakeOver})
	})
}

// bind binds an id to a session that is open; one that is bound to it already stays so.
func (c *change) bind(ctx context.Context, sessionID string, b *binding) (*ent.CaptureSession, error) {
	row, err := c.open(ctx, sessionID)
	if err != nil {
		return nil, err
	}
	held, err := c.SessionBinding.Query().Where(
		sessionbinding.EnvironmentID(row.EnvironmentID), sessionbinding.Value(b.value), sessionbinding.Kind(b.kind), sessionbinding.UnboundAtIsNil(),
		sessionbinding.HasSessionWith(capturesession.EndedAtIsNil()),
	).WithSession().All(ctx)
	if err != nil {
		return nil, fmt.Errorf("look for the id: %w", err)
	}
	for _, h := range held {
		if h.SessionID == row.ID {
			return row, nil
		}
		if !IsOpen(h.Edges.Session, c.now) {
			continue
		}
		if !b.takeOver {
			return nil, fault.New(fault.Conflict, "bound_elsewhere", "the session "+h.Edges.Session.Code+" has it: end that, or take it over").
				With("session", h.Edges.Session.Code)
		}
		if err := c.unbind(ctx, h, b.at); err != nil {
			return nil, err
		}
	}
	n, err := c.SessionBinding.Query().Where(sessionbinding.SessionID(row.ID)).Count(ctx)
	if err != nil {
		return nil, fmt.Errorf("count bindings: %w", err)
	}
	if n >= maxBindings {
		return nil, tooMany("a session has at most %d bindings", maxBindings)
	}
	err = c.SessionBinding.Create().SetSessionID(row.ID).SetEnvironmentID(row.EnvironmentID).SetKind(b.kind).SetValue(b.value).
		SetHow(b.how).SetBoundByID(c.by).SetBoundAt(b.at).Exec(ctx)
	if err != nil {
		return nil, err
	}
	// The id itself belongs into no log that is never cut.
	return row, audit.Tell(ctx, ent.TypeCaptureSession, row.ID, map[string]any{"bound": b.kind, "how": b.how})
}

// unbind ends a binding; an id is never bound for less than no time.
func (c *change) unbind(ctx context.Context, b *ent.SessionBinding, at time.Time) error {
	if at.Before(b.BoundAt) {
		at = b.BoundAt
	}
	if err := b.Update().SetUnboundAt(at).Exec(ctx); err != nil {
		return fmt.Errorf("take the id off: %w", err)
	}
	return audit.Tell(ctx, ent.TypeCaptureSession, b.SessionID, map[string]any{"unbound": b.Kind})
}

// Unbind takes an id off its session; one that was taken off stays so.
func (s *Service) Unbind(ctx context.Context, in UnbindInput) (*ent.CaptureSession, error) {
	b, err := s.read.SessionBinding.Get(ctx, in.ID)
	if err != nil {
		return nil, lost(err, "SessionBinding", in.ID)
	}
	if _, err := s.reach(ctx, "Mutation.unbindDevice", b.SessionID); err != nil {
		if fault.Is(err, fault.NotFound) {
			err = fault.NotFoundf("SessionBinding", in.ID)
		}
		return nil, err
	}
	return s.change(ctx, "unbind from a capture session", func(ctx context.Context, c *change) (*ent.CaptureSession, error) {
		row, err := c.open(ctx, b.SessionID)
		if err != nil {
			return nil, err
		}
		now, err := c.SessionBinding.Get(ctx, in.ID)
		if err != nil {
			return nil, lost(err, "SessionBinding", in.ID)
		}
		if now.UnboundAt != nil {
			return row, nil
		}
		return row, c.unbind(ctx, now, c.now)
	})
}
