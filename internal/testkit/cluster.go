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

// supervise makes a cluster in $2 with the programs in $1 and runs its server, with the arguments after, until its
// standard input ends, which it does with the process that started it however and whenever that dies; then it stops the
// server and removes everything in $2.
const supervise = `
bin=$1; dir=$2; shift 2
cd "$dir"
if "$bin/initdb" -D data -U waymark -A trust -E UTF8 --locale=C --no-sync >>log 2>&1; then
	"$bin/postgres" -D data -k "$dir" "$@" </dev/null >>log 2>&1 &
	server=$!
else
	touch failed
fi
read -r _
[ -z "$server" ] || kill -QUIT "$server"
wait
cd /
rm -rf "$dir"
`

// settings are for tests: nothing that the server writes survives a power cut.
var settings = []string{
	"-c", "listen_addresses=", "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off",
	"-c", "max_connections=300", "-c", "shared_buffers=64MB", "-c", "autovacuum_naptime=10s", "-c", "max_wal_size=512MB",
}

// startPostgres starts a cluster for this process and returns the URL of its maintenance database. It listens on a unix
// socket only, and goes when the lifeline is closed.
func startPostgres() (address string, lifeline *os.File, err error) {
	bin, err := postgresPrograms()
	if err != nil {
		return "", nil, err
	}
	owner, err := ordinaryUser()
	if err != nil {
		return "", nil, err
	}
	stdin, lifeline, err := os.Pipe()
	if err != nil {
		return "", nil, err
	}
	defer func() { _ = stdin.Close() }()
	dir, err := ownedDir(owner)
	if err != nil {
		return "", nil, errors.Join(err, lifeline.Close())
	}
	args := append([]string{"-c", supervise, "waymark-test-postgres", bin, dir}, settings...)
	cmd := exec.CommandContext(context.Background(), "/bin/sh", args...)
	cmd.Stdin = stdin
	cmd.SysProcAttr = owner.attributes()
	if err := cmd.Start(); err != nil {
		return "", nil, errors.Join(fmt.Errorf("start PostgreSQL: %w", err), lifeline.Close(), os.RemoveAll(dir))
	}
	at := url.URL{Scheme: "postgres", User: url.User("waymark"), Path: "/postgres", RawQuery: url.Values{"host": {dir}}.Encode()}
	if err := awaitPostgres(at.String(), dir); err != nil {
		return "", nil, errors.Join(err, lifeline.Close())
	}
	return at.String(), lifeline, nil
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
		_, failed := os.Stat(filepath.Join(dir, "failed"))
		select {
		case <-tick.C:
		case <-ctx.Done():
			failed = nil
		}
		if failed == nil {
			log, _ := os.ReadFile(filepath.Join(dir, "log"))
			return fmt.Errorf("PostgreSQL does not come up: %w\n%s", err, bytes.TrimSpace(log))
		}
	}
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
