package forward

import (
	"encoding/binary"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Payload is a request of an SDK as it came.
type Payload struct {
	Method string
	// Path is the path as sent, still escaped, with the query behind its question mark where there is one.
	Path string
	// Host and Scheme are what the SDK took for the collector's, Client is its address.
	Host, Scheme, Client string
	Header               http.Header
	// Body is what was read from the wire, still compressed.
	Body []byte
}

// parcelForm is the first byte of a parcel.
const parcelForm = 1

var errParcel = errors.New("a parcel that cannot be read")

// hopByHop are the headers that are about one connection, or that the next one makes anew.
var hopByHop = map[string]bool{
	"Connection": true, "Proxy-Connection": true, "Keep-Alive": true, "Proxy-Authenticate": true, "Proxy-Authorization": true,
	"Te": true, "Trailer": true, "Transfer-Encoding": true, "Upgrade": true, "Content-Length": true, "Expect": true, "Host": true,
}

// parcel returns the payload in the form that the backlog holds: a form number, then texts, each behind its length.
func (p *Payload) parcel() []byte {
	dropped := connectionOnly(p.Header)
	out := make([]byte, 0, 512+len(p.Path)+len(p.Body))
	out = append(out, parcelForm)
	for _, text := range []string{p.Method, p.Path, p.Host, p.Scheme, p.Client} {
		out = appendText(out, text)
	}
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(p.Header)), func(name string) bool { return hopByHop[name] || dropped[name] })
	out = binary.AppendUvarint(out, uint64(len(names)))
	for _, name := range names {
		values := p.Header[name]
		out = binary.AppendUvarint(appendText(out, name), uint64(len(values)))
		for _, value := range values {
			out = appendText(out, value)
		}
	}
	return append(out, p.Body...)
}

// connectionOnly are the headers that the sender says are about its connection.
func connectionOnly(h http.Header) map[string]bool {
	lines := h["Connection"]
	if len(lines) == 0 {
		return nil
	}
	names := map[string]bool{}
	for name := range strings.SplitSeq(strings.Join(lines, ","), ",") {
		names[http.CanonicalHeaderKey(strings.TrimSpace(name))] = true
	}
	return names
}

func appendText(out []byte, text string) []byte {
	return append(binary.AppendUvarint(out, uint64(len(text))), text...)
}

// readParcel is the way back. The payload's body aliases data.
func readParcel(data []byte) (p Payload, err error) {
	r := parcelReader{rest: data}
	if len(data) == 0 || data[0] != parcelForm {
		return p, errParcel
	}
	r.rest = data[1:]
	for _, to := range []*string{&p.Method, &p.Path, &p.Host, &p.Scheme, &p.Client} {
		*to = r.text()
	}
	n := r.number()
	p.Header = make(http.Header, n)
	for range n {
		name, values := r.text(), make([]string, 0, 1)
		for range r.number() {
			values = append(values, r.text())
		}
		p.Header[name] = values
	}
	p.Body = r.rest
	if r.broken {
		return p, errParcel
	}
	return p, nil
}

// parcelReader reads numbers and texts until something is wrong.
type parcelReader struct {
	rest   []byte
	broken bool
}

// number is never more than there are bytes left, so that it can be a count of whatever follows.
func (r *parcelReader) number() int {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 || n > uint64(len(r.rest)-size) {
		r.broken, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[size:]
	return int(n)
}

func (r *parcelReader) text() string {
	n := r.number()
	text := string(r.rest[:n])
	r.rest = r.rest[n:]
	return text
}
