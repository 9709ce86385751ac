package graph_test

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPresetsOfAnSDK(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, w *world) {
		all := at(w.must(`{ presets { format presets { name } } }`), "presets").([]any)
		require.Greater(t, len(all), 10)
		of := at(w.must(`{ presets(format: "sensors") { format presets { kind name type text textZh } } }`), "presets").([]any)
		require.Len(t, of, 1)
		require.Equal(t, "sensors", at(of, 0, "format"))
		require.Equal(t, map[string]any{"kind": "PREFIX", "name": "$", "type": nil, "text": "presets of the vendor's SDKs", "textZh": "神策 SDK 预置"}, at(of, 0, "presets", 0))
		types := map[any]bool{}
		for _, p := range at(of, 0, "presets").([]any) {
			if at(p, "kind") == "PROPERTY" {
				types[at(p, "type")] = true
			}
		}
		require.True(t, types["STRING"] && types["NUMBER"] && types["BOOLEAN"] && !types[nil], types)
		require.Empty(t, at(w.must(`{ presets(format: "nonesuch") { format } }`), "presets"))
	})
}
