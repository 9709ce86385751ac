package masking

import "strings"

// hit is a part of a text that looks like a pattern.
type hit struct {
	kind       Pattern
	start, end int
	wide       *spread // where it is not in ASCII
}

// stars overwrites the middle of the hit, and leaves enough of its ends for a person to know it again.
func (h hit) stars(text []byte) {
	first, last := 3, 4
	switch {
	case h.kind == BankCard:
		first = 4
	case h.kind == Email && h.end-h.start == 1:
		first, last = 0, 0
	case h.kind == Email:
		first, last = 1, 0
	case h.kind == Phone && text[h.start] == '+' && h.end-h.start < 11:
		last = 2
	}
	if h.wide != nil {
		h.wide.stars(text, first, last)
		return
	}
	for i := h.start + first; i < h.end-last; i++ {
		if text[i] != '-' && text[i] != ' ' {
			text[i] = '*'
		}
	}
}

// fewest is how many digits a pattern has, fewestOfPlus how many a phone number behind a plus sign.
const (
	fewest       = 11
	fewestOfPlus = 8
)

// passes is how often a text is looked through, the second time as it is after what the first found was masked: the name in an
// address may be a phone number.
const passes = 2

// find finds what looks like a pattern in a text, which may be JSON: what an escape holds is no part of what is found.
func (r *Rules) find(pass int, s string) []hit {
	if pass == 0 {
		return r.emails(s)
	}
	return r.numbers(s)
}

// numbers finds what is made of digits, in order.
func (r *Rules) numbers(s string) []hit {
	if !r.phone && !r.idCard && !r.bankCard {
		return nil
	}
	hits, wide := r.digits(s)
	if wide {
		return r.wideNumbers(s)
	}
	return hits
}

// digits finds what is made of digits of ASCII, and reports whether there are others, or their separators beside them; it ends there.
func (r *Rules) digits(s string) (hits []hit, wide bool) {
	stride := fewest
	if r.phone && strings.IndexByte(s, '+') >= 0 {
		stride = fewestOfPlus
	}
	for i := stride - 1; i < len(s); i += stride {
		look := worthALook[s[i]]
		if look == 0 {
			continue
		}
		if look == asWide {
			if wideAt(s, i) != 0 {
				return nil, true
			}
			continue
		}
		if !mayBeRun(s, i, stride) {
			if isDigit(s[i]) && !isNearASCII(s, i) && isBesideWide(s, i, i+1) {
				return nil, true
			}
			continue
		}
		at := i
		if !isDigit(s[at]) {
			if at--; !isDigit(s[at]) { // in a run there is a digit before a separator
				continue
			}
		}
		start, end, count := runAround(s, at)
		if isBesideWide(s, start, end) {
			return nil, true
		}
		if count >= fewest || count >= fewestOfPlus && start > 0 && s[start-1] == '+' {
			hits = r.inRun(hits, s, behindEscape(s, start), end)
		}
		i = max(i, end-1)
	}
	return hits, false
}

// mayBeRun is a glance at a place in a text: a run of that length around it reaches half as far to one of its sides.
func mayBeRun(s string, at, length int) bool {
	half := (length - 1) / 2
	return at-half >= 0 && inRuns[s[at-half]] && inRuns[s[at-2]] && inRuns[s[at-1]] ||
		at+half < len(s) && inRuns[s[at+half]] && inRuns[s[at+2]] && inRuns[s[at+1]]
}

// inRuns are the bytes that runs of digits are made of.
var inRuns = func() (in [256]bool) {
	for _, c := range "0123456789- " {
		in[c] = true
	}
	return in
}()

func isDigit(b byte) bool { return b-'0' <= 9 }

// runAround returns the run of digits around a place, with single separators in it, and how many digits it has.
func runAround(s string, at int) (start, end, count int) {
	start, end, count = at, at+1, 1
	for ; start > 0; start-- {
		if isDigit(s[start-1]) {
			count++
		} else if start == 1 || !isSeparator(s[start-1]) || !isDigit(s[start-2]) {
			break
		}
	}
	for ; end < len(s); end++ {
		if isDigit(s[end]) {
			count++
		} else if end+1 == len(s) || !isSeparator(s[end]) || !isDigit(s[end+1]) {
			break
		}
	}
	return start, end, count
}

func isSeparator(b byte) bool { return b == '-' || b == ' ' }

// behindEscape returns the first place from start on that is not within an escape as \u4e00.
func behindEscape(s string, start int) int {
	for back := 1; back <= 5 && start-back >= 0; back++ {
		c := s[start-back]
		if c == '\\' && isEscape(s, start-back) {
			if start-back+1 < len(s) && s[start-back+1] == 'u' {
				return min(len(s), start-back+6)
			}
			return min(len(s), max(start, start-back+2))
		}
		if c == '\\' || !isHex(c) && c != 'u' {
			break
		}
	}
	return start
}

