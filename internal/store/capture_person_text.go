package store

import (
	"encoding/json"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxUnescapes is how often a text is unescaped to find an id in it: JSON in a string of JSON.
const maxUnescapes = 2

var (
	jsonEscapes    = regexp.MustCompile(`\\(?:u[0-9a-fA-F]{4}(?:\\u[0-9a-fA-F]{4})*|["\\/bfnrt])`)
	percentEscapes = regexp.MustCompile(`(?:%[0-9a-fA-F]{2})+`)
)

// saidBy returns what a text of a request may say, which may be cut: as it is, and without the escapes of JSON and of addresses.
func saidBy(text string) []string {
	list := []string{text}
	for range maxUnescapes {
		last := list[len(list)-1]
		if strings.IndexByte(last, '\\') < 0 {
			break
		}
		list = append(list, jsonEscapes.ReplaceAllStringFunc(last, unescaped))
	}
	for _, s := range list {
		if !strings.ContainsAny(s, "%+") {
			continue
		}
		decoded := percentEscapes.ReplaceAllStringFunc(strings.ReplaceAll(s, "+", " "), func(e string) string {
			d, _ := url.PathUnescape(e) // it is made of nothing else
			return d
		})
		list = append(list, decoded)
		if strings.IndexByte(decoded, '\\') >= 0 {
			list = append(list, jsonEscapes.ReplaceAllStringFunc(decoded, unescaped))
		}
	}
	return list
}

func unescaped(escape string) string {
	var s string
	if err := json.Unmarshal([]byte(`"`+escape+`"`), &s); err != nil {
		return escape
	}
	return s
}

// holdsWord reports whether a text holds a word that is no part of a longer one.
func holdsWord(text, word string) bool {
	if word == "" {
		return false
	}
	first, _ := utf8.DecodeRuneInString(word)
	last, _ := utf8.DecodeLastRuneInString(word)
	for from := 0; ; {
		at := strings.Index(text[from:], word)
		if at < 0 {
			return false
		}
		at += from
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		behind, n := utf8.DecodeRuneInString(text[at+len(word):])
		dotted, _ := utf8.DecodeRuneInString(text[at+len(word)+n:])
		longer := goesOn(before, first) || goesOn(behind, last) || behind == '.' && goesOn(dotted, last)
		if !longer {
			return true
		}
		from = at + 1
	}
}

// goesOn reports whether a character beside the end of an id makes a longer one of it: what ids are made of, in its script.
func goesOn(r, end rune) bool {
	if r == utf8.RuneError || (r < utf8.RuneSelf) != (end < utf8.RuneSelf) {
		return false
	}
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("_-*@", r)
}
