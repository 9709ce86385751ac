package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	_ "embed"
	"fmt"
	"runtime"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"github.com/waymarkhq/waymark/internal/fault"
)

// Lengths of passwords that are accepted, in characters.
const (
	minPassword = 8
	maxPassword = 200
)

// maxWaiting bounds how many callers may queue for a hash, so that a flood of sign-ins cannot pile up without end.
const maxWaiting = 64

// Passwords hashes and verifies passwords with argon2id. Each hash takes Cost.Memory; at most as many run at once as there
// are processors (4 at most), others wait. Safe for concurrent use.
type Passwords struct {
	cost    Cost
	running chan struct{}
	waiting chan struct{}
}

// NewPasswords returns a hasher of the given cost; the zero Cost means DefaultCost.
func NewPasswords(cost Cost) *Passwords {
	if cost == (Cost{}) {
		cost = DefaultCost
	}
	atOnce := min(runtime.GOMAXPROCS(0), 4)
	return &Passwords{
		cost:    cost,
		running: make(chan struct{}, atOnce),
		waiting: make(chan struct{}, atOnce+maxWaiting),
	}
}

// Hash returns the encoded hash of a password with a fresh salt, as a PHC string. UNAVAILABLE when too many are waiting.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	e := phc{cost: p.cost, salt: make([]byte, saltLength)}
	_, _ = rand.Read(e.salt) // never fails
	hash, err := p.derive(ctx, e, password)
	if err != nil {
		return "", err
	}
	e.hash = hash
	return e.String(), nil
}

// Verify reports whether password belongs to the encoded hash, and whether that hash should be made anew because its cost
// is not today's. An empty encoded hash, of a person who does not exist, costs the same time and is never right.
// UNAVAILABLE when too many are waiting; a hash that cannot be read is an internal error.
func (p *Passwords) Verify(ctx context.Context, encoded, password string) (right, stale bool, err error) {
	if encoded == "" {
		_, err := p.derive(ctx, phc{cost: p.cost, salt: make([]byte, saltLength)}, password)
		return false, false, err
	}
	e, err := parsePHC(encoded)
	if err != nil {
		return false, false, fmt.Errorf("read the stored password hash: %w", err)
	}
	hash, err := p.derive(ctx, e, password)
	if err != nil {
		return false, false, err
	}
	return subtle.ConstantTimeCompare(hash, e.hash) == 1, e.cost != p.cost, nil
}

// derive computes the hash of a password with e's salt and cost, when it is its turn.
func (p *Passwords) derive(ctx context.Context, e phc, password string) ([]byte, error) {
	select {
	case p.waiting <- struct{}{}:
		defer func() { <-p.waiting }()
	default:
		return nil, fault.New(fault.Unavailable, "sign_in_busy", "too many people are signing in; try again in a moment")
	}
	select {
	case p.running <- struct{}{}:
		defer func() { <-p.running }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	length := hashLength
	if e.hash != nil {
		length = len(e.hash)
	}
	return argon2.IDKey([]byte(norm.NFC.String(password)), e.salt, e.cost.Time, e.cost.Memory, e.cost.Threads, uint32(length)), nil
}

//go:embed common_passwords.txt
var commonPasswords string

// checkPassword notes in f, at path, why a new password is refused: too short or long, not text, one that is tried first
// by whoever guesses, or the person's own address or name.
func checkPassword(f *fault.Fields, path, password, email, name string) {
	folded := strings.ToLower(password)
	switch n := utf8.RuneCountInString(password); {
	case !utf8.ValidString(password):
		f.Add(path, "invalid_text", "must be valid UTF-8")
	case n < minPassword:
		f.Add(path, "too_short", fmt.Sprintf("needs at least %d characters", minPassword))
	case n > maxPassword:
		f.Add(path, "too_long", fmt.Sprintf("may have at most %d characters", maxPassword))
	case strings.Contains("\n"+commonPasswords, "\n"+folded+"\n"), strings.Count(password, password[:1]) == len(password):
		f.Add(path, "too_common", "is among the passwords that are guessed first")
	case folded == strings.ToLower(email), folded == strings.ToLower(name):
		f.Add(path, "is_name", "must not be your address or name")
	}
}
