package catalog

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/plan"
)

// Every rule that a move names can be judged, and is told with its text.
func TestEveryGuardIsJudged(t *testing.T) {
	t.Parallel()
	for i := range plan.AllMoves {
		for _, id := range plan.AllMoves[i].Guards {
			require.NotNil(t, guards[id], "%s of %s", id, plan.AllMoves[i].ID)
			require.NotNil(t, plan.Guard(id))
		}
	}
}
