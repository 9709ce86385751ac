package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"os/exec"
	"syscall"
	"time"
)

const (
	readyWithin  = 30 * time.Second
	lookEvery    = 2 * time.Millisecond
	builtProgram = "bin/waymark"

	adminEmail    = "admin@example.com"
	adminPassword = "correct-horse-battery"
)

// node is the built server as a process of its own.
type node struct {
	url     string
	process *exec.Cmd
	http    *http.Client
}

// program is the built program, which sees no settings but those that are given.
func program(ctx context.Context, env []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, builtProgram, args...)
	cmd.Env = append([]string{}, env...)
	return cmd
}

// startNode starts a server on a directory and waits until it is ready.
func startNode(ctx context.Context, dir string, env ...string) (*node, error) {
	addr, err := freeAddress(ctx)
	if err != nil {
		return nil, err
	}
	cookies, _ := cookiejar.New(nil) // never fails
	n := &node{
		url: "http://" + addr, process: program(ctx, env, "serve", "--addr", addr, "--data-dir", dir),
		http: &http.Client{Jar: cookies},
	}
	begin := time.Now()
	if err := n.process.Start(); err != nil {
		return nil, fmt.Errorf("start %s (make build): %w", builtProgram, err)
	}
	for time.Since(begin) < readyWithin {
		if n.ready(ctx) {
			return n, nil
		}
		time.Sleep(lookEvery)
	}
	n.stop()
	return nil, fmt.Errorf("not ready within %s", readyWithin)
}

func (n *node) stop() {
	_ = n.process.Process.Signal(syscall.SIGTERM)
	_ = n.process.Wait()
}

func (n *node) ready(ctx context.Context) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, n.url+"/readyz", nil)
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

// ask sends an operation, as the holder of a token or of the session, and reads its data.
func (n *node) ask(ctx context.Context, token, document string, data any) error {
	resp, err := n.post(ctx, token, "application/json", document)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if err := readAnswer(resp.Body, data); err != nil {
		return fmt.Errorf("%s: %w", document, err)
	}
	return nil
}

func (n *node) post(ctx context.Context, token, accept, document string) (*http.Response, error) {
	body, err := json.Marshal(map[string]string{"query": document})
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, n.url+"/graphql", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Accept", accept)
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	return n.http.Do(req)
}

// readAnswer reads the data of an answer of GraphQL, or its first error.
func readAnswer(text io.Reader, data any) error {
	answer := struct {
		Data   any `json:"data"`
		Errors []struct {
			Message string `json:"message"`
		} `json:"errors"`
	}{Data: data}
	if err := json.NewDecoder(text).Decode(&answer); err != nil {
		return fmt.Errorf("read the answer: %w", err)
	}
	if len(answer.Errors) > 0 {
		return errors.New(answer.Errors[0].Message)
	}
	return nil
}

func freeAddress(ctx context.Context) (string, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	return l.Addr().String(), l.Close()
}
