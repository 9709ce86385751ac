package config

import (
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Config is a checked configuration.
type Config struct {
	// Addr and CollectAddr are where to listen, host:port; CollectAddr is empty where Addr serves everything.
	Addr, CollectAddr string
	// PublicURL is how people and devices reach the server, without a final slash; nil when not given.
	PublicURL *url.URL
	// TLSCert and TLSKey are files; both or none.
	TLSCert, TLSKey string
	// Origins are other web origins that may use the API, as scheme://host[:port] in lower case.
	Origins        []string
	TrustedProxies []netip.Prefix

	DataDir      string
	DatabaseURL  string // empty for SQLite
	NATSURL      string // empty for the embedded bus
	NATSMaxBytes int64  // 0 for the default
	NATSReplicas int
	Ack          Ack

	// ForwardMaxBytes and ForwardTotalBytes are how much may wait to be passed on, of one environment and in all, ForwardMaxAge
	// for how long.
	ForwardMaxBytes, ForwardTotalBytes int64
	ForwardMaxAge                      time.Duration
	// OutwardAllow are networks that are not public and may be reached all the same.
	OutwardAllow []netip.Prefix

	AdminEmail, AdminPassword string // both or none

	// OIDC is the single sign-on; its Issuer is empty for none.
	OIDC OIDC

	LogLevel  slog.Level
	LogFormat LogFormat

	// Demo serves the demo app, on loopback addresses only.
	Demo bool
}

// Ack says what an answered event survives on the embedded bus.
type Ack string

// The modes of acknowledgement.
const (
	AckFsync   Ack = "fsync"
	AckProcess Ack = "process"
)

// LogFormat is how log lines are written.
type LogFormat string

// The formats of logs.
const (
	LogText LogFormat = "text"
	LogJSON LogFormat = "json"
)

// TLS reports whether the server itself speaks https.
func (c Config) TLS() bool { return c.TLSCert != "" }

// URL is where people find the server: the public URL, or else one made of the address that it listens on, with the host
// as it was given.
func (c Config) URL(listening net.Addr) string {
	if c.PublicURL != nil {
		return c.PublicURL.String()
	}
	host, _, err := net.SplitHostPort(c.Addr)
	if err != nil {
		host = ""
	}
	return c.localURL(listening, host)
}

// LocalURL is where this machine finds an address that the server listens on.
func (c Config) LocalURL(listening net.Addr) string { return c.localURL(listening, "") }

func (c Config) localURL(listening net.Addr, host string) string {
	scheme, usual := "http", ":80"
	if c.TLS() {
		scheme, usual = "https", ":443"
	}
	bound, port, err := net.SplitHostPort(listening.String())
	if err != nil {
		return scheme + "://" + listening.String()
	}
	if host == "" {
		host = bound
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return scheme + "://" + strings.TrimSuffix(net.JoinHostPort(host, port), usual)
}

// Redacted returns the settings that are worth a line in the log, without secrets.
func (c Config) Redacted() []slog.Attr {
	database, bus := "SQLite", "embedded"
	if c.DatabaseURL != "" {
		database = "PostgreSQL"
	}
	if c.NATSURL != "" {
		bus = "NATS"
	}
	return []slog.Attr{
		slog.String("addr", c.Addr), slog.String("data", c.DataDir), slog.String("database", database),
		slog.String("bus", bus), slog.String("ack", string(c.Ack)), slog.Bool("demo", c.Demo),
	}
}

// isLoopback reports whether an address is reached from this machine alone.
func isLoopback(hostPort string) bool {
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}