// isEscape reports whether the backslash at a place begins an escape, not ends one.
func isEscape(s string, at int) bool {
	before := 0
	for at-before > 0 && s[at-before-1] == '\\' {
		before++
	}
	return before%2 == 0
}

func isHex(b byte) bool { return isDigit(b) || (b|0x20)-'a' <= 'f'-'a' }

// inRun looks for patterns in a run of digits.
func (r *Rules) inRun(hits []hit, s string, start, end int) []hit {
	var window [mostGroups][2]int
	for start < end {
		groups := groupsOf(&window, s, start, end)
		kind, n := r.groupsFrom(s, groups)
		if kind == "" {
			start = groups[0][1] + 1
			continue
		}
		h := hit{kind: kind, start: groups[0][0], end: groups[n-1][1]}
		start = h.end + 1
		if kind == Phone {
			h = ofNumber(s, h)
		}
		if kind == IDCard && h.end-h.start == 17 {
			h.end++ // X
		}
		hits = append(hits, h)
	}
	return hits
}

// ofNumber widens a phone number by a sign before it, and by a fraction, which it has where a program took it for a number.
func ofNumber(s string, h hit) hit {
	if h.start > 0 && (s[h.start-1] == '+' || isSigned(s, h.start)) {
		h.start--
	}
	if h.end+1 < len(s) && s[h.end] == '.' && isDigit(s[h.end+1]) {
		for h.end++; h.end < len(s) && isDigit(s[h.end]); {
			h.end++
		}
	}
	return h
}

// isSigned reports whether the minus before a place is the sign of a number in JSON.
func isSigned(s string, at int) bool {
	return at > 0 && s[at-1] == '-' && (at < 2 || strings.IndexByte(":[, ", s[at-2]) >= 0)
}

// mostGroups is how many groups of digits a pattern may have.
const mostGroups = 5

// groupsOf cuts the beginning of a run, which is a digit, at its separators.
func groupsOf(window *[mostGroups][2]int, s string, start, end int) [][2]int {
	n, from := 0, start
	for i := start; i <= end && n < mostGroups; i++ {
		if i == end || isSeparator(s[i]) {
			window[n], from = [2]int{from, i}, i+1
			n++
		}
	}
	return window[:n]
}

// groupsFrom returns what the first groups look like, and how many they are.
func (r *Rules) groupsFrom(s string, groups [][2]int) (kind Pattern, n int) {
	first := groups[0]
	text := s[first[0]:first[1]]
	if r.phone && isMobile(text) && isFree(s[:first[1]], first[0], first[1]) && isFraction(s[first[1]:]) {
		return Phone, 1
	}
	if long := len(text); (long >= 11 && long <= 19 || long >= 8 && first[0] > 0 && s[first[0]-1] == '+') && isFree(s, first[0], first[1]) {
		switch {
		case r.phone && isPhone(s, text, first[0]):
			return Phone, 1
		case r.idCard && isIDCard(s, first[0], first[1]):
			return IDCard, 1
		case r.bankCard && len(text) >= 15 && isBankCard(text):
			return BankCard, 1
		}
	}
	switch {
	case r.phone && len(groups) >= 3 && lengths(groups, 3, 4, 4) && isMobile(join(s, groups[:3])) && isFree(s, first[0], groups[2][1]):
		return Phone, 3
	case r.bankCard && len(groups) >= 4 && lengths(groups, 4, 4, 4) && isFree(s, first[0], groups[3][1]):
		n := 4
		if len(groups) > 4 && groups[4][1]-groups[4][0] <= 3 {
			n = 5
		}
		if card := join(s, groups[:n]); len(card) >= 15 && isBankCard(card) {
			return BankCard, n
		}
	}
	return "", 0
}

// isFraction reports whether a text begins with a point and digits, behind which a number ends.
func isFraction(s string) bool {
	if len(s) < 2 || s[0] != '.' || !isDigit(s[1]) {
		return false
	}
	end := 1
	for end < len(s) && isDigit(s[end]) {
		end++
	}
	return end == len(s) || !isLetter(s[end]) && s[end] != '.'
}

func lengths(groups [][2]int, want ...int) bool {
	for i, w := range want {
		if groups[i][1]-groups[i][0] != w {
			return false
		}
	}
	return true
}

func join(s string, groups [][2]int) string {
	var b strings.Builder
	for _, g := range groups {
		b.WriteString(s[g[0]:g[1]])
	}
	return b.String()
}

