package bus_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/bus"
)

// BenchmarkParcels stores parcels of 4 KB, from 16 callers at once, while nobody or somebody takes them out again.
func BenchmarkParcels(b *testing.B) {
	for name, worked := range map[string]bool{"stored": false, "stored and worked on": true} {
		b.Run(name, func(b *testing.B) {
			bus := open(b, bus.Options{Dir: b.TempDir()})
			require.NoError(b, bus.EnsureBacklog(context.Background(), "env_1", 4<<30))
			ctx, cancel := context.WithCancel(context.Background())
			done := make(chan struct{})
			go func() {
				defer close(done)
				if worked {
					bus.WorkBacklog(ctx, "env_1", 8, func() {}, doneWith)
				}
			}()
			data := make([]byte, 4<<10)
			b.SetParallelism(8)
			b.ResetTimer()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := bus.AddParcel(ctx, "env_1", data); err != nil {
						b.Error(err)
					}
				}
			})
			b.StopTimer()
			cancel()
			<-done
		})
	}
}

func doneWith(p *bus.Parcel) { _ = p.Done(context.Background()) }
