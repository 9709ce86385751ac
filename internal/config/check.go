package config

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"math"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/internal/fault"
)

// checker reads settings into a Config and collects what is wrong with them.
type checker struct {
	sources *Sources
	faults  fault.Fields
}

func (c *checker) refuse(name, reason, message string) {
	c.faults.Add(c.sources.place(name), reason, message)
}

// Config checks the settings of a command line. INVALID_INPUT lists everything that is wrong, each with the flag, variable
// or file that says so.
func (s *Sources) Config(in Settings, demo bool) (Config, error) {
	if s.broken != nil {
		return Config{}, s.broken
	}
	c := &checker{sources: s}
	out := Config{
		Addr: c.address("addr", in.Addr), CollectAddr: c.address("collect-addr", in.CollectAddr),
		PublicURL: c.publicURL(in.PublicURL), Origins: c.origins(in.Origins), TrustedProxies: c.networks("trusted-proxies", in.TrustedProxies),
		DataDir: in.DataDir, DatabaseURL: strings.TrimSpace(in.DatabaseURL), NATSURL: strings.TrimSpace(in.NATSURL),
		NATSMaxBytes: c.size("nats-max-bytes", in.NATSMaxBytes), NATSReplicas: in.NATSReplicas,
		Ack:             oneOf(c, "ack", in.Ack, AckFsync, AckProcess),
		ForwardMaxBytes: c.size("forward-max-bytes", in.ForwardMaxBytes), ForwardTotalBytes: c.size("forward-total-bytes", in.ForwardTotalBytes),
		ForwardMaxAge: c.duration("forward-max-age", in.ForwardMaxAge), OutwardAllow: c.networks("outward-allow", in.OutwardAllow),
		AdminEmail: in.AdminEmail, AdminPassword: in.AdminPassword,
		LogLevel: c.level(in.LogLevel), LogFormat: oneOf(c, "log-format", in.LogFormat, LogText, LogJSON),
		Demo: demo,
	}
	out.OIDC = c.oidc(&in)
	out.TLSCert, out.TLSKey = c.keyPair(in.TLSCert, in.TLSKey)
	if out.NATSReplicas < 1 || out.NATSReplicas > 5 {
		c.refuse("nats-replicas", "out_of_range", "must be 1 to 5")
	}
	if (in.AdminEmail == "") != (in.AdminPassword == "") {
		c.refuse("admin-email", "incomplete", "admin-email and admin-password go together")
	}
	if out.CollectAddr != "" && out.CollectAddr == out.Addr && !strings.HasSuffix(out.Addr, ":0") {
		c.refuse("collect-addr", "same_address", "is the same as addr: leave it out to serve everything on one address")
	}
	c.demo(&out)
	return out, c.faults.Err()
}

// demo refuses what would let others reach the demo, whose passwords everybody knows, and gives it its own directory.
func (c *checker) demo(out *Config) {
	if out.DataDir == "" {
		out.DataDir = map[bool]string{false: "./waymark-data", true: "./waymark-demo"}[out.Demo]
	}
	if !out.Demo {
		return
	}
	if out.Addr != "" && !isLoopback(out.Addr) {
		c.refuse("addr", "demo_beyond_loopback", "the demo has well-known passwords and listens on 127.0.0.1, ::1 or localhost only")
	}
	if out.CollectAddr != "" && !isLoopback(out.CollectAddr) {
		c.refuse("collect-addr", "demo_beyond_loopback", "the demo has well-known keys and listens on 127.0.0.1, ::1 or localhost only")
	}
}

func (c *checker) address(name, value string) string {
	if value == "" {
		if name == "addr" {
			c.refuse(name, "required", "is required")
		}
		return ""
	}
	_, port, err := net.SplitHostPort(value)
	if err != nil {
		c.refuse(name, "invalid_address", "must be host:port, e.g. 127.0.0.1:8080, not "+strconv.Quote(value))
		return ""
	}
	if _, err := strconv.ParseUint(port, 10, 16); err != nil {
		c.refuse(name, "invalid_address", "the port must be 0 to 65535, not "+strconv.Quote(port))
	}
	return value
}

