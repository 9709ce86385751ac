package auth

import (
	"context"
	"fmt"
	"slices"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/externalidentity"
	"github.com/waymarkhq/waymark/ent/invitation"
	"github.com/waymarkhq/waymark/ent/membership"
	"github.com/waymarkhq/waymark/ent/schema"
	"github.com/waymarkhq/waymark/ent/user"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
)

// External is a person that an issuer vouches for.
type External struct {
	// Issuer and Subject say who it is, for good.
	Issuer, Subject string
	// Email is the address, Verified whether the issuer vouches for it.
	Email    string
	Verified bool
	Name     string
	// Roles are what the issuer's claims give, as far as such apps exist.
	Roles []Grant
	// Create makes an account where there is none; otherwise only who was invited gets one.
	Create bool
}

// SignInExternally opens a session for whom an issuer vouches for, as SignIn does. The person is who signed in as this subject before,
// or else who has the address, if the issuer vouches for that; or else is new. The roles that the claims give are
// given, those that they gave before and do not any more are taken; what was given by hand stays.
//
// UNAUTHENTICATED with reason user_deactivated; FORBIDDEN with reason email_unverified, linked_elsewhere (the address belongs to
// somebody who signed in as another subject) or not_invited; FAILED_PRECONDITION outside an HTTP request.
func (s *Service) SignInExternally(ctx context.Context, e External) (*Principal, error) {
	x, err := exchangeOf(ctx)
	if err != nil {
		return nil, err
	}
	known, err := s.acquaint(ctx, e)
	if err != nil {
		s.metrics.signIns.WithLabelValues("wrong").Inc()
		return nil, fmt.Errorf("sign in by %s: %w", e.Issuer, err)
	}
	p, err := s.openSession(ctx, known, x)
	if err != nil {
		return nil, err
	}
	s.metrics.signIns.WithLabelValues("ok").Inc()
	s.log.InfoContext(ctx, "signed in", "user", known.ID, "session", p.SessionID(), "address", x.address, "issuer", e.Issuer)
	return p, nil
}

// acquaint finds or makes the account of a person, and brings the roles up to date.
func (s *Service) acquaint(ctx context.Context, e External) (*ent.User, error) {
	who, err := s.externalID(ctx, e)
	if err != nil {
		return nil, err
	}
	ctx = With(ctx, NewPrincipal(Identity{UserID: who, Name: e.Name}))
	return store.InTx(ctx, s.store, func(ctx context.Context, tx *ent.Tx) (*ent.User, error) {
		u, err := s.recognise(ctx, tx, e, who)
		if err != nil {
			return nil, err
		}
		if u.DeactivatedAt != nil {
			return nil, errUserDeactivated
		}
		return u, s.remap(ctx, tx, u, e)
	})
}

// externalID is the id that the person has or will have, for the audit log to name.
func (s *Service) externalID(ctx context.Context, e External) (string, error) {
	id, err := s.store.Read().ExternalIdentity.Query().
		Where(externalidentity.Issuer(e.Issuer), externalidentity.Subject(e.Subject)).QueryUser().OnlyID(ctx)
	if ent.IsNotFound(err) {
		id, err = s.store.Read().User.Query().Where(user.EmailKey(emailKey(e.Email))).OnlyID(ctx)
	}
	if ent.IsNotFound(err) {
		return schema.NewID("usr"), nil
	}
	return id, store.Fault(err)
}

// recognise returns the account of a person: the subject's, else the address's, else a new one with the given id.
func (s *Service) recognise(ctx context.Context, tx *ent.Tx, e External, newID string) (*ent.User, error) {
	u, err := tx.ExternalIdentity.Query().
		Where(externalidentity.Issuer(e.Issuer), externalidentity.Subject(e.Subject)).QueryUser().Only(ctx)
	if !ent.IsNotFound(err) {
		return u, err
	}
	if !e.Verified || e.Email == "" {
		return nil, fault.New(fault.Forbidden, "email_unverified", "the single sign-on does not vouch for your mail address")
	}
	u, err = tx.User.Query().Where(user.EmailKey(emailKey(e.Email))).Only(ctx)
	switch {
	case ent.IsNotFound(err):
		if u, err = s.admit(ctx, tx, e, newID); err != nil {
			return nil, err
		}
	case err != nil:
		return nil, err
	case u.DeactivatedAt != nil:
		return nil, errUserDeactivated
	}
	other, err := tx.ExternalIdentity.Query().
		Where(externalidentity.UserID(u.ID), externalidentity.Issuer(e.Issuer)).Exist(ctx)
	if err != nil {
		return nil, err
	}
	if other { // addresses are given to others; subjects are not
		return nil, fault.New(fault.Forbidden, "linked_elsewhere", "this address belongs to somebody else here; ask an administrator")
	}
	return u, tx.ExternalIdentity.Create().SetUserID(u.ID).SetIssuer(e.Issuer).SetSubject(e.Subject).
		SetCreatedByID(u.ID).SetUpdatedByID(u.ID).Exec(ctx)
}

