//go:build soak

package app_test

import (
	"testing"

	"pgregory.net/rapid"
)

// TestSoakWhateverHappens is TestWhateverHappens for minutes.
func TestSoakWhateverHappens(t *testing.T) {
	for _, database := range []string{"sqlite", "postgres"} {
		t.Run(database, func(t *testing.T) {
			s, number := playground(t, database), 0
			for range 5 {
				rapid.Check(t, play(s, &number))
			}
		})
	}
}
