package store_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// A text is found whatever its letter case and however the JSON has it escaped.
func TestCapturedText(t *testing.T) {
	t.Parallel()
	raws := []string{
		`{"a":"支付 ok"}`, `{"a":"\u652f\u4ED8 OK"}`, `{"a":"x\/y \"q\" \\ 100%_"}`, `{"a":"x/y \u0022q\u0022 \u005c 100%_"}`,
		`{"a":"😀"}`, `{"a":"\uD83D\ude00"}`, `{"a":"Éclair"}`, `{"a":"\u00e9CLAIR"}`, `{"a":"line\nbreak"}`, `{"a":"Kelvin K"}`,
		`{"a":"*.+?()[]{}|^$-"}`,
	}
	testkit.Stores(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		var events []*capture.Captured
		for i, raw := range raws {
			events = append(events, sampled(int64(i+1), "env_a", "", func(c *capture.Captured) { c.Raw, c.PropertiesAt = raw, capture.Span{} }))
		}
		commit(ctx, t, s, events...)
		for text, want := range map[string][]int64{
			"支付":          {2, 1},
			"付 oK":        {2, 1},
			`x/y "Q" \ 1`: {4, 3},
			"100%_":       {4, 3},
			"😀":           {6, 5},
			"éclair":      {8, 7},
			"ÉCLAIR":      {8, 7},
			"line\nb":     {9},
			"kelvin":      {10},
			"\u212a":      {},
			"*.+?()[]":    {11},
			"{}|^$-":      {11},
			"nothing":     {},
			`{"a"`:        {11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1},
			"\x00\xff":    {},
		} {
			pages, err := s.CapturedPages(ctx, store.CapturedQuery{By: store.ByEnvironment, Parents: []string{"env_a"}, Text: text, Limit: 20})
			require.NoError(t, err, "%q", text)
			require.Equal(t, want, seqs(pages["env_a"]), "%q", text)
		}
		rapid.Check(t, func(t *rapid.T) {
			text := rapid.StringN(1, 10, -1).Draw(t, "text")
			_, err := s.CapturedPages(ctx, store.CapturedQuery{By: store.ByEnvironment, Parents: []string{"env_a"}, Text: text, Limit: 20})
			require.NoError(t, err)
		})
	})
}
