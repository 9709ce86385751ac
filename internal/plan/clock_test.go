package plan_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/plan"
)

func TestDatetimes(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"2026-01-02T03:04:05Z":                 true,
		"2026-01-02t23:59:59z":                 true,
		"2026-01-02T03:04:59+23:59":            true,
		"2026-01-02T03:04:05-23:59":            true,
		"2026-01-02T03:04:05+24:00":            false,
		"2026-01-02T03:04:05+23:60":            false,
		"2026-01-02x03:04:05Z":                 false,
		"2026-01-02T03:04:05.123456789+08:00":  true,
		"2026-01-02 03:04:05":                  true,
		"2026-01-02 03:04:05.000":              true,
		"2026-01-02 03:04:05+08:00":            true,
		"2026-12-31T23:59:60Z":                 true,  // a leap second
		"2027-01-01T07:59:60+08:00":            true,  // the same one in Shanghai
		"2027-01-01T05:29:60+05:30":            true,  // and in India
		"2026-12-31T20:29:60-03:30":            true,  // and on Newfoundland
		"2026-12-31T22:59:60Z":                 false, // leap seconds end days
		"2026-12-31 23:59:60":                  false, // of an unknown zone
		"2026-01-02T03:04:05":                  false, // RFC 3339 asks for a zone
		"2026-01-02":                           false,
		"2026-02-29 00:00:00":                  false,
		"2026-01-02 24:00:00":                  false,
		"2026-01-02 03:04":                     false,
		"2026-01-02 03:04:05.":                 false,
		"2026-01-02 03:04:05 ":                 false,
		"2026-01-02T03:04:05+8:00":             false,
		"1767323045000":                        false,
		"Fri Jan 02 2026 03:04:05 GMT+0800":    false,
		"2026-01-02T03:04:05.000Z[Asia/Macau]": false,
		"":                                     false,
	} {
		require.Equal(t, want, plan.IsDatetime(text), text)
	}
}

// TestEachByteOfADatetimeCounts puts something wrong in each place of texts that are right.
func TestEachByteOfADatetimeCounts(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"2026-01-02T03:04:05+08:00", "2026-01-02 03:04:05.7", "2026-01-02 03:04:05"} {
		require.True(t, plan.IsDatetime(text), text)
		for i := range text {
			for _, wrong := range []string{"x", "/", ""} {
				broken := text[:i] + wrong + text[i+1:]
				require.False(t, plan.IsDatetime(broken), broken)
				require.False(t, i < 10 && plan.IsDate(broken[:10]), broken)
			}
		}
	}
	require.False(t, plan.IsDatetime("2026-01-02 03:04:05.7x"))
}

func TestWhatGoWritesIsADatetime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		at := time.Unix(rapid.Int64Range(-62_135_596_800, 253_402_300_799-86400).Draw(t, "seconds"),
			rapid.Int64Range(0, 999_999_999).Draw(t, "nanoseconds"))
		zone := time.FixedZone("", rapid.IntRange(-12*60, 12*60).Draw(t, "zone")*60)
		if at.In(zone).Year() < 1 {
			return
		}
		require.True(t, plan.IsDatetime(at.In(zone).Format(time.RFC3339Nano)))
		require.True(t, plan.IsDatetime(at.UTC().Format("2006-01-02 15:04:05.000")))
		require.True(t, plan.IsDate(at.UTC().Format(time.DateOnly)))
	})
}

func FuzzDate(f *testing.F) {
	f.Add("2026-02-29")
	f.Add("2000-02-29")
	f.Fuzz(func(t *testing.T, s string) {
		_, err := time.Parse(time.DateOnly, s)
		require.Equal(t, err == nil, plan.IsDate(s), s)
		_, err = time.Parse("2006-01-02 15:04:05", s)
		if len(s) == len("2006-01-02 15:04:05") && s[10] == ' ' { // Go takes a comma before a fraction, and one digit hours
			require.Equal(t, err == nil, plan.IsDatetime(s), s)
		}
	})
}
