// Package issuertest is an issuer of OpenID Connect on a port of this machine, for tests: discovery, keys, a page on which
// a person decides, code flow with PKCE, tokens that are really signed. It lives below internal/oidc because nothing else
// may import what speaks OpenID Connect, and never reaches the binary.
package issuertest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"time"

	goidc "github.com/coreos/go-oidc/v3/oidc"
	"github.com/coreos/go-oidc/v3/oidc/oidctest"
)

// keyID names the key that the issuer tells of.
const keyID = "k1"

// code is what the issuer hands out; each sign-in replaces the one before.
const code = "good"

// signingKey is made once: it costs more than all the rest.
var signingKey = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(fmt.Sprintf("make a key: %v", err))
	}
	return key
})

// Issuer vouches for one person at a time, Lin unless told, to one client.
type Issuer struct {
	*httptest.Server
	discovery      oidctest.Server
	client, secret string

	mu               sync.Mutex
	key              *rsa.PrivateKey
	claims, info     map[string]any
	nonce, challenge string
}

// New runs an issuer that knows a client by id and secret. Close ends it.
func New(client, secret string) *Issuer {
	key := signingKey()
	i := &Issuer{
		client: client, secret: secret, key: key,
		discovery: oidctest.Server{PublicKeys: []oidctest.PublicKey{{PublicKey: key.Public(), KeyID: keyID, Algorithm: goidc.RS256}}},
	}
	i.Server = httptest.NewServer(i)
	i.discovery.SetIssuer(i.URL)
	return i
}

// Vouch says what the next tokens claim, beside and in place of what they do by themselves; nil leaves a claim out.
func (i *Issuer) Vouch(claims map[string]any) { i.set(func() { i.claims = claims }) }

// Tell says what the issuer tells of the person on request.
func (i *Issuer) Tell(info map[string]any) { i.set(func() { i.info = info }) }

// SignWith has tokens signed with a key; that the issuer tells of another stays.
func (i *Issuer) SignWith(key *rsa.PrivateKey) { i.set(func() { i.key = key }) }

// Expect begins a sign-in as the authorization endpoint does: with the nonce for the token, and the challenge that the
// client's verifier has to fit.
func (i *Issuer) Expect(nonce, challenge string) {
	i.set(func() { i.nonce, i.challenge = nonce, challenge })
}

func (i *Issuer) set(f func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	f()
}

// ServeHTTP implements http.Handler.
func (i *Issuer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	switch r.URL.Path {
	case "/authorize":
		i.authorize(w, r)
	case "/token":
		i.token(w, r)
	case "/userinfo":
		answer(w, i.userInfo())
	case "/.well-known/openid-configuration":
		recorder := httptest.NewRecorder()
		i.discovery.ServeHTTP(recorder, r)
		document := map[string]any{}
		_ = json.Unmarshal(recorder.Body.Bytes(), &document)
		document["authorization_endpoint"], document["token_endpoint"] = i.URL+"/authorize", i.URL+"/token"
		document["userinfo_endpoint"] = i.URL + "/userinfo"
		answer(w, document)
	default:
		i.discovery.ServeHTTP(w, r)
	}
}

// userInfo is what the issuer tells of the person on request.
func (i *Issuer) userInfo() map[string]any {
	info := map[string]any{"sub": "s1"}
	if sub, told := i.claims["sub"]; told {
		info["sub"] = sub
	}
	maps.Copy(info, i.info)
	return info
}

func answer(w http.ResponseWriter, document any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(document)
}

var page = template.Must(template.New("page").Parse(`<!doctype html><title>Issuer</title><link rel="icon" href="data:,"><h1>Sign in as {{.Name}}?</h1>
<a id="yes" href="{{.Yes}}">Yes</a> <a id="no" href="{{.No}}">No</a>
`))

// authorize asks the person, whose answer leads back to the client.
func (i *Issuer) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || q.Get("client_id") != i.client || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" {
		http.Error(w, "this is no sign-in of a client that is known here", http.StatusBadRequest)
		return
	}
	i.nonce, i.challenge = q.Get("nonce"), q.Get("code_challenge")
	to := func(name, value string) string {
		there := *back
		there.RawQuery = url.Values{name: {value}, "state": {q.Get("state")}}.Encode()
		return there.String()
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_ = page.Execute(w, map[string]any{"Name": i.person()["name"], "Yes": to("code", code), "No": to("error", "access_denied")})
}

// token takes a code for a token: from the client that it is for, with the verifier of its challenge.
func (i *Issuer) token(w http.ResponseWriter, r *http.Request) {
	client, secret, inHeader := r.BasicAuth()
	if !inHeader {
		client, secret = r.FormValue("client_id"), r.FormValue("client_secret")
	}
	if client != i.client || secret != i.secret {
		http.Error(w, `{"error":"invalid_client"}`, http.StatusUnauthorized)
		return
	}
	sum := sha256.Sum256([]byte(r.FormValue("code_verifier")))
	if base64.RawURLEncoding.EncodeToString(sum[:]) != i.challenge || r.FormValue("code") != code {
		http.Error(w, `{"error":"invalid_grant"}`, http.StatusBadRequest)
		return
	}
	claims, _ := json.Marshal(i.person()) // plain values
	answer(w, map[string]any{
		"access_token": "a", "token_type": "Bearer", "id_token": oidctest.SignIDToken(i.key, keyID, goidc.RS256, string(claims)),
	})
}

// person is what the next token claims.
func (i *Issuer) person() map[string]any {
	now := time.Now()
	claims := map[string]any{
		"iss": i.URL, "aud": i.client, "exp": now.Add(time.Hour).Unix(), "iat": now.Unix(), "nonce": i.nonce,
		"sub": "s1", "email": "lin@example.com", "email_verified": true, "name": "Lin",
	}
	maps.Copy(claims, i.claims)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	return claims
}
