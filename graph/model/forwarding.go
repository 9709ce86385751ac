package model

import (
	"maps"
	"slices"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/collect/forward"
)

// Forwarding is the public face of an environment's forwarding.
type Forwarding struct {
	Environment *ent.Environment
	State       *forward.State
}

// URL is where payloads go.
func (f *Forwarding) URL() string { return f.Environment.ForwardTo }

// HeaderNames are the headers that are replaced.
func (f *Forwarding) HeaderNames() []string {
	return append([]string{}, slices.Sorted(maps.Keys(f.Environment.ForwardHeaders))...)
}

// Forwarded is how many payloads the target took, Refused how many it did not, and so on.
func (f *Forwarding) Forwarded() int64 { return f.State.Passed }

// Refused is how many payloads the target refused.
func (f *Forwarding) Refused() int64 { return f.State.Refused }

// Lost is how many payloads never got into the backlog.
func (f *Forwarding) Lost() int64 { return f.State.Lost }

// Expired is how many payloads waited too long.
func (f *Forwarding) Expired() int64 { return f.State.Expired }

// Waiting is how many payloads wait.
func (f *Forwarding) Waiting() int64 { return f.State.Payloads }

// WaitingBytes is how many bytes wait.
func (f *Forwarding) WaitingBytes() int64 { return f.State.Bytes }

// OldestWaitingAt is since when the oldest payload waits.
func (f *Forwarding) OldestWaitingAt() *time.Time { return moment(f.State.Oldest) }

// LastSuccessAt is when the target took a payload last.
func (f *Forwarding) LastSuccessAt() *time.Time { return moment(f.State.LastSuccess) }

// LastRefusedAt is when the target refused a payload last.
func (f *Forwarding) LastRefusedAt() *time.Time { return moment(f.State.LastRefusal) }

// LastRefusedStatus is the status of that refusal.
func (f *Forwarding) LastRefusedStatus() *int {
	if f.State.RefusalStatus == 0 {
		return nil
	}
	return &f.State.RefusalStatus
}

// LastRefusal is what the target said.
func (f *Forwarding) LastRefusal() *string { return said(f.State.LastRefusal, f.State.RefusalText) }

// LastErrorAt is when an attempt failed last.
func (f *Forwarding) LastErrorAt() *time.Time { return moment(f.State.LastFailure) }

// LastError is what was wrong.
func (f *Forwarding) LastError() *string { return said(f.State.LastFailure, f.State.FailureText) }

// moment is nil for a time that never was.
func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

func said(at time.Time, text string) *string {
	if at.IsZero() {
		return nil
	}
	return &text
}
