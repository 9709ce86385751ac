package store

import (
	"context"
	"database/sql"
	"errors"
	"maps"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"entgo.io/ent/dialect"
	"github.com/lib/pq"

	"github.com/waymarkhq/waymark/internal/fault"
)

// The sizes of the pools on PostgreSQL, for one node; PostgreSQL allows 100 connections by default.
const (
	pgWriters = 8
	pgReaders = 16
)

func openPostgres(ctx context.Context, opts Options) (*Store, error) {
	s := &Store{dialect: dialect.Postgres}
	var err error
	if s.plan.write, err = openPostgresPool(opts.DatabaseURL, pgWriters, nil); err != nil {
		return nil, err
	}
	s.plan.read, err = openPostgresPool(opts.DatabaseURL, pgReaders, map[string]string{"default_transaction_read_only": "on"})
	if err != nil {
		return nil, errors.Join(err, s.plan.write.Close())
	}
	s.capture = s.plan
	if err := checkPostgres(ctx, s.plan.write); err != nil {
		return nil, errors.Join(err, s.plan.close())
	}
	if err := checkMigrated(ctx, s.plan.write); err != nil {
		return nil, errors.Join(err, s.plan.close())
	}
	return s, nil
}

// openPostgresPool opens a pool of connections with Waymark's settings and those of runtime; what the URL itself says
// goes first. No connection is made yet.
func openPostgresPool(databaseURL string, size int, runtime map[string]string) (*sql.DB, error) {
	cfg, err := postgresConfig(databaseURL)
	if err != nil {
		return nil, err
	}
	maps.Copy(cfg.Runtime, runtime)
	connector, err := pq.NewConnectorConfig(cfg)
	if err != nil {
		return nil, badURL(err)
	}
	db := sql.OpenDB(connector)
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	db.SetConnMaxIdleTime(5 * time.Minute)
	db.SetConnMaxLifetime(time.Hour)
	return db, nil
}

// postgresConfig reads a URL and adds the settings that it leaves open. Without sslmode, TLS is demanded from a server
// elsewhere and taken where it is offered by one on this machine: lib/pq's own default, which is about to change, is
// never relied upon.
func postgresConfig(databaseURL string) (pq.Config, error) {
	if scheme, _, isURL := strings.Cut(databaseURL, "://"); isURL && !strings.ContainsAny(scheme, "= ") &&
		scheme != "postgres" && scheme != "postgresql" {
		return pq.Config{}, badURL(errors.New("it begins with " + scheme + "://")) // lib/pq's error shows all of it
	}
	cfg, err := pq.NewConfig(databaseURL)
	if err != nil {
		return pq.Config{}, badURL(err)
	}
	if cfg.SSLMode == "" {
		cfg.SSLMode = pq.SSLModeRequire
		if onThisMachine(cfg) {
			cfg.SSLMode = pq.SSLModePrefer
		}
	}
	if cfg.ConnectTimeout <= 0 {
		cfg.ConnectTimeout = 10 * time.Second
	}
	if cfg.ApplicationName == "" {
		cfg.ApplicationName = "waymark"
	}
	settings := map[string]string{
		"statement_timeout": "30s",
		"lock_timeout":      "10s",
		// A node that hangs in the middle of a transaction (stopped, swapped out, cut off) loses it soon: the row that says
		// who writes would else keep every other node from taking over.
		"idle_in_transaction_session_timeout": "10s",
		"TimeZone":                            "UTC",
	}
	maps.Copy(settings, cfg.Runtime)
	cfg.Runtime = settings
	return cfg, nil
}

func onThisMachine(cfg pq.Config) bool {
	if len(cfg.Multi) > 0 {
		return false
	}
	if cfg.Hostaddr.IsValid() {
		return cfg.Hostaddr.IsLoopback()
	}
	if cfg.Host == "" || cfg.Host == "localhost" || filepath.IsAbs(cfg.Host) || strings.HasPrefix(cfg.Host, "@") {
		return true
	}
	addr, err := netip.ParseAddr(cfg.Host)
	return err == nil && addr.IsLoopback()
}

// badURL hides the URL itself, which holds a password.
func badURL(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return fault.New(fault.InvalidInput, "database_url",
		"DATABASE_URL is not a usable postgres:// URL, e.g. postgres://user:password@host:5432/waymark").Because(err)
}

// checkPostgres connects once and looks whether the server suits.
func checkPostgres(ctx context.Context, db *sql.DB) error {
	var version int
	var encoding, name string
	err := db.QueryRowContext(ctx, `SELECT current_setting('server_version_num')::int, current_setting('server_encoding'),
		current_setting('server_version')`).Scan(&version, &encoding, &name)
	if err != nil {
		return connectFault(err)
	}
	if version < 14_00_00 {
		return fault.New(fault.FailedPrecondition, "database_too_old", "PostgreSQL 14 or newer is needed, this is "+name)
	}
	if encoding != "UTF8" {
		return fault.New(fault.FailedPrecondition, "database_encoding", "the database has the encoding "+encoding+
			": make one with CREATE DATABASE waymark ENCODING 'UTF8' TEMPLATE template0")
	}
	return nil
}

// connectFault says what to do about a failed first connection.
func connectFault(err error) error {
	advice := "is DATABASE_URL right?"
	var opErr *net.OpError
	pqErr := pq.As(err)
	switch {
	case errors.As(err, &opErr):
		advice = "is PostgreSQL running, and are host and port in DATABASE_URL right?"
	case errors.Is(err, pq.ErrSSLNotSupported):
		advice = "the server does not offer TLS: add ?sslmode=disable to DATABASE_URL if the network is trusted"
	case pqErr != nil && pqErr.Code == "3D000":
		advice = "create the database first, e.g. with createdb"
	case pqErr != nil && pqErr.Code.Class() == "28":
		advice = "user or password in DATABASE_URL were refused"
	case pqErr != nil && pqErr.Code == "53300":
		advice = "the server has no connection left: raise max_connections"
	}
	return fault.New(fault.Unavailable, "database_unavailable",
		"cannot connect to PostgreSQL: "+advice).Because(err)
}
