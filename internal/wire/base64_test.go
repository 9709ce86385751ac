package wire_test

import (
	standard "encoding/base64"
	"testing"

	"github.com/segmentio/asm/base64"
	"github.com/stretchr/testify/require"
)

// FuzzBase64: the decoder that is used for its speed takes what the standard library's takes, for the same.
func FuzzBase64(f *testing.F) {
	long := standard.RawStdEncoding.EncodeToString([]byte("a text that is long enough for vectors: 中文 \x00\xff, and a little more of it"))
	for _, seed := range []string{"", "YQ", "YQ==", "Y", long, long + "=", long[:40] + "\n" + long[40:], long[:33] + "\r\n" + long[33:], long[:17] + "!" + long[17:], long[:60] + "-_" + long[60:], long + "\n", "\n" + long} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, c := range []struct {
			fast *base64.Encoding
			slow *standard.Encoding
		}{{base64.RawStdEncoding, standard.RawStdEncoding}, {base64.StdEncoding, standard.StdEncoding}} {
			want, wantErr := c.slow.DecodeString(s)
			got, err := c.fast.DecodeString(s)
			require.Equal(t, wantErr == nil, err == nil, "%v, not %v", err, wantErr)
			if err == nil {
				require.Equal(t, string(want), string(got))
			}
		}
	})
}