// isFree reports whether digits stand by themselves: they are no part of a decimal number, of a hexadecimal text or of a
// longer name.
func isFree(s string, start, end int) bool {
	if end-start == 17 && end < len(s) && s[end]|0x20 == 'x' { // the check character of an identity card
		end++
	}
	if end < len(s) && (isLetter(s[end]) || isDigit(s[end]) || s[end] == '.' && end+1 < len(s) && isDigit(s[end+1])) {
		return false
	}
	if start == 0 {
		return true
	}
	switch c := s[start-1]; {
	case c == '.':
		return start < 2 || !isDigit(s[start-2])
	case isLetter(c):
		word := start - 1
		for word > 0 && start-word < longest && (isLetter(s[word-1]) || isDigit(s[word-1])) {
			word--
		}
		return strings.ContainsFunc(s[word:start], func(r rune) bool { return !isHex(byte(r)) }) || word > 0 && s[word-1] == '\\'
	}
	return true
}

func isLetter(b byte) bool { return (b|0x20)-'a' <= 'z'-'a' }

// isPhone reports whether digits are a mobile number, perhaps with the country's code, or follow a plus sign.
func isPhone(s, text string, at int) bool {
	if at > 0 && s[at-1] == '+' {
		return len(text) >= 8 && len(text) <= 15
	}
	for _, code := range []string{"0086", "86"} {
		if rest, ok := strings.CutPrefix(text, code); ok && isMobile(rest) {
			return true
		}
	}
	return isMobile(text)
}

func isMobile(text string) bool {
	return len(text) == 11 && text[0] == '1' && text[1] >= '3'
}

// isIDCard reports whether 17 digits and a check character stand there.
func isIDCard(s string, start, end int) bool {
	switch {
	case end-start == 17 && end < len(s) && s[end]|0x20 == 'x':
		end++
	case end-start != 18:
		return false
	}
	text := s[start:end]
	year, month, day := text[6:8], text[10:12], text[12:14]
	if year != "19" && year != "20" || month == "00" || month > "12" || day == "00" || day > "31" {
		return false
	}
	sum := 0
	for i := range 17 {
		sum += int(text[i]-'0') * idWeights[i]
	}
	return "10X98765432"[sum%11] == text[17]&^0x20 || "10X98765432"[sum%11] == text[17]
}

// idWeights are those of GB 11643-1999 (ISO 7064, MOD 11-2).
var idWeights = [17]int{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2}

// isBankCard reports whether digits are a card's: of a network that is known by its first digits, in its length, with the
// right check digit (Luhn).
func isBankCard(text string) bool {
	long, prefix := len(text), text[:2]
	switch {
	case prefix == "62" && long >= 16 && long <= 19: // UnionPay
	case text[0] == '4' && long == 16: // Visa
	case (prefix >= "51" && prefix <= "55" || text[:4] >= "2221" && text[:4] <= "2720") && long == 16: // Mastercard
	case prefix == "35" && long == 16: // JCB
	case (prefix == "34" || prefix == "37") && long == 15: // American Express
	default:
		return false
	}
	sum := 0
	for i := range long {
		d := int(text[long-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// emails finds the first parts of mail addresses.
func (r *Rules) emails(s string) (hits []hit) {
	if !r.email {
		return nil
	}
	for _, sign := range [...]string{"@", "%40"} {
		for from := 0; ; {
			at := strings.Index(s[from:], sign)
			if at < 0 {
				break
			}
			at += from
			from = at + len(sign)
			start := at
			for start > 0 && at-start < longest && isLocal(s[start-1]) {
				start--
			}
			if start = behindEscape(s, start); start < at && isDomain(s[from:]) {
				hits = append(hits, hit{kind: Email, start: start, end: at})
			}
		}
	}
	return hits
}

// longest is how many bytes a mail address or a word is followed for.
const longest = 64

func isLocal(b byte) bool {
	return isLetter(b) || isDigit(b) || strings.IndexByte("._+-'", b) >= 0
}

// isDomain reports whether a text begins with a domain whose last label is no file's ending.
func isDomain(s string) bool {
	labels := 0
	for {
		end := 0
		for end < len(s) && end < longest && (isLetter(s[end]) || isDigit(s[end]) || s[end] == '-') {
			end++
		}
		labels++
		if end+1 < len(s) && end > 0 && s[end] == '.' && (isLetter(s[end+1]) || isDigit(s[end+1])) && labels < 10 {
			s = s[end+1:]
			continue
		}
		return labels > 1 && end >= 2 && isTop(strings.ToLower(s[:end]))
	}
}

// isTop reports whether a text may be the last label of a domain.
func isTop(label string) bool {
	switch label {
	case "png", "jpg", "jpeg", "gif", "webp", "svg", "js", "mjs", "css", "json":
		return false
	}
	return !strings.ContainsFunc(label, func(r rune) bool { return !isLetter(byte(r)) })
}
