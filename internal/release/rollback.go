package release

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/release"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

// Rollback puts in force what was in force after an earlier release, as a release of its own: the very definitions, on
// the very terminals and versions. Only what differs is ended and entered. Items stand as they did
// after that release (see Deliveries). Refusals are target_moved, breaking_unexplained and
// nothing_to_publish of PublishIn, and NOT_FOUND for a release that never was.
func (s *Service) Rollback(ctx context.Context, in RollbackInput) (*Outcome, error) {
	_, env, err := s.intoEnvironment(ctx, "Mutation.rollback", in.App, in.Environment)
	if err != nil {
		return nil, err
	}
	var f fault.Fields
	if (in.Release == nil) == (in.At == nil) {
		f.Add("input.release", "one_of", "say either a release or a moment")
	}
	checkWords(in.Reason, in.Note, &f)
	if err := f.Err(); err != nil {
		return nil, err
	}
	return s.transact(ctx, in.DryRun, func(ctx context.Context, tx *ent.Tx, by Actor) (*Outcome, error) {
		out, err := s.rollback(ctx, tx, by, env.ID, &in)
		if err != nil {
			return nil, fmt.Errorf("roll back: %w", err)
		}
		return out, nil
	})
}

func (s *Service) rollback(ctx context.Context, tx *ent.Tx, by Actor, environmentID string, in *RollbackInput) (*Outcome, error) {
	p := s.publication(tx.Client(), in.DryRun)
	if err := p.target(ctx, environmentID); err != nil {
		return nil, err
	}
	if err := p.refuseMoved(ctx, in.BaseRelease); err != nil {
		return nil, err
	}
	number, err := p.goal(ctx, in)
	if err != nil {
		return nil, err
	}
	if err := p.restore(ctx, number); err != nil {
		return nil, fmt.Errorf("read what was in force: %w", err)
	}
	if err := p.judge(ctx, in.Reason); err != nil {
		return nil, err
	}
	out, err := s.finish(ctx, p, by, &ent.Release{
		Kind: plan.ReleaseRollback, Restores: number, Note: strings.TrimSpace(in.Note), Reason: strings.TrimSpace(in.Reason),
		BatchIds: []string{},
	})
	if err != nil || in.DryRun {
		return out, err
	}
	if err := s.deliveries.RolledBack(ctx, tx, p.env.ID, number, out.Release.ID); err != nil {
		return nil, fmt.Errorf("bring the items in step: %w", err)
	}
	return out, nil
}

// goal returns the number of the release to go back to.
func (p *publication) goal(ctx context.Context, in *RollbackInput) (int, error) {
	if in.At != nil {
		number, err := releaseAt(ctx, p.client, p.env.ID, *in.At)
		if err == nil && number == 0 {
			err = fault.New(fault.FailedPrecondition, "no_release_yet",
				"there was no release at that moment: the environment went by the drafts").With("environment", p.env.Key)
		}
		return number, err
	}
	if *in.Release < 1 || *in.Release > p.env.LastRelease {
		return 0, fault.NotFoundf("Release", fmt.Sprintf("%s %d", p.env.Key, *in.Release))
	}
	return *in.Release, nil
}

// releaseAt returns the number of the newest release of an environment at a moment; 0 where there was none.
func releaseAt(ctx context.Context, client *ent.Client, environmentID string, at time.Time) (int, error) {
	row, err := client.Release.Query().Where(release.EnvironmentID(environmentID), release.CreatedAtLTE(at)).
		Order(ent.Desc(release.FieldNumber)).First(ctx)
	if ent.IsNotFound(err) {
		return 0, nil
	}
	if err != nil {
		return 0, fmt.Errorf("look for the release: %w", store.Fault(err))
	}
	return row.Number, nil
}

// restore notes what has to end and to enter so that the slots of an earlier release hold again.
func (p *publication) restore(ctx context.Context, number int) error {
	now, err := p.slots(ctx, p.env.ID, live())
	if err != nil {
		return err
	}
	then, err := p.slots(ctx, p.env.ID, asOf(number))
	if err != nil {
		return err
	}
	p.history = byEvent(now)
	for len(now) > 0 || len(then) > 0 {
		switch order := beside(now, then); {
		case order < 0:
			p.ended, now = append(p.ended, now[0]), now[1:]
		case order > 0:
			p.entered, then = append(p.entered, again(then[0])), then[1:]
		default:
			if !now[0].says(&then[0]) || now[0].ApprovalID != then[0].ApprovalID {
				p.ended, p.entered = append(p.ended, now[0]), append(p.entered, again(then[0]))
			}
			now, then = now[1:], then[1:]
		}
	}
	return nil
}

// beside compares the first slots of two lists; what is not there comes last.
func beside(a, b []Slot) int {
	switch {
	case len(a) == 0:
		return 1
	case len(b) == 0:
		return -1
	default:
		return bySlot(a[0], b[0])
	}
}

// again returns a slot to be entered that says what an earlier one said.
func again(s Slot) Slot {
	s.ID, s.Entered, s.Ended = "", 0, 0
	return s
}
