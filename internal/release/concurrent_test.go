package release_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/ent"
	entrelease "github.com/waymarkhq/waymark/ent/release"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/release"
)

// Thirty people publish and roll back at once, each on what they have just looked at: all get through in the end, every
// refusal says what came between, and nobody's work is lost.
func TestThirtyPublishersAtOnce(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		const people = 30
		w.newBatch()
		batches := make([]*ent.Batch, people)
		events := make([]*ent.Event, people)
		for i := range people {
			events[i] = w.newEvent("e" + string(rune('A'+i)))
			batches[i], _ = w.newChange(carries(events[i], "a"))
		}
		var group sync.WaitGroup
		conflicts := make([]int, people)
		for i := range people {
			group.Go(func() {
				for {
					done, err := w.publishOnNewest(batches[i])
					if err != nil {
						t.Errorf("publisher %d: %v", i, err)
						return
					}
					if done {
						return
					}
					conflicts[i]++
				}
			})
		}
		group.Wait()
		total := 0
		for _, n := range conflicts {
			total += n
		}
		t.Logf("%d conflicts", total)

		rows, err := w.store.Read().Release.Query().Where(entrelease.EnvironmentID(w.prod.ID)).Order(entrelease.ByNumber()).All(t.Context())
		require.NoError(t, err)
		require.Len(t, rows, people)
		published := map[string]bool{}
		for i, r := range rows {
			require.Equal(t, i+1, r.Number)
			require.Len(t, r.BatchIds, 1)
			published[r.BatchIds[0]] = true
		}
		require.Len(t, published, people)
		require.Len(t, w.held(w.prod), 3*people)
		env, err := w.store.Read().Environment.Get(t.Context(), w.prod.ID)
		require.NoError(t, err)
		require.Equal(t, people, env.LastRelease)
	})
}

// publishOnNewest publishes onto the release that is the newest now; done is false where somebody was faster.
func (w *world) publishOnNewest(b *ent.Batch) (done bool, err error) {
	env, err := w.store.Read().Environment.Get(context.WithoutCancel(w.ctx), w.prod.ID)
	if err != nil {
		return false, err
	}
	_, err = w.tryPublish(w.prod, b, func(in *release.PublishInput) { in.BaseRelease = &env.LastRelease })
	var f *fault.Error
	if errors.As(err, &f) && f.Reason == plan.GuardTargetMoved {
		since, _ := f.Params["since"].([]release.Since)
		if f.Code != fault.Conflict || len(since) == 0 || since[0].Number != env.LastRelease+1 || len(since[0].Batches) != 1 {
			return false, errors.New("the conflict does not say what came between")
		}
		return false, nil
	}
	return err == nil, err
}

// Several batches on one event at once: what is published never goes back on its line, whoever comes first.
func TestPublishersOfOneEventAtOnce(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		w.newBatch()
		pay := w.newEvent("pay")
		var batches []*ent.Batch
		for i := range 10 {
			b, _ := w.newChange(says(pay, string(rune('a'+i))))
			batches = append(batches, b)
		}
		var group sync.WaitGroup
		for _, b := range batches {
			group.Go(func() {
				for {
					_, err := w.tryPublish(w.prod, b)
					var f *fault.Error
					if errors.As(err, &f) && f.Reason == plan.GuardAncestorUnpublished {
						continue // those before are on their way
					}
					if err != nil {
						t.Errorf("publish: %v", err)
					}
					return
				}
			})
		}
		group.Wait()
		require.Contains(t, w.held(w.prod), "pay ios : j")
	})
}
