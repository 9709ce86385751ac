package auth

import (
	"context"
	"fmt"
	"time"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/app"
	"github.com/waymarkhq/waymark/ent/invitation"
	"github.com/waymarkhq/waymark/ent/schema"
	"github.com/waymarkhq/waymark/ent/user"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
)

// invitationLife is how long an invitation is good.
const invitationLife = 7 * 24 * time.Hour

// errInvitation is the answer to a wrong, used, revoked or expired token: all look the same.
var errInvitation = fault.New(fault.Unauthenticated, "invitation_unknown",
	"this invitation is not valid any more, or never was; ask for a new one")

// Invite is somebody who is to make their own account.
type Invite struct {
	Email, Name string
	Roles       []Grant
}

// InviteUser makes a one-time link with which somebody makes their own account, and returns the link's token, which is shown this
// once. Administrators of an app may invite into that app; everything else is for the organisation's. INVALID_INPUT names each
// refused field; CONFLICT when the address has an account: give it roles instead.
func (s *Service) InviteUser(ctx context.Context, in Invite) (*ent.Invitation, string, error) {
	p, err := From(ctx)
	if err != nil {
		return nil, "", err
	}
	var f fault.Fields
	in.Email, in.Name = cleanEmail(&f, in.Email), cleanName(&f, in.Name)
	if len(in.Roles) == 0 {
		f.Add("input.roles", "required", "needs at least one role")
	}
	for i, g := range in.Roles {
		if SetOf(g.Role) == 0 {
			f.Add(fmt.Sprintf("input.roles[%d].role", i), "unknown_role", "is not a role")
		}
	}
	refused := f.Err()
	secret := randomText(secretLength)
	row, err := store.InTx(ctx, s.store, func(ctx context.Context, tx *ent.Tx) (*ent.Invitation, error) {
		appID, grants, err := invitable(ctx, tx, in.Roles)
		if err != nil {
			return nil, err
		}
		if refused != nil {
			return nil, refused
		}
		taken, err := tx.User.Query().Where(user.EmailKey(emailKey(in.Email))).Exist(ctx)
		if err != nil {
			return nil, err
		}
		if taken {
			return nil, emailTaken()
		}
		return tx.Invitation.Create().SetNillableAppID(appID).SetEmail(in.Email).SetName(in.Name).SetHash(hashSecret(secret)).
			SetGrants(grants).SetExpiresAt(s.now().Add(invitationLife)).SetCreatedAt(s.now()).
			SetCreatedByID(p.UserID()).SetUpdatedByID(p.UserID()).Save(ctx)
	})
	if err != nil {
		return nil, "", fmt.Errorf("invite user: %w", err)
	}
	s.log.InfoContext(ctx, "user invited", "invitation", row.ID, "by", p.UserID())
	return row, secret, nil
}

// invitable judges whether who is asking may invite with the roles, and finds their apps. The app is the one that all are in, nil
// where there is no such.
func invitable(ctx context.Context, tx *ent.Tx, roles []Grant) (appID *string, grants []schema.Grant, err error) {
	one := len(roles) > 0 && roles[0].App != ""
	for _, g := range roles {
		one = one && g.App == roles[0].App
	}
	if !one { // before anything is looked up: who may not must not learn which apps there are
		if err := Allow(ctx, "Mutation.inviteUser", ""); err != nil {
			return nil, nil, err
		}
	}
	for _, g := range roles {
		id, err := appIDOf(ctx, tx, g.App)
		if err != nil {
			return nil, nil, err
		}
		grants = append(grants, schema.Grant{AppID: id, Role: string(g.Role)})
	}
	if !one {
		return nil, grants, nil
	}
	o := Object{App: grants[0].AppID, Type: "App", Name: roles[0].App}
	return &grants[0].AppID, grants, AllowOn(ctx, "Mutation.inviteUser", o)
}

// RevokeInvitation makes an invitation's link void. Twice is as good as once; NOT_FOUND; FAILED_PRECONDITION when it was accepted.
func (s *Service) RevokeInvitation(ctx context.Context, id string) (*ent.Invitation, error) {
	p, err := From(ctx)
	if err != nil {
		return nil, err
	}
	row, err := store.InTx(ctx, s.store, func(ctx context.Context, tx *ent.Tx) (*ent.Invitation, error) {
		row, err := tx.Invitation.Get(ctx, id)
		if err != nil {
			return nil, found(err, "Invitation", id)
		}
		if err := AllowOn(ctx, "Mutation.revokeInvitation", Object{App: row.AppID, Type: "Invitation", Name: id}); err != nil {
			return nil, err
		}
		switch {
		case row.AcceptedAt != nil:
			return nil, fault.New(fault.FailedPrecondition, "invitation_accepted", "it was accepted: take the roles or deactivate the person")
		case row.RevokedAt != nil:
			return row, nil
		}
		return row.Update().SetRevokedAt(s.now()).SetUpdatedByID(p.UserID()).Save(ctx)
	})
	if err != nil {
		return nil, fmt.Errorf("revoke invitation: %w", err)
	}
	return row, nil
}

