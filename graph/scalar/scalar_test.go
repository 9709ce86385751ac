package scalar_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/graph/scalar"
)

// TestTimeReadsWhatItWrites: every time that is let in comes out as a Time again.
func TestTimeReadsWhatItWrites(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"2026-11-23T16:00:00.1234567+08:00": "2026-11-23T08:00:00.123456Z",
		"9999-12-31T23:59:59.999999Z":       "9999-12-31T23:59:59.999999Z",
		"0001-01-01T00:00:00.000001Z":       "0001-01-01T00:00:00.000001Z",
	} {
		at, err := scalar.UnmarshalTime(in)
		require.NoError(t, err, in)
		var out bytes.Buffer
		scalar.MarshalTime(at).MarshalGQL(&out)
		require.Equal(t, `"`+want+`"`, out.String())
	}
	var out bytes.Buffer
	scalar.MarshalTime(time.Time{}).MarshalGQL(&out)
	require.Equal(t, "null", out.String())
}

func TestTimesThatAreNone(t *testing.T) {
	t.Parallel()
	for _, in := range []any{
		"yesterday", "2026-11-23", 1764000000, nil, "10000-01-01T00:00:00Z", "9999-12-31T23:00:00-02:00", "0000-12-31T23:59:59Z",
		"0001-01-01T00:00:00+00:01",
	} {
		_, err := scalar.UnmarshalTime(in)
		require.ErrorContains(t, err, "a Time ", in)
	}
}
