package testkit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/waymarkhq/waymark/internal/store"
)

// errNoPostgres says how to get what the tests need.
var errNoPostgres = errors.New("the tests need PostgreSQL 14 or newer: install it (Debian and Ubuntu: apt-get install " +
	"postgresql; macOS: brew install postgresql), or set " + PostgresURLVariable +
	" to the URL of a server whose user may create databases")

// supervise runs the server ($1, with the arguments after $2) until its standard input ends, which it does with the
// process that started it however that dies; then it stops the server and removes everything in $2.
const supervise = `
server=$1; dir=$2; shift 2
"$server" "$@" </dev/null >>"$dir/log" 2>&1 &
read -r _
kill -QUIT $!
wait
rm -rf "$dir"
`

// startPostgres starts a cluster for this process and returns the URL of its maintenance database. It listens on a unix
// socket only, is tuned for tests (nothing it writes survives a power cut), and goes when the lifeline is closed.
func startPostgres() (address string, lifeline *os.File, err error) {
	bin, err := postgresPrograms()
	if err != nil {
		return "", nil, err
	}
	owner, err := ordinaryUser()
	if err != nil {
		return "", nil, err
	}
	dir, err := ownedDir(owner)
	if err != nil {
		return "", nil, err
	}
	if err := initCluster(bin, dir, owner); err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(dir))
	}
	stdin, lifeline, err := os.Pipe()
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = stdin.Close() }()
	cmd := exec.CommandContext(context.Background(), "/bin/sh", "-c", supervise, "waymark-test-postgres", filepath.Join(bin, "postgres"), dir,
		"-D", filepath.Join(dir, "data"), "-k", dir, "-c", "listen_addresses=", "-c", "fsync=off",
		"-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "max_connections=300",
		"-c", "shared_buffers=64MB", "-c", "autovacuum_naptime=10s", "-c", "max_wal_size=512MB")
	cmd.Stdin = stdin
	cmd.SysProcAttr = owner.attributes()
	if err := cmd.Start(); err != nil {
		return "", nil, errors.Join(fmt.Errorf("start PostgreSQL: %w", err), lifeline.Close(), os.RemoveAll(dir))
	}
	at := url.URL{Scheme: "postgres", User: url.User("waymark"), Path: "/postgres", RawQuery: url.Values{"host": {dir}}.Encode()}
	return at.String(), lifeline, awaitPostgres(at.String(), dir)
}

// awaitPostgres returns once the server answers.
func awaitPostgres(address, dir string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		db, _, err := store.OpenRaw(ctx, store.Options{DatabaseURL: address})
		if err == nil {
			return db.Close()
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			return fmt.Errorf("PostgreSQL does not come up: %w\n%s", err, bytes.TrimSpace(log))
		}
	}
}

func initCluster(bin, dir string, owner account) error {
	cmd := exec.CommandContext(context.Background(), filepath.Join(bin, "initdb"), "-D", filepath.Join(dir, "data"), "-U", "waymark", "-A", "trust",
		"-E", "UTF8", "--locale=C", "--no-sync")
	cmd.Dir = dir
	cmd.SysProcAttr = owner.attributes()
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, bytes.TrimSpace(out))
	}
	return nil
}

// postgresPrograms returns the folder with initdb and postgres: of those on the path, else the newest that Debian or
// Homebrew installed.
func postgresPrograms() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path), nil
		}
	}
	var found []string
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin/initdb", "/usr/pgsql-*/bin/initdb", "/opt/homebrew/opt/postgresql*/bin/initdb",
		"/usr/local/opt/postgresql*/bin/initdb",
	} {
		matches, _ := filepath.Glob(pattern)
		found = append(found, matches...)
	}
	if len(found) == 0 {
		return "", errNoPostgres
	}
	return filepath.Dir(slices.Max(found)), nil
}

// account is who the server runs as; the zero value is whoever runs the tests.
type account struct{ credential *syscall.Credential }

// ordinaryUser returns an account for the server, which refuses to run as root.
func ordinaryUser() (account, error) {
	if os.Getuid() != 0 {
		return account{}, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err := errors.Join(err1, err2); err != nil {
			return account{}, err
		}
		return account{&syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}}, nil
	}
	return account{}, errors.New("PostgreSQL does not run as root, and there is no user postgres or nobody to run it as")
}

// attributes puts the process in a group of its own, so that an interrupt at the terminal reaches it through its lifeline
// only.
func (a account) attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Credential: a.credential, Setpgid: true}
}

// ownedDir makes a directory of the account's own, with a path short enough for a unix socket.
func ownedDir(owner account) (string, error) {
	dir, err := os.MkdirTemp("/tmp", "waymark-pg-")
	if err != nil {
		return "", err
	}
	if owner.credential != nil {
		if err := os.Chown(dir, int(owner.credential.Uid), int(owner.credential.Gid)); err != nil {
			return "", errors.Join(err, os.RemoveAll(dir))
		}
	}
	return dir, nil
}
