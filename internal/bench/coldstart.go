package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"time"
)

const (
	coldStarts   = 5
	readyWithin  = 30 * time.Second
	lookEvery    = 2 * time.Millisecond
	builtProgram = "bin/waymark"
)

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
	addr, err := freeAddress(ctx)
	if err != nil {
		return 0, err
	}
	cmd := exec.CommandContext(ctx, builtProgram, "serve", "--addr", addr, "--data-dir", filepath.Join(dir, "data"))
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return 0, fmt.Errorf("start %s (make build): %w", builtProgram, err)
	}
	defer func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	}()
	for time.Since(begin) < readyWithin {
		if ready(ctx, addr) {
			return time.Since(begin), nil
		}
		time.Sleep(lookEvery)
	}
	return 0, fmt.Errorf("not ready within %s", readyWithin)
}

func ready(ctx context.Context, addr string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+addr+"/readyz", nil)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	_ = resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}

func freeAddress(ctx context.Context) (string, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}
