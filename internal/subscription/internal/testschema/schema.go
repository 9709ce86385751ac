// Package testschema is a small executable schema on which the tests of package subscription run.
package testschema

import (
	"context"
	"errors"
)

//go:generate go run github.com/99designs/gqlgen generate --config gqlgen.yml

// Page is a page of events.
type Page struct {
	Events  []*Event
	Dropped int
}

// Weight is how many events are lost with the page.
func (p *Page) Weight() int { return len(p.Events) + p.Dropped }

// Scope returns what Principal made of the context: whom the execution runs as.
func (p *Page) Scope(ctx context.Context) string {
	name, _ := ctx.Value(principalKey{}).(string)
	return name
}

type principalKey struct{}

// Principal returns a context that executes as name.
func Principal(ctx context.Context, name string) context.Context {
	return context.WithValue(ctx, principalKey{}, name)
}

// Faulty is an item that may fail to resolve.
type Faulty struct{ Seq int }

// Fine fails, or panics, for some items.
func (f *Faulty) Fine(fails *bool) (string, error) {
	switch {
	case *fails && f.Seq == 2:
		return "", errors.New("cannot be resolved")
	case *fails && f.Seq == 3:
		panic("broken resolver")
	default:
		return "fine", nil
	}
}
