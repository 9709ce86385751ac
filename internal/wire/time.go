package wire

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/waymarkhq/waymark/internal/capture"
)

// The years 1 to 9999, in seconds since 1970.
const (
	firstSecond = -62135596800
	lastSecond  = 253402300799
)

// Time reads a point in time: an ISO 8601 text, or a number of seconds, milliseconds, microseconds or nanoseconds since
// 1970, told apart by size. What is not quite what it should be is noted; what cannot be read, or is not within the years
// 1 to 9999, is the zero time.
func (n *Notes) Time(node *capture.Node, field string) time.Time {
	switch node.Kind {
	case capture.Null:
		return time.Time{}
	case capture.String:
		t, zone, ok := parseTime(node.Text)
		if ok && zone {
			return t
		}
		if ok {
			n.Addf("%s has no time zone and was read as UTC", field)
			return t
		}
		if t, ok := epoch(node.Text); ok {
			n.Addf("%s is a number in a string, not ISO 8601", field)
			return t
		}
	case capture.Number:
		if t, ok := epoch(node.Text); ok {
			n.Addf("%s is a number, not ISO 8601; it was read as %s", field, t.Format(time.RFC3339Nano))
			return t
		}
	case capture.Bool, capture.Array, capture.ObjectKind:
	}
	n.Addf("%s is not ISO 8601", field)
	return time.Time{}
}

// epoch reads a number of seconds or of a smaller unit since 1970, written without exponent.
func epoch(s string) (time.Time, bool) {
	whole, fraction, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	part, err2 := strconv.ParseUint("0"+fraction, 10, 64)
	if err != nil || err2 != nil || n < 0 {
		return time.Time{}, false
	}
	rest := float64(part) / math.Pow10(len(fraction)) // of one unit
	switch {
	case n < 1e11: // until the year 5138
		return time.Unix(n, int64(rest*1e9)).UTC(), true
	case n < 1e14:
		return time.UnixMilli(n).Add(time.Duration(rest * 1e6)).UTC(), true
	case n < 1e17:
		return time.UnixMicro(n).Add(time.Duration(rest * 1e3)).UTC(), true
	default:
		return time.Unix(0, n).UTC(), true
	}
}

// parseTime reads an ISO 8601 date and time (2006-01-02T15:04:05.999Z and its usual variations: a blank for the T, any
// number of digits of the second, a zone as Z, +08:00, +0800, +08 or missing, no time at all). It reports whether there
// was a zone.
func parseTime(s string) (t time.Time, zone, ok bool) {
	if len(s) < 10 || s[4] != '-' || s[7] != '-' {
		return t, false, false
	}
	year, month, day := number(s[0:4]), number(s[5:7]), number(s[8:10])
	if year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return t, false, false
	}
	sec, nano, offset := 0, 0, 0
	if rest := s[10:]; rest != "" {
		if sec, nano, rest, ok = parseClock(rest); !ok {
			return t, false, false
		}
		if offset, zone, ok = parseZone(rest); !ok {
			return t, false, false
		}
	}
	unix := daysSince1970(year, month, day)*86400 + int64(sec-offset)
	if unix < firstSecond || unix > lastSecond {
		return t, false, false
	}
	return time.Unix(unix, int64(nano)).UTC(), zone, true
}

// parseClock reads T15:04:05.999 and returns what stands behind it.
func parseClock(s string) (sec, nano int, rest string, ok bool) {
	if len(s) < 9 || (s[0]|0x20 != 't' && s[0] != ' ') || s[3] != ':' || s[6] != ':' {
		return 0, 0, "", false
	}
	h, m, sec := number(s[1:3]), number(s[4:6]), number(s[7:9])
	if h < 0 || h > 23 || m < 0 || m > 59 || sec < 0 || sec > 60 {
		return 0, 0, "", false
	}
	sec, s = h*3600+m*60+sec, s[9:]
	if s == "" || (s[0] != '.' && s[0] != ',') {
		return sec, 0, s, true
	}
	i := 1
	for unit := 100_000_000; i < len(s) && s[i]-'0' <= 9; i++ {
		nano += int(s[i]-'0') * unit
		unit /= 10
	}
	return sec, nano, s[i:], i > 1
}

// parseZone reads a zone, which ends the text, as seconds east of UTC.
func parseZone(s string) (offset int, zone, ok bool) {
	switch {
	case s == "":
		return 0, false, true
	case s == "Z" || s == "z":
		return 0, true, true
	case s[0] != '+' && s[0] != '-':
		return 0, false, false
	}
	digits := s[1:]
	if len(s) == 6 && s[3] == ':' {
		digits = s[1:3] + s[4:]
	}
	if len(digits) != 2 && len(digits) != 4 {
		return 0, false, false
	}
	h, m := number(digits[:2]), number(digits[2:])
	if h < 0 || h > 23 || m < 0 || m > 59 {
		return 0, false, false
	}
	if offset = h*3600 + m*60; s[0] == '-' {
		offset = -offset
	}
	return offset, true, true
}

// number reads decimal digits, at most four; it is negative where there is anything else.
func number(s string) int {
	n := 0
	for i := range len(s) {
		d := s[i] - '0'
		if d > 9 {
			return -1 << 30
		}
		n = n*10 + int(d)
	}
	return n
}

func daysIn(year, month int) int {
	if month == 2 && (year%4 != 0 || year%100 == 0 && year%400 != 0) {
		return 28
	}
	return [...]int{0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month]
}

// daysSince1970 counts the days of the Gregorian calendar, by years that begin in March.
func daysSince1970(year, month, day int) int64 {
	if month <= 2 {
		year--
		month += 12
	}
	return int64(365*year + year/4 - year/100 + year/400 + (153*(month-3)+2)/5 + day - 1 - 719468)
}
