package subscription

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash"
	"io"
	"sync"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/lexer"
)

// shareKey names what equal subscriptions agree in; the zero key is that of an execution that is not shared.
type shareKey [sha256.Size]byte

// keyOf returns the key of a valid operation for an identity of the given scope. The document is normalised to its
// tokens, so layout and comments make no difference; variables are taken as coerced.
func keyOf(oc *graphql.OperationContext, scope string) (shareKey, error) {
	variables, err := json.Marshal(oc.Variables) // sorts by name
	if err != nil {
		return shareKey{}, fmt.Errorf("encode variables: %w", err)
	}
	h := sha256.New()
	addPart(h, scope)
	addPart(h, oc.OperationName)
	addPart(h, string(variables))
	tokens := lexer.New(&ast.Source{Input: oc.RawQuery})
	for {
		t, err := tokens.ReadToken()
		if err != nil {
			return shareKey{}, fmt.Errorf("normalise document: %w", err)
		}
		if t.Kind == lexer.EOF {
			return shareKey(h.Sum(nil)), nil
		}
		if t.Kind != lexer.Comment {
			addPart(h, t.Kind.String())
			addPart(h, t.Value)
		}
	}
}

// addPart adds a text such that no two lists of texts hash the same bytes. Writing to a hash never fails.
func addPart(h hash.Hash, text string) {
	h.Write(binary.AppendUvarint(nil, uint64(len(text))))
	_, _ = io.WriteString(h, text)
}

// shares knows the running executions that can be joined.
type shares struct {
	mu   sync.Mutex
	open map[shareKey]*execution
}

// join makes v a viewer of the execution with the given key, which begin makes if there is none.
func (s *shares) join(v *viewer, key shareKey, begin func() *execution) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if x := s.open[key]; x != nil {
		v.x = x
		x.add(v)
		return
	}
	v.x = begin()
	v.x.add(v) // before it runs, so that v misses nothing
	s.open[key] = v.x
	v.x.srv.wg.Go(v.x.run)
}

// leave takes v off its execution, and ends it when v was the last.
func (s *shares) leave(v *viewer) {
	s.mu.Lock()
	last := v.x.remove(v)
	if last {
		s.forget(v.x)
	}
	s.mu.Unlock()
	if last {
		v.x.cancel()
	}
}

// close lets nobody join x any more.
func (s *shares) close(x *execution) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget(x)
}

func (s *shares) forget(x *execution) {
	if s.open[x.key] == x {
		delete(s.open, x.key)
	}
}

// running returns how many executions can be joined.
func (s *shares) running() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}
