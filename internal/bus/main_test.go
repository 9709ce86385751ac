package bus_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain also is the entry of the child processes that some tests kill.
func TestMain(m *testing.M) {
	if role := os.Getenv(childRole); role != "" {
		os.Exit(child(role))
	}
	goleak.VerifyTestMain(m)
}