// AcceptInvitation is the invited person's own account.
type AcceptInvitation struct{ Token, Name, Password string }

// AcceptInvitation makes the account that an invitation is for, with its roles, and signs the person in. Who has got an account
// with that address meanwhile gives its password, and gets the roles. UNAUTHENTICATED with reason invitation_unknown for a link that is
// not good; INVALID_INPUT names each refused field; RATE_LIMITED for guessing; FAILED_PRECONDITION outside an HTTP request.
func (s *Service) AcceptInvitation(ctx context.Context, in AcceptInvitation) (*Principal, error) {
	x, err := exchangeOf(ctx)
	if err != nil {
		return nil, err
	}
	giveBack, err := s.throttle.guess("invitation from "+x.address, x.address)
	if err != nil {
		return nil, err
	}
	row, err := s.store.Read().Invitation.Query().Where(invitation.Hash(hashSecret(in.Token))).Only(ctx)
	if err == nil && !s.open(row) || ent.IsNotFound(err) {
		return nil, errInvitation
	}
	giveBack()
	if err != nil {
		return nil, fmt.Errorf("look up invitation: %w", store.Fault(err))
	}
	u, err := s.welcome(ctx, row, in, x.address)
	if err != nil {
		return nil, fmt.Errorf("accept invitation: %w", err)
	}
	s.log.InfoContext(ctx, "invitation accepted", "invitation", row.ID, "user", u.ID)
	return s.openSession(ctx, u, x)
}

// open reports whether an invitation may still be accepted.
func (s *Service) open(row *ent.Invitation) bool {
	return row.AcceptedAt == nil && row.RevokedAt == nil && s.now().Before(row.ExpiresAt)
}

// welcome makes the invited person's account, or finds it, and gives it the roles.
func (s *Service) welcome(ctx context.Context, row *ent.Invitation, in AcceptInvitation, address string) (*ent.User, error) {
	known, err := s.store.Read().User.Query().Where(user.EmailKey(emailKey(row.Email))).Exist(ctx)
	if err != nil {
		return nil, store.Fault(err)
	}
	if known {
		u, err := s.checkPassword(ctx, SignIn{Email: row.Email, Password: in.Password}, address)
		if err != nil {
			return nil, err
		}
		return u, s.accept(ctx, row.ID, u, nil)
	}
	made := CreateUser{Email: row.Email, Name: in.Name, Password: in.Password}
	hash, err := s.hashNew(ctx, &made)
	if err != nil {
		return nil, err
	}
	u := &ent.User{ID: schema.NewID("usr"), Email: made.Email, Name: made.Name, PasswordHash: hash}
	return u, s.accept(ctx, row.ID, u, func(ctx context.Context, tx *ent.Tx, by string) error {
		taken, err := tx.User.Query().Where(user.EmailKey(emailKey(u.Email))).Exist(ctx)
		if err != nil {
			return err
		}
		if taken {
			return emailTaken()
		}
		return tx.User.Create().SetID(u.ID).SetEmail(u.Email).SetEmailKey(emailKey(u.Email)).SetName(u.Name).SetPasswordHash(hash).
			SetCreatedByID(by).SetUpdatedByID(by).Exec(ctx)
	})
}

// accept uses an invitation up and gives a person its roles; prepare makes the account first. In the audit log it is the
// person who did it; the roles were made by who invited.
func (s *Service) accept(ctx context.Context, id string, u *ent.User, prepare func(context.Context, *ent.Tx, string) error) error {
	ctx = With(ctx, NewPrincipal(Identity{UserID: u.ID, Name: u.Name}))
	return s.store.Tx(ctx, func(ctx context.Context, tx *ent.Tx) error {
		row, err := tx.Invitation.Get(ctx, id)
		if err != nil {
			return err
		}
		if !s.open(row) {
			return errInvitation
		}
		if prepare != nil {
			if err := prepare(ctx, tx, row.CreatedByID); err != nil {
				return err
			}
		}
		s.announce(ctx, nil, u.ID)
		return s.redeem(ctx, tx, row, u.ID)
	})
}

// redeem gives a person the roles of an invitation, and uses it up.
func (s *Service) redeem(ctx context.Context, tx *ent.Tx, row *ent.Invitation, userID string) error {
	by := NewPrincipal(Identity{UserID: row.CreatedByID})
	for _, g := range row.Grants {
		if g.AppID != "" {
			there, err := tx.App.Query().Where(app.ID(g.AppID)).Exist(ctx)
			if err != nil {
				return err
			}
			if !there {
				continue // the app is gone
			}
		}
		if _, err := insertMembership(ctx, tx, by, userID, placed{role: Role(g.Role), appID: g.AppID}); err != nil {
			return err
		}
	}
	return row.Update().SetAcceptedAt(s.now()).SetAcceptedByID(userID).SetUpdatedByID(userID).Exec(ctx)
}
