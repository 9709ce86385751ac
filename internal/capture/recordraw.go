package capture

import "unsafe"

// CutRaw takes a record of one event apart into its raw JSON and the rest, so that a database can keep the JSON as a text
// of its own. It is false for what is not a record of one event.
func CutRaw(record []byte) (raw string, rest []byte, ok bool) {
	text := unsafe.String(unsafe.SliceData(record), len(record))
	at, size, ok := rawOf(text)
	if !ok || size > len(text)-at {
		return "", nil, false
	}
	rest = append(make([]byte, 0, len(text)-size), text[:at]...)
	return string(record[at : at+size]), append(rest, text[at+size:]...), true
}

// JoinRaw puts together again what CutRaw took apart. The raw JSON has to have its old length, else the record is damaged,
// as DecodeRecord will find.
func JoinRaw(raw string, rest []byte) string {
	text := unsafe.String(unsafe.SliceData(rest), len(rest))
	at, _, ok := rawOf(text)
	if !ok {
		return ""
	}
	return text[:at] + raw + text[at:]
}

// rawOf returns where the raw JSON of a record's only event is, and its size.
func rawOf(record string) (at, size int, ok bool) {
	if len(record) < 2 || !isVersion(record[0]) || record[1] != 1 {
		return 0, 0, false
	}
	r := recordReader{rest: record[2:]}
	r.uvarint() // the mask
	length := r.uvarint()
	at = len(record) - len(r.rest)
	return at, int(length >> 1), !r.bad && length&1 == 0 && length>>1 <= 1<<31
}
