package acceptance

import (
	"sync"

	"github.com/waymarkhq/waymark/internal/check"
)

// maxCheckers is how many compiled plans are kept.
const maxCheckers = 32

// checkers keeps compiled plans by what they were made from. It is safe for concurrent use.
type checkers struct {
	mu    sync.Mutex
	by    map[string]*check.Checker
	order []string // oldest first
}

func (c *checkers) get(key string) *check.Checker {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.by[key]
}

func (c *checkers) put(key string, checker *check.Checker) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.by == nil {
		c.by = map[string]*check.Checker{}
	}
	if c.by[key] == nil {
		c.order = append(c.order, key)
	}
	c.by[key] = checker
	if len(c.order) > maxCheckers {
		delete(c.by, c.order[0])
		c.order = c.order[1:]
	}
}
