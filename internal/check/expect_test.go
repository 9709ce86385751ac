package check_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/check"
)

func TestImpossible(t *testing.T) {
	t.Parallel()
	var warning string
	for _, r := range check.Rules {
		if r.Severity == capture.Warning {
			warning = r.Code
		}
	}
	require.NotEmpty(t, warning)
	for _, c := range []struct {
		verdict  capture.Verdict
		codes    []string
		possible bool
	}{
		{capture.Valid, nil, true},
		{capture.Valid, []string{warning}, true},
		{capture.Valid, []string{check.TypeMismatch}, false},
		{capture.Valid, []string{check.EventOffline}, false},
		{capture.Invalid, []string{check.TypeMismatch, warning}, true},
		{capture.Invalid, []string{warning}, false},
		{capture.Invalid, nil, false},
		{capture.Invalid, []string{check.TypeMismatch, check.EventUnplanned}, false},
		{capture.Unplanned, []string{check.EventUnplanned}, true},
		{capture.Unplanned, nil, false},
		{capture.Unplanned, []string{check.EventUnplanned, warning}, false},
		{capture.Unplanned, []string{check.EventUnplanned, check.EventCase}, false},
	} {
		require.Equal(t, c.possible, check.Impossible(c.verdict, c.codes) == "", "%v %v", c.verdict, c.codes)
	}
}

// What the rules' own examples get is possible.
func TestWhatIsJudgedIsPossible(t *testing.T) {
	t.Parallel()
	for _, r := range check.Rules {
		verdict := capture.Invalid
		switch {
		case r.Severity == capture.Warning:
			verdict = capture.Valid
		case check.Impossible(capture.Unplanned, []string{r.Code}) == "":
			verdict = capture.Unplanned
		}
		require.Empty(t, check.Impossible(verdict, []string{r.Code}), r.Code)
	}
}
