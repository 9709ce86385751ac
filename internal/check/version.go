package check

import (
	"slices"
	"strings"

	"github.com/waymarkhq/waymark/internal/plan"
)

// cuts are the app versions from which on something is different, in ascending order. They part all versions into ranks:
// rank 0 lies below the first cut, rank i from the i-th cut on.
type cuts struct {
	versions []string
	packed   []uint64 // the same, where all of them can be packed
}

// newCuts returns the versions as cuts. What holds from the first version on ("") needs none.
func newCuts(versions []string) cuts {
	list := slices.DeleteFunc(versions, isFirst)
	slices.SortStableFunc(list, plan.CompareVersions)
	list = slices.CompactFunc(list, func(a, b string) bool { return plan.CompareVersions(a, b) == 0 })
	c := cuts{versions: slices.Clip(list)}
	for _, version := range c.versions {
		key, ok := pack(version)
		if !ok {
			c.packed = nil
			break
		}
		c.packed = append(c.packed, key)
	}
	return c
}

func isFirst(version string) bool { return strings.TrimSpace(version) == "" }

// ranks returns how many ranks there are.
func (c *cuts) ranks() int { return len(c.versions) + 1 }

// start returns the rank that begins with a version that is one of the cuts, or "" for the first.
func (c *cuts) start(version string) int {
	low, high := 0, len(c.versions)
	for low < high {
		if middle := (low + high) / 2; plan.CompareVersions(c.versions[middle], version) <= 0 {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// end returns the rank before which something ends that holds until a version; "" is never.
func (c *cuts) end(version string) int {
	if version == "" {
		return c.ranks()
	}
	return c.start(version)
}

// version returns the version that a rank begins with.
func (c *cuts) version(rank int) string {
	if rank == 0 {
		return ""
	}
	return c.versions[rank-1]
}

// appVersion is an event's app version, read once.
type appVersion struct {
	text   string
	key    uint64 // where it could be packed
	packed bool
	read   bool
}

// rank returns the rank of the app version. An event without a version is taken for one of the newest.
func (v *appVersion) rank(c *cuts) int {
	if len(c.versions) == 0 {
		return 0
	}
	if !v.read {
		v.read = true
		v.key, v.packed = pack(v.text)
	}
	switch {
	case v.packed && c.packed != nil:
		low := 0
		for low < len(c.packed) && c.packed[low] <= v.key { // they are few
			low++
		}
		return low
	case isFirst(v.text):
		return len(c.versions)
	default:
		return c.start(v.text)
	}
}

// pack returns a number by which versions compare as plan.CompareVersions does, for those that are nothing but at most
// four numbers below 65536 with points between them, as nearly all are.
func pack(version string) (key uint64, ok bool) {
	const bits, parts = 16, 4
	part, shift := uint64(0), parts*bits
	digits := 0
	for i := range len(version) {
		c := version[i]
		switch {
		case c >= '0' && c <= '9':
			if part = part*10 + uint64(c-'0'); part >= 1<<bits {
				return 0, false
			}
			digits++
		case c == '.' && digits > 0 && shift > bits:
			shift -= bits
			key |= part << shift
			part, digits = 0, 0
		default:
			return 0, false
		}
	}
	if digits == 0 {
		return 0, false
	}
	return key | part<<(shift-bits), true
}