// admit makes the account of a new person: with the roles of the invitations for the address, or if anybody may come in. It has no
// password.
func (s *Service) admit(ctx context.Context, tx *ent.Tx, e External, id string) (*ent.User, error) {
	var f fault.Fields
	e.Email = cleanEmail(&f, e.Email)
	e.Name = cleanName(&f, shorten(e.Name, maxName))
	if err := f.Err(); err != nil {
		return nil, err
	}
	invited, err := s.invitationsFor(ctx, tx, e.Email)
	if err != nil {
		return nil, err
	}
	if len(invited) == 0 && !e.Create {
		return nil, fault.New(fault.Forbidden, "not_invited", "you have no account here; ask an administrator for an invitation")
	}
	u, err := tx.User.Create().SetID(id).SetEmail(e.Email).SetEmailKey(emailKey(e.Email)).SetName(e.Name).SetPasswordHash("").
		SetCreatedByID(id).SetUpdatedByID(id).Save(ctx)
	if err != nil {
		return nil, err
	}
	for _, row := range invited {
		if err := s.redeem(ctx, tx, row, id); err != nil {
			return nil, err
		}
	}
	return u, nil
}

// invitationsFor returns the open invitations for an address.
func (s *Service) invitationsFor(ctx context.Context, tx *ent.Tx, email string) ([]*ent.Invitation, error) {
	rows, err := tx.Invitation.Query().Where(invitation.AcceptedAtIsNil(), invitation.RevokedAtIsNil(),
		invitation.ExpiresAtGT(s.now())).Order(ent.Asc(invitation.FieldID)).All(ctx)
	return slices.DeleteFunc(rows, func(r *ent.Invitation) bool { return emailKey(r.Email) != emailKey(email) }), err
}

// remap gives the roles that the claims give and takes those that they gave and do not any more.
func (s *Service) remap(ctx context.Context, tx *ent.Tx, u *ent.User, e External) error {
	wanted := map[placed]bool{}
	for _, g := range e.Roles {
		appID, err := appIDOf(ctx, tx, g.App)
		if fault.Is(err, fault.NotFound) {
			s.log.WarnContext(ctx, "a role is mapped to an app that is not there", "app", g.App, "role", string(g.Role))
			continue
		}
		if err != nil {
			return err
		}
		wanted[placed{role: g.Role, appID: appID}] = true
	}
	held, err := tx.Membership.Query().Where(membership.UserID(u.ID)).All(ctx)
	if err != nil {
		return err
	}
	changed := false
	for _, m := range held {
		g := placed{role: Role(m.Role), appID: m.AppID}
		keep := wanted[g] || !m.Mapped
		delete(wanted, g)
		if keep {
			continue
		}
		taken, err := s.unmap(ctx, tx, m)
		if err != nil {
			return err
		}
		changed = changed || taken
	}
	for g := range wanted {
		changed = true
		row := tx.Membership.Create().SetUserID(u.ID).SetRole(string(g.role)).SetMapped(true).SetCreatedByID(u.ID).SetUpdatedByID(u.ID)
		if g.appID != "" {
			row.SetAppID(g.appID)
		}
		if err := row.Exec(ctx); err != nil {
			return err
		}
	}
	if changed {
		s.announce(ctx, nil, u.ID)
	}
	return nil
}

// unmap takes a role that the claims do not give any more, unless nobody would administrate the organisation then.
func (s *Service) unmap(ctx context.Context, tx *ent.Tx, m *ent.Membership) (bool, error) {
	if m.AppID == "" && Role(m.Role) == Admin {
		others, err := tx.Membership.Query().Where(membership.IDNEQ(m.ID), membership.Role(string(Admin)), membership.AppIDIsNil(),
			membership.HasUserWith(user.DeactivatedAtIsNil())).Exist(ctx)
		if err != nil {
			return false, err
		}
		if !others {
			s.log.WarnContext(ctx, "the last administrator stays one, although the issuer takes the role", "user", m.UserID)
			return false, nil
		}
	}
	return true, tx.Membership.DeleteOne(m).Exec(ctx)
}
