package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/internal/config"
	"github.com/waymarkhq/waymark/internal/fault"
)

// ownerName names this node among those that may write captured events. A node with an embedded bus, whose directory no
// other process can use, keeps its name beside it, so that after a crash it does not wait for itself; others have a new
// one each time.
func ownerName(cfg config.Config) (string, error) {
	if cfg.NATSURL != "" {
		return newNodeName(), nil
	}
	path := filepath.Join(cfg.DataDir, "node")
	text, err := os.ReadFile(path) //nolint:gosec // in the operator's own data directory
	if name := strings.TrimSpace(string(text)); err == nil && name != "" {
		return name, nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the node's name: %w", err)
	}
	if err := os.MkdirAll(cfg.DataDir, 0o700); err != nil {
		return "", fmt.Errorf("make the data directory: %w", err)
	}
	name := newNodeName()
	if err := os.WriteFile(path, []byte(name+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keep the node's name: %w", err)
	}
	return name, nil
}

func newNodeName() string { return "node_" + strings.ToLower(rand.Text()) }

const (
	// leaseWait is how long a node waits for another one's lease to run out before it takes it to be alive: longer than
	// the writer's lease.
	leaseWait = 8 * time.Second
	leaseTry  = 250 * time.Millisecond
	// leaseStart is the lease taken at the start, until the writer goes on with it.
	leaseStart = 6 * time.Second
)

// refuseSecondNode keeps a second node off a database that another already serves, unless they share both a PostgreSQL
// and a NATS cluster: with an embedded bus, what each collects would be invisible to the other; SQLite files are for one
// server. Where both are this process's own, the bus's directory is the lock. A node that crashed is waited for.
func (a *App) refuseSecondNode(ctx context.Context, owner string) error {
	if (a.cfg.DatabaseURL == "") == (a.cfg.NATSURL == "") {
		return nil
	}
	for end := a.now().Add(leaseWait); ; {
		now := a.now()
		held, err := a.store.LeaseCapture(ctx, owner, now, now.Add(leaseStart))
		if err != nil {
			return fmt.Errorf("ask for the writer's lease: %w", err)
		}
		if held {
			return nil
		}
		if now.After(end) {
			return fault.New(fault.FailedPrecondition, "second_node",
				"another node already uses this database: several need one PostgreSQL and one NATS cluster in common, "+
					"DATABASE_URL and NATS_URL")
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(leaseTry):
		}
	}
}
