package testkit

import (
	"context"
	"encoding/json"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/batch"
	"github.com/waymarkhq/waymark/ent/terminal"
	"github.com/waymarkhq/waymark/internal/store"
)

// SignOff signs the batch with a number off, for all terminals of its app and for good: no hand-over is younger. It is for tests
// in which nothing is tested.
func SignOff(ctx context.Context, t require.TestingT, s *store.Store, number string) {
	_, err := store.InTx(ctx, s, func(ctx context.Context, tx *ent.Tx) (*ent.SignOff, error) {
		b, err := tx.Batch.Query().Where(batch.Number(number)).Only(ctx)
		if err != nil {
			return nil, err
		}
		terminals, err := tx.Terminal.Query().Where(terminal.AppID(b.AppID)).Select(terminal.FieldKey).Strings(ctx)
		if err != nil {
			return nil, err
		}
		return tx.SignOff.Create().SetAppID(b.AppID).SetBatchID(b.ID).SetSessionIds([]string{}).SetTerminals(terminals).
			SetReport(json.RawMessage("{}")).SetCreatedAt(time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)).Save(ctx)
	})
	require.NoError(t, err)
}
