package store

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Likeness says in which way two names are nearly the same; smaller is nearer.
type Likeness int

// The ways in which names are nearly the same.
const (
	LikeSpelling Likeness = iota // but for what separates their words, letter case and width: orderPay, order_pay
	LikeWords                    // the same words in another form or order: orders_pay, pay_order
	LikeSound                    // they are read in the same way: 支付, zhifu
	LikeTyping                   // one typing error apart: oder_pay
)

// maxSimilar is how many documents that the index offers for a name are looked at.
const maxSimilar = 200

// Alike says in which way two names are nearly the same, if at all.
func Alike(a, b string) (Likeness, bool) { return alike(newName(a), newName(b)) }

func alike(a, b name) (Likeness, bool) {
	switch {
	case a.text == "" || b.text == "":
		return 0, false
	case a.text == b.text:
		return LikeSpelling, true
	case a.stems() == b.stems():
		return LikeWords, true
	case a.sound() == b.sound():
		return LikeSound, true
	case isMistyped(a.text) && isAlphanumeric(b.text) && oneError(a.text, b.text):
		return LikeTyping, true
	}
	return 0, false
}

// Similar returns up to limit documents of which a name is nearly the same as one of these, the nearest first. Of q it
// takes where to look; except is the id of one to leave out.
func (s *Store) Similar(ctx context.Context, q Search, names []string, except string, limit int) ([]SearchHit, error) {
	near := map[string]similar{}
	for _, text := range names {
		asked := newName(text)
		if asked.text == "" {
			continue
		}
		// Each name for itself: many that share the one must not crowd out what shares the other.
		_, _, err := s.candidates(ctx, nil, 0, func(c *candidate) bool {
			like, ok := nearest(asked, readNames(c.names))
			if known, there := near[c.hit.ID]; ok && c.hit.ID != except && (!there || like < known.like) {
				near[c.hit.ID] = similar{c.hit, like}
			}
			return false
		}, s.query(func(m matcher) {
			m.candidateColumns(nil)
			m.indexed(asked.similarClause(), q, func() {})
			m.behind(0, maxSimilar)
		}))
		if err != nil {
			return nil, fmt.Errorf("look for similar names: %w", Fault(err))
		}
	}
	found := slices.SortedFunc(maps.Values(near), func(a, b similar) int {
		return cmp.Or(cmp.Compare(a.like, b.like), cmp.Compare(a.hit.Cursor.Seq, b.hit.Cursor.Seq))
	})
	hits := make([]SearchHit, 0, limit)
	for _, s := range found[:min(len(found), limit)] {
		hits = append(hits, s.hit)
	}
	return hits, nil
}

type similar struct {
	hit  SearchHit
	like Likeness
}

// nearest returns the best likeness between a name and those of a list.
func nearest(asked name, names []name) (best Likeness, ok bool) {
	for _, n := range names {
		if like, is := alike(asked, n); is && (!ok || like < best) {
			best, ok = like, true
		}
	}
	return best, ok
}

// similarClause is what every document has of which a name is nearly the same.
func (n name) similarClause() clause {
	c := clause{any: true, tokens: distinct([]token{
		tokenOf(factWhole, n.text), tokenOf(factStems, n.stems()), tokenOf(factSound, n.sound()),
	})}
	if isMistyped(n.text) {
		c.parts = append(c.parts, fuzzyClause(n.text))
	}
	return c
}

// stems returns the name's words without their endings, in alphabetical order.
func (n name) stems() string {
	words := make([]string, len(n.starts))
	for i, from := range n.starts {
		words[i] = stem(n.text[from:n.ends(i)[0]])
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}

// stem takes the endings of English plurals and past tenses off a word, roughly: what comes out is only ever compared.
func stem(word string) string {
	if len(word) < 3 || !isLatin(word) {
		return word
	}
	if rest, ok := strings.CutSuffix(word, "ies"); ok {
		word = rest + "y"
	} else if !strings.HasSuffix(word, "ss") {
		word = strings.TrimSuffix(word, "s")
	}
	for _, ending := range []string{"ing", "ed"} {
		if rest, ok := strings.CutSuffix(word, ending); ok && len(rest) >= 3 {
			word = rest
			break
		}
	}
	return strings.TrimSuffix(word, "e")
}

// sound returns how a name is read: Chinese characters in their usual way, all others as they are.
func (n name) sound() string {
	var b strings.Builder
	for _, r := range n.text {
		if all := readings(r); len(all) > 0 {
			b.WriteString(all[0])
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
