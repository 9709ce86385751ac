package httpserver

import (
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// ClientIP returns the address of who sent a request, without port. Behind a trusted proxy it is whom the proxy named.
func ClientIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

func isLoopback(ip string) bool {
	addr, err := netip.ParseAddr(ip)
	return err == nil && addr.IsLoopback()
}

// origin puts right where a request comes from: RemoteAddr becomes the client's, URL.Scheme how it reached the first of
// our proxies. Only trusted proxies are believed, from the last hop backwards, so a client cannot make itself another.
func (s *Server) origin(r *http.Request) {
	r.URL.Scheme = "http"
	if r.TLS != nil || s.isPublic(r.Host) {
		r.URL.Scheme = "https"
	}
	if len(s.cfg.TrustedProxies) == 0 || !s.trusts(ClientIP(r)) {
		return
	}
	if proto := strings.ToLower(r.Header.Get("X-Forwarded-Proto")); proto == "http" || proto == "https" {
		r.URL.Scheme = proto
	}
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		addr, ok := hopAddr(strings.TrimSpace(hop))
		if !ok {
			return
		}
		r.RemoteAddr = net.JoinHostPort(addr.Unmap().String(), "0")
		if !s.trusts(addr.String()) {
			return
		}
	}
}

// hopAddr reads an address as proxies write it: some add a port.
func hopAddr(hop string) (netip.Addr, bool) {
	if addr, err := netip.ParseAddr(hop); err == nil {
		return addr, true
	}
	withPort, err := netip.ParseAddrPort(hop)
	return withPort.Addr(), err == nil
}

func (s *Server) trusts(ip string) bool {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return false
	}
	addr = addr.Unmap().WithZone("")
	return slices.ContainsFunc(s.cfg.TrustedProxies, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// isPublic reports whether a request was made to a public https address: then a proxy in front speaks https, whether it
// says so or not.
func (s *Server) isPublic(host string) bool {
	u := s.cfg.PublicURL
	return u != nil && u.Scheme == "https" && strings.EqualFold(withoutDefaultPort(u), strings.TrimSuffix(host, ":443"))
}

func withoutDefaultPort(u *url.URL) string { return strings.TrimSuffix(u.Host, ":443") }
