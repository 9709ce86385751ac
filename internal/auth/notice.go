package auth

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/predicate"
	"github.com/waymarkhq/waymark/ent/session"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
)

// Notifier carries notices between the nodes, at most once each and perhaps late; the bus is one.
type Notifier interface {
	// Notify sends data to everyone who listens to subject, on every node.
	Notify(subject string, data []byte) error
	// Listen has f called with each notice on subject, one after the other, until stop has returned.
	Listen(subject string, f func(subject string, data []byte)) (stop func(), err error)
}

// subject is what the notices of this package go by.
const subject = "auth"

// notice says that something about credentials has changed in the database. To hear one twice, or one's own, does no harm.
type notice struct {
	// IDs are of sessions, tokens and users.
	IDs []string `json:"ids"`
	// Ended is why they ended for good; empty when they are to be looked at again.
	Ended string `json:"ended,omitempty"`
}

// endings are the reasons that a notice may give.
var endings = map[string]*fault.Error{
	errSessionEnded.Reason:    errSessionEnded,
	errTokenRevoked.Reason:    errTokenRevoked,
	errUserDeactivated.Reason: errUserDeactivated,
}

// announce makes a change known here and on every node once the transaction that ctx belongs to is committed. ended is nil
// where the credentials are only to be looked at again.
func (s *Service) announce(ctx context.Context, ended *fault.Error, ids ...string) {
	if len(ids) == 0 {
		return
	}
	n := notice{IDs: ids}
	if ended != nil {
		n.Ended = ended.Reason
	}
	store.AfterCommit(ctx, func() {
		s.act(context.WithoutCancel(ctx), n)
		if err := s.send(n); err != nil {
			s.log.WarnContext(ctx, "the other nodes were not told; they will find out within seconds", "error", err)
		}
	})
}

func (s *Service) send(n notice) error {
	if s.notifier == nil {
		return nil
	}
	data, err := json.Marshal(n)
	if err != nil {
		return err
	}
	return s.notifier.Notify(subject, data)
}

// receive acts on a notice that came by wire.
func (s *Service) receive(ctx context.Context, data []byte) {
	var n notice
	if err := json.Unmarshal(data, &n); err != nil {
		s.log.WarnContext(ctx, "unreadable notice", "error", err)
		return
	}
	s.act(ctx, n)
}

// act ends what a notice says, or looks at it again.
func (s *Service) act(ctx context.Context, n notice) {
	ids := make(map[string]bool, len(n.IDs))
	for _, id := range n.IDs {
		ids[id] = true
	}
	s.forget(ids)
	if reason := endings[n.Ended]; reason != nil {
		s.endHeld(ids, reason)
		return
	}
	var held []*credential
	for _, c := range s.live.held() {
		if ids[c.id] || ids[c.userID] {
			held = append(held, c)
		}
	}
	if err := s.recheck(ctx, held); err != nil {
		// Their rights have changed, and nobody can say how: they must connect again.
		s.log.WarnContext(ctx, "changed credentials are ended unseen", "error", err)
		s.endHeld(ids, errPermissionsChanged)
	}
}

// endHeld ends the held credentials with one of the ids.
func (s *Service) endHeld(ids map[string]bool, reason *fault.Error) {
	for _, c := range s.live.held() {
		if ids[c.id] || ids[c.userID] {
			s.end(c, reason)
		}
	}
}

func (s *Service) end(c *credential, reason *fault.Error) {
	s.metrics.ended.WithLabelValues(reason.Reason).Inc()
	c.end(reason)
}

// endSessions deletes sessions and ends them for whoever streams to them.
func (s *Service) endSessions(ctx context.Context, tx *ent.Tx, which ...predicate.Session) error {
	ids, err := tx.Session.Query().Where(which...).IDs(ctx)
	if err != nil || len(ids) == 0 {
		return err
	}
	if _, err := tx.Session.Delete().Where(session.IDIn(ids...)).Exec(ctx); err != nil {
		return fmt.Errorf("end sessions: %w", err)
	}
	s.announce(ctx, errSessionEnded, ids...)
	return nil
}
