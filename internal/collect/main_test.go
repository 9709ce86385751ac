package collect_test

import (
	"os"
	"testing"

	"go.uber.org/goleak"
)

// TestMain also is the entry of the client process that some benchmarks start.
func TestMain(m *testing.M) {
	if os.Getenv(clientAddress) != "" {
		os.Exit(client())
	}
	goleak.VerifyTestMain(m)
}
