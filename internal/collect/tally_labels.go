package collect

import (
	"strings"
	"unicode/utf8"

	"github.com/waymarkhq/waymark/internal/store"
)

// How many labels an environment can have. Everything beyond counts as store.OtherLabel, until labels that have not come
// for long give up their place: the sweep sees to that.
const (
	MaxNames    = 2000
	MaxVersions = 500
	// MaxLabel is the longest name or version that counts under its own name, in bytes.
	MaxLabel = 200
)

// labels are the names and versions that environments have sent. There is one for the life of a writer's term, so it holds
// no view of anything else's memory.
type labels struct {
	sets map[labelSet]map[string]struct{}
}

type labelSet struct {
	environmentID string
	kind          store.LabelKind
}

func newLabels(known []store.Label) *labels {
	l := &labels{sets: map[labelSet]map[string]struct{}{}}
	for _, k := range known {
		l.add(labelSet{k.EnvironmentID, k.Kind}, k.Value)
	}
	return l
}

// admit returns what a value counts as, and whether it was added just now.
func (l *labels) admit(environmentID string, kind store.LabelKind, value string) (label string, fresh bool) {
	if value == "" {
		return "", false
	}
	set := labelSet{environmentID, kind}
	known := l.sets[set]
	if _, ok := known[value]; ok {
		return value, false
	}
	if len(known) >= mostLabels[kind] || !fit(value) {
		return store.OtherLabel, false
	}
	return l.add(set, value), true
}

func (l *labels) add(set labelSet, value string) string {
	if l.sets[set] == nil {
		set.environmentID = strings.Clone(set.environmentID)
		l.sets[set] = map[string]struct{}{}
	}
	value = strings.Clone(value)
	l.sets[set][value] = struct{}{}
	return value
}

var mostLabels = map[store.LabelKind]int{
	store.LabelName: MaxNames, store.LabelVersion: MaxVersions, store.LabelProperty: MaxProperties,
}

// fit says whether both databases can hold the value as a key.
func fit(value string) bool {
	return len(value) <= MaxLabel && utf8.ValidString(value) && strings.IndexByte(value, 0) < 0 && value != store.OtherLabel
}
