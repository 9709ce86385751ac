package config

import (
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/waymarkhq/waymark/internal/auth"
)

// OIDC is the single sign-on through an issuer of OpenID Connect.
type OIDC struct {
	Issuer                 string // empty for none
	ClientID, ClientSecret string
	Label                  string
	Scopes                 []string
	RoleClaim              string
	Roles                  []OIDCRole
	Domains                []string
	// Create makes an account for everybody that the issuer knows.
	Create bool
}

// OIDCRole is what the people of a group of the issuer may do.
type OIDCRole struct {
	Group string
	auth.Grant
}

// accounts says who gets an account.
type accounts string

const (
	accountsInvited accounts = "invited"
	accountsCreate  accounts = "create"
)

func (c *checker) oidc(in *Settings) OIDC {
	out := OIDC{
		Issuer: strings.TrimSpace(in.OIDCIssuer), ClientID: strings.TrimSpace(in.OIDCClientID), Label: in.OIDCLabel,
		ClientSecret: c.secret(in.OIDCClientSecret, in.OIDCClientSecretFile), RoleClaim: in.OIDCRoleClaim,
		Scopes: trimmed(in.OIDCScopes), Domains: trimmed(in.OIDCDomains), Roles: c.oidcRoles(in.OIDCRoles),
		Create: oneOf(c, "oidc-accounts", in.OIDCAccounts, accountsInvited, accountsCreate) == accountsCreate,
	}
	for _, d := range out.Domains {
		if strings.ContainsAny(d, "@ /") || !strings.Contains(d, ".") {
			c.refuse("oidc-domains", "invalid_domain", "must look like example.com, not "+strconv.Quote(d))
		}
	}
	if out.Issuer == "" {
		if out.ClientID != "" || out.ClientSecret != "" {
			c.refuse("oidc-issuer", "incomplete", "oidc-issuer, oidc-client-id and its secret go together")
		}
		return OIDC{}
	}
	u, err := url.Parse(out.Issuer)
	if err != nil || u.Host == "" || u.User != nil || (u.Scheme != "https" && (u.Scheme != "http" || !isLoopback(hostPort(u)))) {
		c.refuse("oidc-issuer", "invalid_url", "must look like https://login.example.com, not "+strconv.Quote(redact(out.Issuer)))
	}
	if out.ClientID == "" {
		c.refuse("oidc-client-id", "required", "is needed with oidc-issuer")
	}
	if !slices.Contains(out.Scopes, "openid") {
		out.Scopes = append([]string{"openid"}, out.Scopes...)
	}
	return out
}

// hostPort is the host of a URL with some port.
func hostPort(u *url.URL) string {
	if u.Port() != "" {
		return u.Host
	}
	return u.Host + ":80"
}

// secret is the client's, as it is given or from the file that holds it.
func (c *checker) secret(value, file string) string {
	if file == "" {
		return value
	}
	if value != "" {
		c.refuse("oidc-client-secret-file", "ambiguous", "give oidc-client-secret or oidc-client-secret-file, not both")
		return value
	}
	text, err := os.ReadFile(file) //nolint:gosec // the operator names it
	if err != nil {
		c.refuse("oidc-client-secret-file", "unreadable", "cannot be read: "+err.Error())
	}
	return strings.TrimSpace(string(text))
}

func (c *checker) oidcRoles(values []string) (roles []OIDCRole) {
	for _, value := range trimmed(values) {
		i := strings.LastIndexByte(value, '=')
		if i < 1 {
			c.refuse("oidc-roles", "invalid_role", "must look like shop-editors=shop:editor or ops=admin, not "+strconv.Quote(value))
			continue
		}
		app, name, inApp := strings.Cut(value[i+1:], ":")
		if !inApp {
			app, name = "", app
		}
		role := auth.Role(strings.ToUpper(strings.TrimSpace(name)))
		if auth.SetOf(role) == 0 {
			c.refuse("oidc-roles", "unknown_role", strconv.Quote(name)+" is not a role")
			continue
		}
		roles = append(roles, OIDCRole{Group: strings.TrimSpace(value[:i]), Grant: auth.Grant{Role: role, App: strings.TrimSpace(app)}})
	}
	return roles
}

func trimmed(values []string) (list []string) {
	for _, v := range values {
		if v = strings.TrimSpace(v); v != "" {
			list = append(list, v)
		}
	}
	return list
}
