package auth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/apitoken"
	"github.com/waymarkhq/waymark/ent/session"
	"github.com/waymarkhq/waymark/internal/audit"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
)

const (
	// recheckEvery is how soon at the latest a revocation acts whose notice was lost.
	recheckEvery = 10 * time.Second
	// cleanEvery is how often sessions are deleted that have expired.
	cleanEvery = time.Hour
	// atOnce is how many rows one statement looks at.
	atOnce = 500
)

// Run listens to the other nodes, looks at the live credentials again every 10 seconds, writes when tokens were last used and
// deletes expired sessions, until ctx ends. It returns an error only when it cannot listen.
func (s *Service) Run(ctx context.Context) error {
	notices := make(chan []byte, 64)
	if s.notifier != nil {
		stop, err := s.notifier.Listen(subject, func(_ string, data []byte) {
			select {
			case notices <- data:
			case <-ctx.Done():
			}
		})
		if err != nil {
			return fmt.Errorf("listen to notices: %w", err)
		}
		defer stop()
	}
	recheck, clean := time.NewTicker(recheckEvery), time.NewTicker(cleanEvery)
	defer recheck.Stop()
	defer clean.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case data := <-notices:
			s.receive(ctx, data)
		case id := <-s.used:
			s.logged(ctx, "write when a token was used", s.writeUse(ctx, id))
		case <-recheck.C:
			s.logged(ctx, "look at live credentials again", s.recheck(ctx, s.live.held()))
		case <-clean.C:
			s.logged(ctx, "delete expired sessions", s.clean(ctx))
		}
	}
}

func (s *Service) logged(ctx context.Context, what string, err error) {
	if err != nil && ctx.Err() == nil {
		s.log.WarnContext(ctx, "housekeeping failed", "task", what, "error", err)
	}
}

// recheck asks the database about held credentials and ends those that do not stand any more. When it cannot be asked,
// they stay.
func (s *Service) recheck(ctx context.Context, held []*credential) error {
	var sessions, tokens []*credential
	for _, c := range held {
		if c.isToken {
			tokens = append(tokens, c)
		} else {
			sessions = append(sessions, c)
		}
	}
	var errs []error
	for part := range slices.Chunk(sessions, atOnce) {
		errs = append(errs, s.recheckSessions(ctx, part))
	}
	for part := range slices.Chunk(tokens, atOnce) {
		errs = append(errs, s.recheckTokens(ctx, part))
	}
	return errors.Join(errs...)
}

func (s *Service) recheckSessions(ctx context.Context, held []*credential) error {
	rows, err := s.store.Read().Session.Query().Where(session.IDIn(credentialIDs(held)...)).
		WithUser(func(q *ent.UserQuery) { q.WithMemberships() }).All(ctx)
	if err != nil {
		return store.Fault(err)
	}
	found := make(map[string]verdict, len(rows))
	for _, row := range rows {
		found[row.ID] = verdictOf(identitySession(row, s.now()))
	}
	s.settle(held, found, errSessionEnded)
	return nil
}

func (s *Service) recheckTokens(ctx context.Context, held []*credential) error {
	rows, err := s.store.Read().APIToken.Query().Where(apitoken.IDIn(credentialIDs(held)...)).
		WithUser(func(q *ent.UserQuery) { q.WithMemberships() }).All(ctx)
	if err != nil {
		return store.Fault(err)
	}
	found := make(map[string]verdict, len(rows))
	for _, row := range rows {
		found[row.ID] = verdictOf(identityToken(row, s.now()))
	}
	s.settle(held, found, errTokenRevoked)
	return nil
}

// verdict is what the database says about a live credential: who it is, or why it ended.
type verdict struct {
	of    Identity
	ended *fault.Error
}

func verdictOf(of Identity, err error) verdict {
	ended, _ := errors.AsType[*fault.Error](err)
	return verdict{of: of, ended: ended}
}

// settle ends, or prolongs, each held credential; one without a row ended for the reason gone.
func (s *Service) settle(held []*credential, found map[string]verdict, gone *fault.Error) {
	for _, c := range held {
		v, ok := found[c.id]
		switch {
		case !ok:
			s.end(c, gone)
		case v.ended != nil:
			s.end(c, v.ended)
		case scopeOf(v.of) != c.rights:
			s.end(c, errPermissionsChanged)
		default:
			c.extend(v.of.Expires)
		}
	}
}

func credentialIDs(list []*credential) []string {
	ids := make([]string, len(list))
	for i, c := range list {
		ids[i] = c.id
	}
	return ids
}

// writeUse notes that a token was used now, at most once a minute whatever the number of nodes.
func (s *Service) writeUse(ctx context.Context, id string) error {
	now := s.now()
	return s.store.Tx(audit.Quietly(ctx), func(ctx context.Context, tx *ent.Tx) error {
		row, err := tx.APIToken.Get(ctx, id)
		if err != nil || (row.LastUsedAt != nil && now.Sub(*row.LastUsedAt) < time.Minute) {
			return err
		}
		return row.Update().SetLastUsedAt(now).SetUpdatedAt(row.UpdatedAt).Exec(ctx)
	})
}

func (s *Service) clean(ctx context.Context) error {
	return s.store.Tx(ctx, func(ctx context.Context, tx *ent.Tx) error {
		_, err := tx.Session.Delete().Where(session.ExpiresAtLTE(s.now())).Exec(ctx)
		return err
	})
}
