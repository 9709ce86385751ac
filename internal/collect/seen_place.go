package collect

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/store"
)

// place adds to the place of a key; seen is what has times and types, if anything.
func place(places []*SeenPlace, k store.SightingKey, share SeenShare, seen *store.PropertySeen) []*SeenPlace {
	i := slices.IndexFunc(places, func(p *SeenPlace) bool { return p.Terminal == k.Terminal && p.Version == k.AppVersion })
	if i < 0 {
		i = len(places)
		places = append(places, &SeenPlace{Terminal: k.Terminal, Version: k.AppVersion})
	}
	p := places[i]
	p.SeenShare = p.plus(share)
	if seen != nil {
		p.FirstSeenAt, p.LastSeenAt = span(p.FirstSeenAt, p.LastSeenAt, seen)
		p.counts.Add(&seen.Values.Counts)
		p.Types = typesOf(&p.counts)
	}
	return places
}

// sortPlaces sorts by terminal, and from the oldest version to the newest.
func sortPlaces(places []*SeenPlace) {
	slices.SortFunc(places, func(a, b *SeenPlace) int {
		return cmp.Or(strings.Compare(a.Terminal, b.Terminal), plan.CompareVersions(a.Version, b.Version), strings.Compare(a.Version, b.Version))
	})
}

func span(first, last *time.Time, seen *store.PropertySeen) (*time.Time, *time.Time) {
	if first == nil || seen.First.Before(*first) {
		first = &seen.First
	}
	if last == nil || seen.Last.After(*last) {
		last = &seen.Last
	}
	return first, last
}

// point adds to the last point, or behind it: what is added is in the order of time.
func point(points []*SeenPoint, k store.FillKey, share SeenShare) []*SeenPoint {
	at := time.Unix(k.At*3600, 0).UTC()
	for _, p := range slices.Backward(points) {
		if !p.At.Equal(at) {
			break
		}
		if p.Hours == int(k.Hours) {
			p.SeenShare = p.plus(share)
			return points
		}
	}
	return append(points, &SeenPoint{At: at, Hours: int(k.Hours), SeenShare: share})
}
