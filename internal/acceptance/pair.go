package acceptance

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/capturesession"
	"github.com/waymarkhq/waymark/ent/sessionbinding"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/session"
	"github.com/waymarkhq/waymark/internal/store"
)

// maxOpened is how many opened links wait to be bound; a page tells of its address with each event, so that what has no room
// comes again.
const maxOpened = 1000

// opened is a page that a device has opened by the link of a session.
type opened struct {
	code, environmentID, deviceID string
	at                            time.Time
}

// HandShake binds an app that tells its id to the session with a code. It is for the collector: the code alone says who may.
func (s *Service) HandShake(ctx context.Context, code, id string) error {
	row, err := s.coded(ctx, code)
	if err != nil {
		return err
	}
	var f fault.Fields
	validateLine("distinct_id", id, &f)
	if session.IsPlaceholder(id) {
		f.Add("distinct_id", "required", "the app told no id")
	}
	if err := f.Err(); err != nil {
		return err
	}
	_, err = s.change(ctx, "hand-shake", func(ctx context.Context, c *change) (*ent.CaptureSession, error) {
		return c.bind(ctx, row.ID, &binding{kind: session.Device, value: id, how: session.HandShake, at: c.now, takeOver: true})
	})
	return err
}

// coded returns the session with a code.
func (s *Service) coded(ctx context.Context, code string) (*ent.CaptureSession, error) {
	row, err := s.read.CaptureSession.Query().Where(capturesession.Code(ReadCode(code))).Only(ctx)
	if err != nil {
		return nil, lost(err, "CaptureSession", code)
	}
	return row, nil
}

// Opened takes note that a device has opened a page whose address carries the code of a session. It never waits.
func (s *Service) Opened(code, environmentID, deviceID string, at time.Time) {
	select {
	case s.opened <- opened{code, environmentID, deviceID, at}:
	default:
	}
}

// link binds a device that has opened a page by a link, once: who takes it off again means it.
func (s *Service) link(ctx context.Context, o *opened) error {
	row, err := s.coded(ctx, o.code)
	if err != nil {
		return err
	}
	if row.EnvironmentID != o.environmentID || session.IsPlaceholder(o.deviceID) || len(o.deviceID) > maxLine {
		return nil
	}
	before, err := s.read.SessionBinding.Query().Where(sessionbinding.SessionID(row.ID), sessionbinding.Value(o.deviceID)).Exist(ctx)
	if err != nil || before {
		return store.Fault(err)
	}
	_, err = s.change(ctx, "open a link", func(ctx context.Context, c *change) (*ent.CaptureSession, error) {
		return c.bind(ctx, row.ID, &binding{kind: session.Device, value: o.deviceID, how: session.Link, at: o.at, takeOver: true})
	})
	return err
}

// linkOpened binds what was opened, and says what went wrong where that is our fault.
func (s *Service) linkOpened(ctx context.Context, o *opened) {
	err := s.link(ctx, o)
	if f, ok := errors.AsType[*fault.Error](err); err == nil || ok && f.Code != fault.Unavailable && f.Code != fault.Internal {
		return
	}
	s.log.WarnContext(ctx, "a device is not bound by its link", "error", fmt.Errorf("bind: %w", err))
}
