package bus

import (
	"bytes"
	"testing"

	"github.com/klauspost/compress/s2"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

type record struct {
	events int
	data   []byte
}

func drawRecords(t *rapid.T) []record {
	n := rapid.IntRange(0, 20).Draw(t, "records")
	out := make([]record, n)
	for i := range out {
		out[i].events = rapid.IntRange(1, MaxGroupEvents/20).Draw(t, "events")
		data := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "data")
		out[i].data = bytes.Repeat(data, rapid.IntRange(1, 20).Draw(t, "repeat"))
	}
	return out
}

func encode(records []record) []byte {
	buf := appendGroupHeader(nil)
	for _, r := range records {
		buf = appendRecord(buf, r.events, r.data)
	}
	return buf
}

func recordsOf(g Group) (out []record) {
	for events, data := range g.Records() {
		out = append(out, record{events, bytes.Clone(data)})
	}
	return out
}

func TestGroupRoundTrip(t *testing.T) {
	t.Parallel()
	var packed, unpacked []byte // reused from check to check, as senders and readers do
	rapid.Check(t, func(t *rapid.T) {
		records := drawRecords(t)
		var message []byte
		message, packed = pack(packed, encode(records))
		var g Group
		var err error
		unpacked, err = g.decode(message, unpacked)
		require.NoError(t, err)
		got := recordsOf(g)
		require.Len(t, got, len(records))
		events := 0
		for i, r := range records {
			events += r.events
			require.Equal(t, r.events, got[i].events)
			require.True(t, bytes.Equal(r.data, got[i].data))
		}
		require.Equal(t, events, g.Events)
	})
}

func TestGroupIsPackedWhenThatPays(t *testing.T) {
	t.Parallel()
	text := encode([]record{{1, bytes.Repeat([]byte("repetition "), 1000)}})
	message, _ := pack(nil, text)
	require.Less(t, len(message), len(text)/2)
	require.EqualValues(t, packS2, message[1])

	short := encode([]record{{1, bytes.Repeat([]byte("x"), packFrom/2)}})
	message, _ = pack(nil, short)
	require.Equal(t, short, message)
}

func TestDamagedGroups(t *testing.T) {
	t.Parallel()
	whole := encode([]record{{2, []byte("hello")}})
	tooMany := encode([]record{{MaxGroupEvents, []byte("a")}, {1, []byte("b")}})
	for name, c := range map[string]struct {
		data []byte
		want error
	}{
		"empty":           {nil, errGroupHeader},
		"foreign":         {[]byte(`{"hello":1}`), errGroupHeader},
		"unknown packing": {[]byte{groupMagic, 9}, errGroupHeader},
		"cut":             {whole[:len(whole)-1], errGroupRecord},
		"no events":       {appendRecord(appendGroupHeader(nil), 0, []byte("x")), errGroupRecord},
		"events in one":   {appendRecord(appendGroupHeader(nil), MaxGroupEvents+1, nil), errGroupRecord},
		"events in all":   {tooMany, errGroupEvents},
		"broken block":    {[]byte{groupMagic, packS2, 200, 1, 7, 7, 7}, errGroupPacking},
		"bomb":            {append([]byte{groupMagic, packS2}, s2.Encode(nil, make([]byte, maxUnpacked+1))...), errGroupPacking},
	} {
		g := Group{}
		_, err := g.decode(c.data, nil)
		require.ErrorIs(t, err, c.want, name)
		require.Zero(t, g.Events, name)
		require.Empty(t, recordsOf(g), name)
	}
}

func FuzzGroup(f *testing.F) {
	plain := encode([]record{{1, []byte("a")}, {4096, []byte("bc")}})
	long := encode([]record{{3, bytes.Repeat([]byte("long "), packFrom)}})
	packed, _ := pack(nil, long)
	for _, seed := range [][]byte{nil, plain, packed, long[:100], {groupMagic, packS2}, {groupMagic, packPlain, 0x80, 0x80}} {
		f.Add(seed)
	}
	var scratch []byte
	f.Fuzz(func(t *testing.T, data []byte) {
		var g Group
		var err error
		scratch, err = g.decode(data, scratch)
		records := recordsOf(g)
		if err != nil {
			require.Empty(t, records)
			return
		}
		events := 0
		for _, r := range records {
			events += r.events
		}
		require.Equal(t, g.Events, events)
		require.LessOrEqual(t, events, MaxGroupEvents)

		var again Group
		_, err = again.decode(encode(records), nil)
		require.NoError(t, err)
		require.Len(t, recordsOf(again), len(records))
	})
}
