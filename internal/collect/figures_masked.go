package collect

import (
	"sort"

	"github.com/waymarkhq/waymark/internal/capture"
)

// unmask reports whether anything of a value among an event's properties is masked, and gives masked nodes the kind again that
// they had, so that a number which became a string counts as a number. What stood there stays hidden: the value is not to be
// kept.
func unmask(value capture.Tape, c *capture.Captured) (masked bool) {
	if len(c.Masks) == 0 {
		return false
	}
	for i := range value {
		n := &value[i]
		if n.Kind == capture.Array || n.Kind == capture.ObjectKind {
			continue
		}
		start, end := n.At.Start+c.PropertiesAt.Start, n.At.End+c.PropertiesAt.Start
		at := sort.Search(len(c.Masks), func(i int) bool { return c.Masks[i].At.End > start })
		if at == len(c.Masks) || c.Masks[at].At.Start >= end {
			continue
		}
		masked = true
		if m := &c.Masks[at]; m.At.Start == start && m.At.End == end {
			asSent(n, m.Was)
		}
	}
	return masked
}

// asSent makes a masked node one of the kind that it hides.
func asSent(n *capture.Node, was capture.MaskedKind) {
	switch was {
	case capture.MaskedInteger:
		n.Kind, n.Text = capture.Number, "0"
	case capture.MaskedNumber:
		n.Kind, n.Text = capture.Number, "0.5"
	case capture.MaskedBool:
		n.Kind, n.Text = capture.Bool, "false"
	case capture.MaskedText: // it is a string
	}
}
