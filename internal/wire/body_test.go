package wire_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/gzip"
	"github.com/stretchr/testify/require"

	"github.com/waymarkhq/waymark/internal/wire"
)

func read(body io.Reader, length int64) (string, error) {
	var r wire.Request
	err := r.ReadBody(body, length, wire.DefaultLimits(), nil)
	return r.Body, err
}

func requireKind(t *testing.T, err error, kind wire.Kind) {
	t.Helper()
	var e *wire.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, kind, e.Kind, e.Reason)
	require.Equal(t, wire.Outcome{Kind: kind, Reason: e.Reason}, wire.Refusal(err))
}

func TestReadBody(t *testing.T) {
	t.Parallel()
	text := batchOf(20)
	for name, body := range map[string]string{"plain": text, "gzip": string(zipped(text)), "two members": string(zipped(text[:100])) + string(zipped(text[100:]))} {
		for _, length := range []int64{-1, 0, 7, int64(len(body)), 4 << 20} {
			got, err := read(strings.NewReader(body), length)
			require.NoError(t, err, name)
			require.Equal(t, text, got, name)
			got, err = read(iotest.OneByteReader(strings.NewReader(body)), length)
			require.NoError(t, err, name)
			require.Equal(t, text, got, name)
		}
	}
	got, err := read(strings.NewReader(""), 0)
	require.NoError(t, err)
	require.Empty(t, got)
}

func TestReadBodyRefuses(t *testing.T) {
	t.Parallel()
	packed := string(zipped(batchOf(3)))
	for name, c := range map[string]struct {
		body io.Reader
		kind wire.Kind
	}{
		"50 MB":               {io.LimitReader(zeros{}, 50<<20), wire.TooLarge},
		"truncated gzip":      {strings.NewReader(packed[:len(packed)-9]), wire.Malformed},
		"gzip without header": {strings.NewReader(packed[:5]), wire.Malformed},
		"damaged gzip":        {strings.NewReader(packed[:200] + "xxxx" + packed[204:]), wire.Malformed},
		"gzip and more":       {strings.NewReader(packed + "more"), wire.Malformed},
		"gzip inside gzip":    {bytes.NewReader(zipped(packed)), wire.Malformed},
		"bomb 1:1000":         {bytes.NewReader(bomb(t, 100<<20)), wire.TooLarge},
		"large but honest":    {bytes.NewReader(zippedNoise(t, 21<<20)), wire.TooLarge},
	} {
		_, err := read(c.body, -1)
		require.Error(t, err, name)
		requireKind(t, err, c.kind)
	}
	_, err := read(bytes.NewReader(bomb(t, 10<<20)), -1)
	require.EqualError(t, err, "the body unpacks to more than 100 times its size")
	small, err := read(bytes.NewReader(bomb(t, 1<<20)), -1)
	require.NoError(t, err, "the ratio does not matter for little")
	require.Len(t, small, 1<<20)
	_, err = read(strings.NewReader("{}"), 6<<20)
	requireKind(t, err, wire.TooLarge)
	gone := errors.New("connection reset")
	_, err = read(iotest.ErrReader(gone), 10)
	require.ErrorIs(t, err, gone)
	require.Equal(t, wire.Malformed, wire.Refusal(err).Kind)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// bomb is a small gzip body that becomes size bytes.
func bomb(t *testing.T, size int64) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := io.CopyN(w, zeros{}, size)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.Less(t, b.Len(), 5<<20)
	return b.Bytes()
}

// zippedNoise is a gzip body of size bytes that hardly compresses: hexadecimal noise.
func zippedNoise(t *testing.T, size int) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	random := rand.New(rand.NewPCG(1, 2))
	chunk := make([]byte, 1<<10)
	for range size >> 10 {
		for i := range chunk {
			chunk[i] = "aaaaaaaabc"[random.IntN(10)]
		}
		_, err := w.Write(chunk)
		require.NoError(t, err)
	}
	require.NoError(t, w.Close())
	require.Less(t, b.Len(), 5<<20)
	return b.Bytes()
}

// TestReadBodyMemory holds the memory that bodies take to the limits, and what is kept between requests to less.
func TestReadBodyMemory(t *testing.T) {
	bodies := [][]byte{bomb(t, 100<<20), zippedNoise(t, 21<<20), bytes.Repeat([]byte("x"), 6<<20)}
	var r wire.Request
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for range 3 {
		for _, body := range bodies {
			require.Error(t, r.ReadBody(bytes.NewReader(body), -1, wire.DefaultLimits(), nil))
			r.Reset()
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	require.Less(t, int64(after.HeapAlloc)-int64(before.HeapAlloc), int64(3<<20))
	runtime.KeepAlive(r)
}

// TestReadBodyAsksBeforeABodyBecomesLarge, as sent or as unpacked; what is not large is nobody's business.
func TestReadBodyAsksBeforeABodyBecomesLarge(t *testing.T) {
	t.Parallel()
	refusal := errors.New("no room")
	for name, c := range map[string]struct {
		body  []byte
		large bool
	}{
		"small":          {[]byte(batchOf(50)), false},
		"small, packed":  {zipped(batchOf(50)), false},
		"large":          {bytes.Repeat([]byte(" "), 1<<20), true},
		"large unpacked": {zippedNoise(t, 2<<20), true},
	} {
		asked := 0
		var r wire.Request
		require.NoError(t, r.ReadBody(bytes.NewReader(c.body), -1, wire.DefaultLimits(), func() error { asked++; return nil }), name)
		require.Equal(t, c.large, asked == 1, name)
		err := r.ReadBody(bytes.NewReader(c.body), -1, wire.DefaultLimits(), func() error { return refusal })
		require.Equal(t, c.large, errors.Is(err, refusal), name)
	}
}

func TestResetKeepsMemory(t *testing.T) {
	body := zipped(batchOf(50))
	var r wire.Request
	reader := bytes.NewReader(body)
	again := func() {
		r.Reset()
		reader.Reset(body)
		require.NoError(t, r.ReadBody(reader, int64(len(body)), wire.DefaultLimits(), nil))
		_, err := r.JSON()
		require.NoError(t, err)
	}
	again()
	require.LessOrEqual(t, testing.AllocsPerRun(10, again), 2.0)
}
