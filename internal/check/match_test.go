package check_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
)

func TestAPropertyOfTheMatchIsPlannedByIt(t *testing.T) {
	t.Parallel()
	c := compile(t, definition(t, `{"wireName":"element_click","match":[{"property":"spm","value":"a1.b2"}]}`))
	r := judge(t, c, "ios", track(t, "element_click", `{"spm":"a1.b2","other":1}`))
	require.Equal(t, capture.Valid, r.Verdict)
	require.Equal(t, []string{"extra_property"}, codes(r))
	require.Equal(t, "other", r.Violations[0].Property)
}
