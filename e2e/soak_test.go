//go:build soak

package e2e_test

import (
	"testing"
	"time"
)

// TestSoakKillAndRecount is TestKillAndRecount many times over.
func TestSoakKillAndRecount(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { killSingle(t, 25) })
	t.Run("PostgreSQL, two nodes, one NATS", func(t *testing.T) { killCluster(t, 25) })
}

// TestSoak200Viewers is Test200Viewers again and again for minutes.
func TestSoak200Viewers(t *testing.T) {
	watchTogether(t, 5, 60*time.Second)
}

// TestSoakForwarding is TestForwarding with collectors that are away for a minute.
func TestSoakForwarding(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) { forwardSingle(t, time.Minute) })
	t.Run("PostgreSQL, two nodes, one NATS", func(t *testing.T) { forwardCluster(t, time.Minute) })
}
