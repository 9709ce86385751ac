package oidc

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	goidc "github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/fault"
)

// issuerTimeout bounds each request to the issuer.
const issuerTimeout = 10 * time.Second

// Options say which issuer, and what its people are here. Issuer and ClientID are needed.
type Options struct {
	Issuer, ClientID, ClientSecret string
	Scopes                         []string
	// RoleClaim is the claim that holds the person's groups; a dot leads into an object: realm_access.roles.
	RoleClaim string
	// Roles are what the groups give.
	Roles []Role
	// Domains are those of addresses that may sign in; none for all.
	Domains []string
	// Create makes accounts for whoever the issuer knows; otherwise people have to be invited.
	Create bool
	// Now is the wall clock; default time.Now.
	Now func() time.Time
	// HTTP asks the issuer; default a client with a timeout.
	HTTP *http.Client
}

// Role is what the people of a group of the issuer may do here.
type Role struct {
	Group string
	auth.Grant
}

// Client speaks with one issuer.
type Client struct {
	o Options

	mu       sync.Mutex
	provider *goidc.Provider // nil until the issuer has answered
}

// New returns a client. It asks nothing yet.
func New(o Options) *Client {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.HTTP == nil {
		o.HTTP = &http.Client{Timeout: issuerTimeout}
	}
	return &Client{o: o}
}

// Check asks the issuer for its configuration. UNAVAILABLE when it cannot be had.
func (c *Client) Check(ctx context.Context) error {
	_, err := c.discover(ctx)
	return err
}

// discover returns the issuer's configuration, asking for it until it was had once.
func (c *Client) discover(ctx context.Context) (*goidc.Provider, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.provider != nil {
		return c.provider, nil
	}
	// The provider fetches keys later on, when this request is long over; the client's timeout bounds that.
	p, err := goidc.NewProvider(goidc.ClientContext(context.WithoutCancel(ctx), c.o.HTTP), c.o.Issuer)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "issuer_unavailable", "the single sign-on does not answer").Because(err)
	}
	c.provider = p
	return p, nil
}

func (c *Client) config(p *goidc.Provider, redirect string) *oauth2.Config {
	return &oauth2.Config{
		ClientID: c.o.ClientID, ClientSecret: c.o.ClientSecret, Endpoint: p.Endpoint(), RedirectURL: redirect, Scopes: c.o.Scopes,
	}
}

// attempt is what is remembered of a sign-in that was begun.
type attempt struct {
	State    string `json:"s"`
	Nonce    string `json:"n"`
	Verifier string `json:"v"`
	Return   string `json:"r"`
}

// begin returns where to send the browser.
func (c *Client) begin(ctx context.Context, redirect string, a *attempt) (string, error) {
	p, err := c.discover(ctx)
	if err != nil {
		return "", err
	}
	return c.config(p, redirect).AuthCodeURL(a.State, goidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)), nil
}

// finish turns the issuer's code into the person that it vouches for. UNAUTHENTICATED with reason sign_in_failed for a code or a
// token that does not hold.
func (c *Client) finish(ctx context.Context, redirect, code string, a *attempt) (*auth.External, error) {
	p, err := c.discover(ctx)
	if err != nil {
		return nil, err
	}
	ctx = goidc.ClientContext(ctx, c.o.HTTP)
	token, err := c.config(p, redirect).Exchange(ctx, code, oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return nil, failed(fmt.Errorf("exchange the code: %w", err))
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := p.VerifierContext(ctx, &goidc.Config{ClientID: c.o.ClientID, Now: c.o.Now}).Verify(ctx, raw)
	if err != nil {
		return nil, failed(fmt.Errorf("verify the token: %w", err))
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(a.Nonce)) == 0 {
		return nil, failed(errors.New("the token answers another sign-in: its nonce differs"))
	}
	if id.AccessTokenHash != "" {
		if err := id.VerifyAccessToken(token.AccessToken); err != nil {
			return nil, failed(fmt.Errorf("verify the access token: %w", err))
		}
	}
	claims := map[string]any{}
	if err := id.Claims(&claims); err != nil {
		return nil, failed(fmt.Errorf("read the claims: %w", err))
	}
	if err := c.complete(ctx, p, token, id.Subject, claims); err != nil {
		return nil, err
	}
	return c.person(id.Subject, claims)
}

// complete adds what the token leaves out and the issuer tells on request, e.g. the address.
func (c *Client) complete(ctx context.Context, p *goidc.Provider, token *oauth2.Token, subject string, claims map[string]any) error {
	isTold := claims["email"] != nil && (len(c.o.Roles) == 0 || c.claimed(claims) != nil)
	if isTold || p.UserInfoEndpoint() == "" {
		return nil
	}
	info, err := p.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return failed(fmt.Errorf("ask for the person: %w", err))
	}
	if info.Subject != subject {
		return failed(errors.New("the issuer tells of another person than the token does"))
	}
	more := map[string]any{}
	if err := info.Claims(&more); err != nil {
		return failed(fmt.Errorf("read the person: %w", err))
	}
	for name, value := range more {
		if _, told := claims[name]; !told {
			claims[name] = value
		}
	}
	return nil
}

// person reads the claims.
func (c *Client) person(subject string, claims map[string]any) (*auth.External, error) {
	p := &auth.External{
		Issuer: c.o.Issuer, Subject: subject, Email: strings.TrimSpace(text(claims, "email")), Verified: isTrue(claims["email_verified"]),
		Name: text(claims, "name"), Create: c.o.Create, Roles: c.roles(claims),
	}
	if p.Name == "" {
		p.Name = text(claims, "preferred_username")
	}
	if p.Name == "" {
		p.Name = p.Email
	}
	if len(c.o.Domains) == 0 {
		return p, nil
	}
	_, domain, _ := strings.Cut(p.Email, "@")
	if !p.Verified {
		return nil, fault.New(fault.Forbidden, "email_unverified", "the single sign-on does not vouch for your mail address")
	}
	if !slices.ContainsFunc(c.o.Domains, func(d string) bool { return strings.EqualFold(d, domain) }) {
		return nil, fault.New(fault.Forbidden, "domain_not_allowed", "people of your mail domain may not sign in here")
	}
	return p, nil
}

// claimed returns what the claims say of somebody's groups, nil for nothing.
func (c *Client) claimed(claims map[string]any) any {
	var value any = claims
	for part := range strings.SplitSeq(c.o.RoleClaim, ".") {
		object, _ := value.(map[string]any)
		value = object[part]
	}
	return value
}

// roles are what the person's groups give.
func (c *Client) roles(claims map[string]any) (grants []auth.Grant) {
	var groups []string
	switch v := c.claimed(claims).(type) {
	case string:
		groups = []string{v}
	case []any:
		for _, g := range v {
			if name, ok := g.(string); ok {
				groups = append(groups, name)
			}
		}
	}
	for _, r := range c.o.Roles {
		if slices.Contains(groups, r.Group) {
			grants = append(grants, r.Grant)
		}
	}
	return grants
}

func text(claims map[string]any, name string) string {
	s, _ := claims[name].(string)
	return s
}

// isTrue reads a claim that some issuers write as a text.
func isTrue(v any) bool { return v == true || v == "true" }

// failed is a sign-in that did not hold; why is for the log.
func failed(err error) error {
	return fault.New(fault.Unauthenticated, "sign_in_failed", "the single sign-on did not work; try again").Because(err)
}
