//go:build soak

package release_test

import (
	"testing"

	"pgregory.net/rapid"
)

// TestSoakReleases is TestReleasesNeverChange for minutes.
func TestSoakReleases(t *testing.T) {
	eachStore(t, func(t *testing.T, w *world) {
		for range 50 {
			rapid.Check(t, w.playReleases)
		}
	})
}
