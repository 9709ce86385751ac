// Package bustest runs a NATS server with JetStream inside the calling process, for tests that need a bus outside of the
// program under test. It lives below internal/bus because nothing else may import NATS, and never reaches the binary.
//
// A Server belongs to one goroutine.
package bustest

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// Server is a server on a port of this machine, which keeps its streams in a directory over Stop and Start.
type Server struct {
	dir  string
	port int
	srv  *server.Server
}

// New returns a server that keeps its streams in dir. It does not run before Start.
func New(dir string) *Server { return &Server{dir: dir, port: server.RANDOM_PORT} }

// Start runs the server, at the port that it had before, and returns when it can be connected to.
func (s *Server) Start() error {
	srv, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: s.port, NoSigs: true, NoLog: true, JetStream: true, StoreDir: s.dir, JetStreamMaxStore: 1 << 60,
	})
	if err != nil {
		return fmt.Errorf("configure NATS: %w", err)
	}
	srv.Start()
	if !srv.ReadyForConnections(10 * time.Second) {
		srv.Shutdown()
		return errors.New("NATS is not ready in time")
	}
	s.srv = srv
	if addr, ok := srv.Addr().(*net.TCPAddr); ok {
		s.port = addr.Port
	}
	return nil
}

// Stop ends the server, and everybody's connection to it. It may be stopped already.
func (s *Server) Stop() {
	if s.srv == nil {
		return
	}
	s.srv.Shutdown()
	s.srv.WaitForShutdown()
	s.srv = nil
}

// URL is where clients find it, once it was started.
func (s *Server) URL() string { return fmt.Sprintf("nats://127.0.0.1:%d", s.port) }
