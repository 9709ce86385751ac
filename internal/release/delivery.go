package release

import (
	"context"
	"fmt"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/fault"
)

// Deliveries are how far the items of batches have come on terminals, which is kept in step with what is in force. Every
// method works in the transaction of the publication.
type Deliveries interface {
	// Admit returns what bars items from being published: the rules of the moves that this makes.
	Admit(ctx context.Context, tx *ent.Tx, p *Passage) ([]*fault.Error, error)
	// Published makes these moves, once the release is written.
	Published(ctx context.Context, tx *ent.Tx, p *Passage, releaseID string) error
	// RolledBack is told that the release with releaseID has an environment go by what held after the restored one again.
	RolledBack(ctx context.Context, tx *ent.Tx, environmentID string, restored int, releaseID string) error
}

// Passage is items on their way into an environment.
type Passage struct {
	// Environment is its key.
	Environment string
	// Items are ids, Terminals the keys of those that they are published on; none means all.
	Items, Terminals []string
	// From, FromOn and Reason are those of the request.
	From   *string
	FromOn map[string]string
	Reason string
}

func (p *publication) passage(req *Request) *Passage {
	return &Passage{
		Environment: p.env.Key, Items: p.itemIDs(), Terminals: req.Terminals, From: req.From, FromOn: req.FromOn,
		Reason: req.Reason,
	}
}

func (p *publication) itemIDs() []string {
	ids := make([]string, len(p.items))
	for i, it := range p.items {
		ids[i] = it.ID
	}
	return ids
}

// publishAndMove publishes as a command of its own, which moves the items on as their moves would.
func (s *Service) publishAndMove(ctx context.Context, tx *ent.Tx, by Actor, req *Request) (*Outcome, error) {
	p := s.publication(tx.Client(), req.DryRun)
	if err := p.prepare(ctx, req); err != nil {
		return nil, fmt.Errorf("publish: %w", err)
	}
	pass := p.passage(req)
	bars, err := s.deliveries.Admit(ctx, tx, pass)
	if err != nil {
		return nil, fmt.Errorf("look how far the items are: %w", err)
	}
	p.refusals = append(p.refusals, bars...)
	if err := p.refusal(); err != nil {
		return nil, fmt.Errorf("publish: %w", err)
	}
	out, err := s.finishPublishing(ctx, p, by, req)
	if err != nil || req.DryRun {
		return out, err
	}
	if err := s.deliveries.Published(ctx, tx, pass, out.Release.ID); err != nil {
		return nil, fmt.Errorf("move the items on: %w", err)
	}
	return out, nil
}
