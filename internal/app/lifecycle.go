package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"
)

// stopTimeout is how long stopping may take in all; what has not ended then is left to the end of the process.
const stopTimeout = 30 * time.Second

// lifecycle is a stack of what was opened and what runs. Whatever is acquired is pushed at once, on the next line; when
// the program stops, or its start fails, the stack is unwound from the top: what came last ends first. It belongs to one
// goroutine, but for halt.
type lifecycle struct {
	log   *slog.Logger
	steps []*step
}

// step is one thing on the stack: a resource that is closed, or a part that runs.
type step struct {
	name  string
	close func(context.Context) error // of a resource; may be nil
	run   func(context.Context) error // of a part

	cancel context.CancelFunc
	done   chan struct{} // closed when run has returned
	err    error         // what it returned, once done is closed
}

// onStop pushes a resource: end is called when the stack is unwound.
func (l *lifecycle) onStop(name string, end func(context.Context) error) {
	l.steps = append(l.steps, &step{name: name, close: end})
}

// onRun pushes a part of the program. It starts when run is called; to stop it its context ends, and it must return.
func (l *lifecycle) onRun(name string, run func(context.Context) error) *step {
	s := &step{name: name, run: run, done: make(chan struct{})}
	l.steps = append(l.steps, s)
	return s
}

// run starts the parts from the bottom up, waits until ctx ends or one of them does, and unwinds the stack. A part that
// ends by itself stops the program; its error is the program's.
func (l *lifecycle) run(ctx context.Context) error {
	ended := make(chan *step, len(l.steps))
	for _, s := range l.steps {
		if s.run != nil {
			s.start(context.WithoutCancel(ctx), ended)
		}
	}
	var cause error
	select {
	case <-ctx.Done():
	case s := <-ended:
		cause = fmt.Errorf("%s ended by itself", s.name)
		if s.err != nil {
			cause = fmt.Errorf("%s: %w", s.name, s.err)
		}
	}
	return errors.Join(cause, l.stop(context.WithoutCancel(ctx)))
}

func (s *step) start(ctx context.Context, ended chan<- *step) {
	ctx, s.cancel = context.WithCancel(ctx)
	go func() {
		s.err = s.run(ctx)
		close(s.done)
		ended <- s
	}()
}

// halt ends a part and waits until it has, or ctx ends. Later calls, and those for a part that never started, return at
// once. It is safe for concurrent use once the part was started.
func (s *step) halt(ctx context.Context) error {
	if s.cancel == nil {
		return nil
	}
	s.cancel()
	select {
	case <-s.done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("stop %s: %w", s.name, context.Cause(ctx))
	}
}

// stop unwinds the stack. The error joins what went wrong on the way, also what parts returned when they were stopped.
func (l *lifecycle) stop(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, stopTimeout)
	defer cancel()
	var errs []error
	for _, s := range slices.Backward(l.steps) {
		started := time.Now()
		if err := s.end(ctx); err != nil {
			errs = append(errs, err)
		}
		l.log.DebugContext(ctx, "stopped", "part", s.name, "took", time.Since(started))
	}
	l.steps = nil
	return errors.Join(errs...)
}

func (s *step) end(ctx context.Context) error {
	if s.run == nil {
		if err := s.close(ctx); err != nil {
			return fmt.Errorf("close %s: %w", s.name, err)
		}
		return nil
	}
	select {
	case <-s.done: // its error is known already
		return nil
	default:
	}
	if err := s.halt(ctx); err != nil {
		return err
	}
	if s.cancel != nil && s.err != nil {
		return fmt.Errorf("stop %s: %w", s.name, s.err)
	}
	return nil
}
