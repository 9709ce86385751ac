package e2e_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/store"
	"github.com/waymarkhq/waymark/internal/testkit"
)

// upgradeData is the folder with the fixtures, one folder each, and with the documents that they answer.
const upgradeData = "testdata/upgrade"

// fixture is what the binary of the commit after which its folder is named left behind on one kind of database: the files, and
// what it said about them.
type fixture struct {
	Folder   string `json:"-"`
	Database string `json:"-"` // sqlite or postgres

	// Tokens are the secrets of its API tokens, by name. They are good on the fixture alone.
	Tokens map[string]string
	// Sources are the good write keys, by what they are for.
	Sources map[string]source
	// Records are what devices of each app have reported, once per app version and write key.
	Records map[string][]string
	// Reported are the ids of all records that were answered with success, by app and environment.
	Reported map[string][]string
	// Late is the one that was answered last: it is in the stream, and not in the database.
	Late string
	// Answers are what the binary said.
	Answers []answered
	// Counters are the figures per hour, as text.
	Counters []string
}

// answered is a question with its answer.
type answered struct {
	question
	Data value
}

// MarshalJSON implements json.Marshaler.
func (v value) MarshalJSON() ([]byte, error) { return json.Marshal(v.v) }

func (f *fixture) file(suffix string) string {
	return filepath.Join(upgradeData, f.Folder, f.Database+suffix)
}

// readFixture reads what the binary said.
func readFixture(t *testing.T, folder, database string) *fixture {
	t.Helper()
	f := &fixture{Folder: folder, Database: database}
	require.NoError(t, json.Unmarshal(unzip(t, f.file(".json.gz")), f))
	return f
}

// write writes what the binary said.
func (f *fixture) write(t *testing.T) {
	t.Helper()
	text, err := json.MarshalIndent(f, "", " ")
	require.NoError(t, err)
	zip(t, f.file(".json.gz"), text)
}

// revive is a server, not started yet, on a copy of what the binary left behind.
func (f *fixture) revive(t *testing.T) *server {
	t.Helper()
	if f.Database == "sqlite" {
		s := prepare(t)
		untar(t, unzip(t, f.file(".tar.gz")), s.Dir)
		return s
	}
	url := testkit.EmptyPostgres(t)
	db, _, err := store.OpenRaw(t.Context(), store.Options{DatabaseURL: url})
	require.NoError(t, err)
	_, err = db.ExecContext(t.Context(), string(unzip(t, f.file(".sql.gz"))))
	require.NoError(t, err)
	require.NoError(t, db.Close())
	s := prepare(t, "DATABASE_URL="+url)
	untar(t, unzip(t, f.file(".tar.gz")), s.Dir)
	return s
}

// migrate runs `waymark migrate` on a server's data.
func (s *server) migrate(t *testing.T) {
	t.Helper()
	output, err := waymark(t, s.env, "migrate", "--data-dir", s.Dir)
	require.NoError(t, err, output)
}

// options are those of a server's database.
func (s *server) options() store.Options {
	for _, variable := range s.env {
		if url, ok := strings.CutPrefix(variable, "DATABASE_URL="); ok {
			return store.Options{DatabaseURL: url}
		}
	}
	return store.Options{Dir: s.Dir}
}

func zip(t *testing.T, file string, text []byte) {
	t.Helper()
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	require.NoError(t, err)
	_, err = w.Write(text)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.NoError(t, os.MkdirAll(filepath.Dir(file), 0o755))
	require.NoError(t, os.WriteFile(file, packed.Bytes(), 0o644))
}

func unzip(t *testing.T, file string) []byte {
	t.Helper()
	packed, err := os.ReadFile(file)
	require.NoError(t, err)
	r, err := gzip.NewReader(bytes.NewReader(packed))
	require.NoError(t, err)
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	return text
}

// archive is a directory as a tar.
func archive(t *testing.T, dir string) []byte {
	t.Helper()
	var packed bytes.Buffer
	w := tar.NewWriter(&packed)
	require.NoError(t, w.AddFS(os.DirFS(dir)))
	require.NoError(t, w.Close())
	return packed.Bytes()
}

func untar(t *testing.T, packed []byte, dir string) {
	t.Helper()
	for r := tar.NewReader(bytes.NewReader(packed)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err)
		require.True(t, filepath.IsLocal(h.Name), h.Name)
		to := filepath.Join(dir, h.Name)
		if h.FileInfo().IsDir() {
			require.NoError(t, os.MkdirAll(to, 0o700))
			continue
		}
		text, err := io.ReadAll(r)
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(to, text, h.FileInfo().Mode()&fs.ModePerm))
	}
}
