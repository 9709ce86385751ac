// Package oidc lets people sign in through an issuer of OpenID Connect: the code flow with PKCE, a state and a nonce. It speaks
// with the issuer and serves the two paths that a browser is sent to; who the person is here, and may do, is package auth's.
//
// What has to be remembered between the two paths is in a cookie of the browser that began, so that any node may end it.
// The issuer is asked for its configuration when first needed: a server starts and local accounts work while it is down.
//
// Concurrency: a Client is safe for concurrent use.
package oidc
