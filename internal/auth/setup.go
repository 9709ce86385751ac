package auth

import (
	"context"
	"crypto/subtle"
	"fmt"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
)

// errSetUp is the answer to a wrong or used token: both look the same.
var errSetUp = fault.New(fault.Unauthenticated, "set_up_unknown", "this sign-up link is not valid, or was used already")

// SetUp is the first administrator's own account.
type SetUp struct{ Token, Email, Name, Password string }

// SetUpToken returns a fresh one-time token for making the first administrator, or an empty string when there are people
// already. Only its hash stays, in memory; an earlier one is void.
func (s *Service) SetUpToken(ctx context.Context) (string, error) {
	exists, err := s.store.Read().User.Query().Exist(ctx)
	if err != nil || exists {
		return "", store.Fault(err)
	}
	token := randomText(secretLength)
	hash := hashSecret(token)
	s.setUp.Store(&hash)
	return token, nil
}

// SetUp makes the first administrator and signs them in. UNAUTHENTICATED with reason set_up_unknown when the token is wrong or
// there are people already; INVALID_INPUT names each refused field; RATE_LIMITED for guessing; FAILED_PRECONDITION outside
// an HTTP request. Of two at once, one wins.
func (s *Service) SetUp(ctx context.Context, in SetUp) (*Principal, error) {
	x, err := exchangeOf(ctx)
	if err != nil {
		return nil, err
	}
	// By address only: with one account for all, a stranger could keep the rightful owner of the link out.
	giveBack, err := s.throttle.guess("set-up from "+x.address, x.address)
	if err != nil {
		return nil, err
	}
	hash := s.setUp.Load()
	if hash == nil || subtle.ConstantTimeCompare([]byte(*hash), []byte(hashSecret(in.Token))) == 0 {
		return nil, errSetUp
	}
	giveBack()
	u, err := s.createFirst(ctx, CreateUser{Email: in.Email, Name: in.Name, Password: in.Password})
	if err != nil {
		return nil, err
	}
	s.setUp.CompareAndSwap(hash, nil)
	return s.openSession(ctx, u, x)
}

// EnsureAdmin makes the first administrator without anybody clicking a link, and reports whether it did: when there are
// people already, nothing happens. INVALID_INPUT names what is wrong with address or password.
func (s *Service) EnsureAdmin(ctx context.Context, in CreateUser) (bool, error) {
	exists, err := s.store.Read().User.Query().Exist(ctx)
	if err != nil || exists {
		return false, store.Fault(err)
	}
	_, err = s.createFirst(ctx, in)
	if fault.Is(err, fault.Unauthenticated) { // another node was faster
		return false, nil
	}
	return err == nil, err
}

// createFirst makes an administrator of the organisation if there is nobody yet, or else returns errSetUp.
func (s *Service) createFirst(ctx context.Context, in CreateUser) (*ent.User, error) {
	in.Roles = nil
	hash, err := s.hashNew(ctx, &in)
	if err != nil {
		return nil, err
	}
	// Nobody is signed in yet: it is the operator who was handed the link, or set the first password.
	u, err := store.InTx(With(ctx, Operator()), s.store, func(ctx context.Context, tx *ent.Tx) (*ent.User, error) {
		exists, err := tx.User.Query().Exist(ctx)
		if err != nil {
			return nil, err
		}
		if exists {
			return nil, errSetUp
		}
		return insertUser(ctx, tx, Operator(), in, hash, []placed{{role: Admin}})
	})
	if err != nil {
		return nil, fmt.Errorf("create the first administrator: %w", err)
	}
	s.log.InfoContext(ctx, "first administrator created", "user", u.ID)
	return u, nil
}
