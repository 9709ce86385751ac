package sighting

import "encoding/binary"

func appendText(to []byte, text string) []byte {
	return append(binary.AppendUvarint(to, uint64(len(text))), text...)
}

// reader reads what is stored. After damage it reads zeros.
type reader struct {
	from    []byte
	damaged bool
}

func (r *reader) err() error {
	if r.damaged || len(r.from) > 0 {
		return errDamaged
	}
	return nil
}

func (r *reader) byte() byte {
	if len(r.from) == 0 {
		r.damaged = true
		return 0
	}
	b := r.from[0]
	r.from = r.from[1:]
	return b
}

func (r *reader) uint() uint64 {
	n, size := binary.Uvarint(r.from)
	if size <= 0 {
		r.damaged, r.from = true, nil
		return 0
	}
	r.from = r.from[size:]
	return n
}

func (r *reader) int() int64 {
	n, size := binary.Varint(r.from)
	if size <= 0 {
		r.damaged, r.from = true, nil
		return 0
	}
	r.from = r.from[size:]
	return n
}

func (r *reader) text() string {
	n := r.uint()
	if n > uint64(len(r.from)) {
		r.damaged, r.from = true, nil
		return ""
	}
	text := string(r.from[:n])
	r.from = r.from[n:]
	return text
}

func (r *reader) counts(c *Counts) {
	which := r.uint()
	if which >= 1<<shapes {
		r.damaged = true
		return
	}
	for i := range c {
		if which&(1<<i) != 0 {
			c[i] = r.int()
		}
	}
}

func (r *reader) top(t *Top) {
	count := r.uint()
	if count > MaxValues {
		r.damaged = true
		return
	}
	for range count {
		shape := Shape(r.byte())
		if shape >= shapes {
			r.damaged = true
			return
		}
		v := Value{Shape: shape, Text: r.text(), Count: r.int(), Error: r.int()}
		t.values = append(t.values, v)
	}
}
