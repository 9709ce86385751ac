//go:build !unix

package subscription

import "syscall"

// rawWriter takes nothing where sockets have no non-blocking write: all is left to the socket's own writer.
type rawWriter struct{}

func (*rawWriter) init() {}

func (*rawWriter) write(syscall.RawConn, []byte) (int, error) { return 0, nil }
