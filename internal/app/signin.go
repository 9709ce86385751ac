package app

import (
	"context"
	"errors"
	"net/http"

	"github.com/waymarkhq/waymark/graph/model"
	"github.com/waymarkhq/waymark/internal/config"
	"github.com/waymarkhq/waymark/internal/oidc"
)

// singleSignOn serves the way to the issuer and back; nil for none.
func (a *App) singleSignOn() http.Handler {
	if a.cfg.OIDC.Issuer == "" {
		return nil
	}
	return oidc.Handler{
		Client: oidcClient(a.cfg.OIDC), People: a.people, Logger: a.log,
		BaseURL: func() string { return a.cfg.URL(a.Addr()) },
	}
}

// signInButton is what the sign-in page offers beside passwords; nil for nothing.
func signInButton(cfg config.Config) *model.SingleSignOn {
	if cfg.OIDC.Issuer == "" {
		return nil
	}
	return &model.SingleSignOn{Label: cfg.OIDC.Label, Path: oidc.LoginPath}
}

func oidcClient(cfg config.OIDC) *oidc.Client {
	o := oidc.Options{
		Issuer: cfg.Issuer, ClientID: cfg.ClientID, ClientSecret: cfg.ClientSecret, Scopes: cfg.Scopes, RoleClaim: cfg.RoleClaim,
		Domains: cfg.Domains, Create: cfg.Create,
	}
	for _, r := range cfg.Roles {
		o.Roles = append(o.Roles, oidc.Role{Group: r.Group, Grant: r.Grant})
	}
	return oidc.New(o)
}

// issuer examines the single sign-on.
func (d doctor) issuer(ctx context.Context) []finding {
	if d.cfg.OIDC.Issuer == "" {
		return []finding{found(good, "not used: people sign in with passwords")}
	}
	if err := oidcClient(d.cfg.OIDC).Check(ctx); err != nil {
		return []finding{found(bad, "%s does not answer as an issuer: check oidc-issuer and the way there (%v)", d.cfg.OIDC.Issuer, errors.Unwrap(err))}
	}
	out := []finding{found(good, "%s answers", d.cfg.OIDC.Issuer)}
	if d.cfg.PublicURL == nil {
		out = append(out, found(poor, "set --public-url: the issuer has to know %s behind it", oidc.CallbackPath))
	}
	return out
}
