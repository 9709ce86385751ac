package collect_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/collect"
	"github.com/waymarkhq/waymark/internal/store"
)

// TestSinceWhenAPropertyCanBeUsed: what comes late or without a version does not move it.
func TestSinceWhenAPropertyCanBeUsed(t *testing.T) {
	t.Parallel()
	place := func(version string, filled int64, minutes int) *collect.SeenPlace {
		at := noon.Add(time.Duration(minutes) * time.Minute)
		return &collect.SeenPlace{Terminal: "ios", Version: version, SeenShare: collect.SeenShare{Events: 10, Filled: filled}, FirstSeenAt: &at}
	}
	for name, c := range map[string]struct {
		places  []*collect.SeenPlace
		version string
		minutes int
	}{
		"an old version comes late": {[]*collect.SeenPlace{place("1.0", 10, 60), place("8.0", 10, 0), place("8.1", 10, 30)}, "1.0", 0},
		"without a version, later":  {[]*collect.SeenPlace{place("", 10, 60), place("8.0", 10, 0)}, "8.0", 0},
		"without a version, empty":  {[]*collect.SeenPlace{place("", 0, 0), place("8.0", 10, 5)}, "8.0", 5},
		"beyond the cap":            {[]*collect.SeenPlace{place(store.OtherLabel, 0, 0), place("8.0", 10, 5)}, "8.0", 5},
		"only without a version":    {[]*collect.SeenPlace{place("", 10, 7)}, "", 7},
		"since a version":           {[]*collect.SeenPlace{place("8.0", 3, 0), place("8.1", 10, 5), place("8.2", 10, 9)}, "8.1", 5},
	} {
		found := collect.Usable(c.places, nil)
		require.Len(t, found, 1, name)
		require.True(t, found[0].Usable, name)
		require.Equal(t, c.version, *found[0].Version, name)
		require.Equal(t, noon.Add(time.Duration(c.minutes)*time.Minute), *found[0].Since, name)
	}
	require.False(t, collect.Usable([]*collect.SeenPlace{place("8.0", 10, 0), place("8.1", 3, 5)}, nil)[0].Usable)
}
