// Package outward is the only way out: the HTTP client for requests to addresses that people of this server have typed in.
// It keeps such a person from reaching what only the server can reach: the machine itself, the network behind it, the
// cloud's metadata.
//
// A connection is checked where it is made: after the name was resolved, on the very address that is dialled. So a name
// that answers differently the second time, a number written in an unusual way, and an address inside another one are all
// judged by where they would really lead. Only what is publicly routed is dialled, and what Options.Allow adds. Redirects
// are handed back and not followed; proxies of the environment are not used; sizes and times are bounded.
//
// A Client is safe for concurrent use. It starts no goroutines of its own beside those of net/http's connections, which
// Close ends when they are idle.
package outward

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// ErrForbidden is why an address is not dialled: it is not public, and the operator has not allowed it.
var ErrForbidden = errors.New("the address is not public, and the operator has not allowed it (outward-allow)")

// Bounds of one request.
const (
	dialTimeout = 10 * time.Second
	// maxHeader and maxBody are how much of an answer is read, in bytes.
	maxHeader = 64 << 10
	maxBody   = 64 << 10
)

// Options configure a Client.
type Options struct {
	// Allow are networks that may be reached although they are not public.
	Allow []netip.Prefix
	// Timeout is how long a request may take, from the dial to the end of the answer.
	Timeout time.Duration
	// PerHost is how many connections to one host there may be, and stay open, at a time.
	PerHost int
	// Resolver finds addresses of names; net.DefaultResolver when nil.
	Resolver *net.Resolver
}

// Client makes requests to where people want them.
type Client struct {
	allow []netip.Prefix
	http  *http.Client
}

// New makes a client.
func New(o Options) *Client {
	c := &Client{allow: slices.Clone(o.Allow)}
	dialer := &net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second, Resolver: o.Resolver, ControlContext: c.control}
	c.http = &http.Client{
		Timeout: o.Timeout,
		Transport: &http.Transport{ // HTTP/1.1 alone, since Dial is our own
			DialContext: dialer.DialContext, TLSHandshakeTimeout: dialTimeout, DisableCompression: true,
			MaxConnsPerHost: o.PerHost, MaxIdleConnsPerHost: o.PerHost, IdleConnTimeout: 30 * time.Second,
			MaxResponseHeaderBytes: maxHeader,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return c
}

// control judges a socket's address right before it is connected.
func (c *Client) control(_ context.Context, network, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil || network != "tcp4" && network != "tcp6" {
		return fmt.Errorf("%s %s: %w", network, address, ErrForbidden)
	}
	if !c.Allowed(at.Addr()) {
		return fmt.Errorf("%s: %w", at.Addr(), ErrForbidden)
	}
	return nil
}

// Allowed reports whether an address may be dialled.
func (c *Client) Allowed(ip netip.Addr) bool {
	ip = ip.Unmap().WithZone("")
	return isPublic(ip) || slices.ContainsFunc(c.allow, func(p netip.Prefix) bool { return p.Contains(ip) })
}

// Do makes a request and returns the answer, whose body is cut to 64 KiB and belongs to the caller to close. The error wraps
// ErrForbidden where the address may not be reached.
func (c *Client) Do(r *http.Request) (*http.Response, error) {
	if err := Check(r.URL); err != nil {
		return nil, err
	}
	response, err := c.http.Do(r) //nolint:gosec // where people want it: control judges the address
	if err != nil {
		return nil, err
	}
	response.Body = struct {
		io.Reader
		io.Closer
	}{io.LimitReader(response.Body, maxBody), response.Body}
	return response, nil
}

// Close ends idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// What is wrong with a URL.
var (
	ErrScheme = errors.New("the scheme must be http or https")
	ErrHost   = errors.New("a host is needed")
	ErrUser   = errors.New("a name and password do not belong into a URL")
	ErrPort   = errors.New("the port must be 1 to 65535")
)

// Check says what is wrong with a URL, whatever it leads to: ErrScheme, ErrHost, ErrUser or ErrPort.
func Check(u *url.URL) error {
	switch port := u.Port(); {
	case u.Scheme != "http" && u.Scheme != "https":
		return ErrScheme
	case u.Hostname() == "" || u.Opaque != "":
		return ErrHost
	case u.User != nil:
		return ErrUser
	case port != "":
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return ErrPort
		}
	}
	return nil
}
