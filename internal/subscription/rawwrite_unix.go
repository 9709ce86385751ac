//go:build unix

package subscription

import (
	"errors"
	"syscall"
)

// rawWriter writes to sockets without waiting. It is reused, because the closure that RawConn.Write needs would otherwise
// be made anew for each write. It belongs to one goroutine.
type rawWriter struct {
	data []byte
	n    int
	err  error
	do   func(fd uintptr) bool
}

func (w *rawWriter) init() {
	w.do = func(fd uintptr) bool {
		for {
			w.n, w.err = syscall.Write(int(fd), w.data)
			if !errors.Is(w.err, syscall.EINTR) {
				return true
			}
		}
	}
}

// write hands as much of data to the kernel as it takes at once, and returns how much that was.
func (w *rawWriter) write(conn syscall.RawConn, data []byte) (int, error) {
	w.data = data
	err := conn.Write(w.do)
	w.data = nil
	if err != nil {
		return 0, err
	}
	if errors.Is(w.err, syscall.EAGAIN) {
		return 0, nil
	}
	return max(w.n, 0), w.err
}