func (c *checker) publicURL(value string) *url.URL {
	if value == "" {
		return nil
	}
	u, err := url.Parse(value)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		c.refuse("public-url", "invalid_url", "must look like https://waymark.example.com, not "+strconv.Quote(redact(value)))
		return nil
	}
	u.Path, u.RawPath = strings.TrimRight(u.Path, "/"), ""
	return u
}

func (c *checker) origins(values []string) []string {
	var list []string
	for _, value := range values {
		u, err := url.Parse(strings.TrimSpace(value))
		if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" || u.User != nil || u.RawQuery != "" ||
			u.Fragment != "" || strings.Trim(u.Path, "/") != "" {
			c.refuse("origins", "invalid_origin", "an origin looks like https://console.example.com, not "+strconv.Quote(redact(value)))
			continue
		}
		list = append(list, strings.ToLower(u.Scheme+"://"+u.Host))
	}
	return list
}

func (c *checker) networks(name string, values []string) []netip.Prefix {
	var list []netip.Prefix
	for _, value := range values {
		value = strings.TrimSpace(value)
		if ip, err := netip.ParseAddr(value); err == nil {
			list = append(list, netip.PrefixFrom(ip.Unmap(), ip.Unmap().BitLen()))
			continue
		}
		prefix, err := netip.ParsePrefix(value)
		if err != nil {
			c.refuse(name, "invalid_network", "must be an address or network, e.g. 10.0.0.0/8, not "+strconv.Quote(value))
			continue
		}
		list = append(list, prefix.Masked())
	}
	return list
}

func (c *checker) keyPair(cert, key string) (string, string) {
	switch {
	case cert == "" && key == "":
	case cert == "":
		c.refuse("tls-key", "incomplete", "tls-cert is missing: both go together")
	case key == "":
		c.refuse("tls-cert", "incomplete", "tls-key is missing: both go together")
	default:
		if _, err := tls.LoadX509KeyPair(cert, key); err != nil {
			c.refuse("tls-cert", "unusable", "no certificate with the key of tls-key: "+err.Error())
		}
	}
	return cert, key
}

func (c *checker) level(value string) slog.Level {
	levels := map[string]slog.Level{"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError}
	level, ok := levels[strings.ToLower(value)]
	if !ok {
		c.refuse("log-level", "unknown", "must be debug, info, warn or error, not "+strconv.Quote(value))
	}
	return level
}

func oneOf[T ~string](c *checker, name, value string, allowed ...T) T {
	names := make([]string, len(allowed))
	for i, a := range allowed {
		if T(value) == a {
			return a
		}
		names[i] = string(a)
	}
	c.refuse(name, "unknown", fmt.Sprintf("must be %s, not %q", strings.Join(names, " or "), value))
	return allowed[0]
}

var sizeForm = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?) ?([kKmMgGtT]i?)?[bB]?$`)

// size reads a number of bytes: 1048576, 500MB, 1.5GiB.
func (c *checker) size(name, value string) int64 {
	if value == "" {
		return 0
	}
	parts := sizeForm.FindStringSubmatch(strings.TrimSpace(value))
	if parts == nil {
		c.refuse(name, "invalid_size", "must be a size, e.g. 500MB or 10GiB, not "+strconv.Quote(value))
		return 0
	}
	n, err := strconv.ParseFloat(parts[1], 64)
	base := 1000.0
	if strings.HasSuffix(parts[2], "i") {
		base = 1024
	}
	if parts[2] != "" {
		n *= math.Pow(base, float64(strings.Index("kmgt", strings.ToLower(parts[2][:1]))+1))
	}
	if err != nil || n < 1<<20 || n > 1<<60 {
		c.refuse(name, "out_of_range", "must be at least 1MiB")
		return 0
	}
	return int64(n)
}

// duration reads a time of at least a minute: 90m, 24h.
func (c *checker) duration(name, value string) time.Duration {
	d, err := time.ParseDuration(strings.TrimSpace(value))
	if err != nil {
		c.refuse(name, "invalid_time", "must be a time, e.g. 90m or 24h, not "+strconv.Quote(value))
		return 0
	}
	if d < time.Minute {
		c.refuse(name, "out_of_range", "must be at least 1m")
	}
	return d
}

// redact cuts what may be a password out of something that should have been a URL.
func redact(value string) string {
	if i := strings.LastIndexByte(value, '@'); i >= 0 {
		return "…" + value[i:]
	}
	return value
}
