package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"
)

const coldStarts = 5

// coldStart returns the median time, in seconds, that the built server needs on an empty directory until it is ready.
func coldStart(ctx context.Context) (float64, error) {
	times := make([]float64, 0, coldStarts)
	for range coldStarts {
		took, err := startOnce(ctx)
		if err != nil {
			return 0, err
		}
		times = append(times, took.Seconds())
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}

func startOnce(ctx context.Context) (took time.Duration, err error) {
	dir, err := os.MkdirTemp("", "waymark-bench-")
	if err != nil {
		return 0, fmt.Errorf("make a directory: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	begin := time.Now()
	n, err := startNode(ctx, filepath.Join(dir, "data"))
	if err != nil {
		return 0, err
	}
	took = time.Since(begin)
	n.stop()
	return took, nil
}
