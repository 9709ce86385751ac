package sighting

import (
	"strconv"
	"strings"
)

// Bound is the least or the greatest number that was seen. The zero value is none.
type Bound struct {
	Text string // as sent
	at   float64
}

func boundOf(text string) Bound {
	if text == "" {
		return Bound{}
	}
	at, _ := strconv.ParseFloat(text, 64) // beyond its range it is ±Inf, which is in order
	return Bound{Text: text, at: at}
}

func (b *Bound) lower(o Bound) {
	if o.Text != "" && (b.Text == "" || o.at < b.at) {
		*b = Bound{Text: strings.Clone(o.Text), at: o.at}
	}
}

func (b *Bound) raise(o Bound) {
	if o.Text != "" && (b.Text == "" || o.at > b.at) {
		*b = Bound{Text: strings.Clone(o.Text), at: o.at}
	}
}
