package e2e_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/oidc/issuertest"
)

// TestInvitationInTheBrowser: who is invited makes an account on the page, and signs in with it.
func TestInvitationInTheBrowser(t *testing.T) {
	t.Parallel()
	s := start(t)
	admin := s.admin(t)
	makeShop(t, admin)
	node(t, "invitation.mjs", "--link", s.URL+invite(t, admin, "bob@example.com", "EDITOR"), "--email", "bob@example.com",
		"--name", "小波 🧭", "--password", "correct-horse-battery")
	require.Equal(t, []string{"EDITOR by hand"}, rolesOf(t, admin, "bob@example.com"))
}

// TestSingleSignOnInTheBrowser: the button leads to the issuer and back, for whom the server lets in, with the roles of
// their groups.
func TestSingleSignOnInTheBrowser(t *testing.T) {
	t.Parallel()
	issuer := issuertest.New("waymark", "s3cret")
	t.Cleanup(issuer.Close)
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte("s3cret\n"), 0o600))
	s := start(t, "WAYMARK_OIDC_ISSUER="+issuer.URL, "WAYMARK_OIDC_CLIENT_ID=waymark", "WAYMARK_OIDC_CLIENT_SECRET_FILE="+secret,
		"WAYMARK_OIDC_LABEL=Company", "WAYMARK_OIDC_ROLE_CLAIM=realm.roles", "--oidc-roles=shop-testers=shop:tester,shop-leads=shop:reviewer")
	admin := s.admin(t)
	makeShop(t, admin)
	way := []string{"--url", s.URL, "--issuer", issuer.URL, "--label", "Company"}
	belongs := func(groups ...string) {
		issuer.Vouch(map[string]any{"realm": map[string]any{"roles": groups}})
	}

	belongs("shop-testers")
	node(t, "sso.mjs", append(way, "--refused", "You have no account here")...)
	invite(t, admin, "lin@example.com", "VIEWER")
	node(t, "sso.mjs", append(way, "--who", "Lin · lin@example.com")...)
	require.Equal(t, []string{"VIEWER by hand", "TESTER by the issuer"}, rolesOf(t, admin, "lin@example.com"))
	belongs("shop-leads", "others")
	node(t, "sso.mjs", append(way, "--who", "Lin · lin@example.com")...)
	require.Equal(t, []string{"VIEWER by hand", "REVIEWER by the issuer"}, rolesOf(t, admin, "lin@example.com"))
}

func makeShop(t *testing.T, admin *client) {
	t.Helper()
	admin.must(t, `mutation { createApp(input: {key: "shop", name: "商城"}) { app { id } } }`, nil)
}

// invite invites somebody into the shop and returns the path of the link.
func invite(t *testing.T, admin *client, email, role string) (path string) {
	t.Helper()
	return admin.must(t, `mutation($email: String!, $role: Role!) {
		inviteUser(input: {email: $email, name: "Guest", roles: [{role: $role, app: "shop"}]}) { path } }`,
		vars{"email": email, "role": role}).text("inviteUser", "path")
}

// rolesOf are the roles of somebody in the shop, and who gave them.
func rolesOf(t *testing.T, admin *client, email string) (roles []string) {
	t.Helper()
	for _, u := range admin.must(t, `{ users { nodes { email roles { role mapped app { key } } } } }`, nil).list("users", "nodes") {
		if u.text("email") != email {
			continue
		}
		for _, r := range u.list("roles") {
			require.Equal(t, "shop", r.text("app", "key"))
			by := "by hand"
			if r.at("mapped").v == true {
				by = "by the issuer"
			}
			roles = append(roles, r.text("role")+" "+by)
		}
	}
	return roles
}

// TestSingleSignOnIsConfigured: the doctor asks the issuer, and what does not go together is refused before anything runs.
func TestSingleSignOnIsConfigured(t *testing.T) {
	t.Parallel()
	issuer := issuertest.New("waymark", "s3cret")
	t.Cleanup(issuer.Close)
	dir := t.TempDir()
	doctor := func(env ...string) (string, error) {
		return waymark(t, append(env, "WAYMARK_DATA_DIR="+dir), "doctor")
	}
	out, err := doctor()
	require.NoError(t, err, out)
	require.Contains(t, out, "not used: people sign in with passwords")
	out, err = doctor("WAYMARK_OIDC_ISSUER="+issuer.URL, "WAYMARK_OIDC_CLIENT_ID=waymark")
	require.NoError(t, err, out)
	require.Contains(t, out, issuer.URL+" answers")
	require.Contains(t, out, "set --public-url")
	out, err = doctor("WAYMARK_OIDC_ISSUER="+issuer.URL, "WAYMARK_OIDC_CLIENT_ID=waymark", "WAYMARK_PUBLIC_URL=http://127.0.0.1:8080")
	require.NoError(t, err, out)
	require.NotContains(t, out, "set --public-url")
	out, err = doctor("WAYMARK_OIDC_ISSUER="+issuer.URL+"/elsewhere", "WAYMARK_OIDC_CLIENT_ID=waymark", "WAYMARK_OIDC_CLIENT_SECRET=s3cret")
	require.Error(t, err)
	require.Contains(t, out, "does not answer as an issuer")
	require.NotContains(t, out, "s3cret")

	for env, want := range map[string]string{
		"WAYMARK_OIDC_CLIENT_SECRET=s3cret":                        "oidc-issuer, oidc-client-id and its secret go together",
		"WAYMARK_OIDC_ISSUER=https://login.example.com":            "is needed with oidc-issuer",
		"WAYMARK_OIDC_ISSUER=http://login.example.com":             "WAYMARK_OIDC_ISSUER: must look like https://login.example.com",
		"WAYMARK_OIDC_ISSUER=https://ann:s3cret@login.example.com": "WAYMARK_OIDC_ISSUER: must look like https://login.example.com",
		"WAYMARK_OIDC_CLIENT_SECRET_FILE=" + dir + "/none":         "WAYMARK_OIDC_CLIENT_SECRET_FILE: cannot be read",
		"WAYMARK_OIDC_ROLES=editors":                               "WAYMARK_OIDC_ROLES: must look like",
		"WAYMARK_OIDC_ROLES=editors=shop:boss":                     `WAYMARK_OIDC_ROLES: "boss" is not a role`,
		"WAYMARK_OIDC_ACCOUNTS=all":                                "WAYMARK_OIDC_ACCOUNTS: ",
	} {
		for _, command := range [][]string{{"doctor"}, {"serve", "--addr", "127.0.0.1:0"}} {
			out, err := waymark(t, []string{env, "WAYMARK_DATA_DIR=" + dir}, command...)
			require.Error(t, err, "%s: %s", env, out)
			require.Contains(t, out, want, env)
			require.NotContains(t, out, "s3cret")
		}
	}
}
