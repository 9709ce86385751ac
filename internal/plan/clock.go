package plan

// IsDate reports whether s is a day of the calendar as YYYY-MM-DD.
func IsDate(s string) bool { return len(s) == len("2006-01-02") && isDay(s) }

// IsDatetime reports whether s is a point in time in one of the two forms that SDKs send: RFC 3339
// (2006-01-02T15:04:05.999Z, 2006-01-02T15:04:05+08:00), where the T may be a blank; or a clock reading without zone
// (2006-01-02 15:04:05.999). Numbers of seconds or milliseconds are not among them: they are planned as integers, so
// that nobody has to guess the unit.
func IsDatetime(s string) bool {
	const day = len("2006-01-02")
	if len(s) < day+len(" 15:04:05") || !isDay(s[:day]) {
		return false
	}
	separator, clock := s[day], s[day+1:]
	if separator != 'T' && separator != 't' && separator != ' ' {
		return false
	}
	hour, minute, second, rest, ok := cutClock(clock)
	if !ok {
		return false
	}
	if rest == "" {
		return separator == ' ' && second <= 59
	}
	offset, ok := parseOffset(rest)
	return ok && (second <= 59 || isLeap(hour*60+minute-offset))
}

func isDay(s string) bool {
	if s[4] != '-' || s[7] != '-' {
		return false
	}
	century, ok1 := twoDigits(s[0:])
	year, ok2 := twoDigits(s[2:])
	month, ok3 := twoDigits(s[5:])
	day, ok4 := twoDigits(s[8:])
	return ok1 && ok2 && ok3 && ok4 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(century*100+year, month)
}

func daysIn(year, month int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	default:
		return 31
	}
}

// cutClock reads 15:04:05 and a fraction of any length off the front of s.
func cutClock(s string) (hour, minute, second int, rest string, ok bool) {
	hour, ok1 := twoDigits(s[0:])
	minute, ok2 := twoDigits(s[3:])
	second, ok3 := twoDigits(s[6:])
	ok = ok1 && ok2 && ok3 && s[2] == ':' && s[5] == ':' && hour <= 23 && minute <= 59 && second <= 60
	rest = s[8:]
	if ok && rest != "" && rest[0] == '.' {
		var digits string
		digits, rest = cutDigits(rest[1:])
		ok = digits != ""
	}
	return hour, minute, second, rest, ok
}

// parseOffset reads a zone: Z, or ±15:04, in minutes east of Greenwich.
func parseOffset(s string) (minutes int, ok bool) {
	if s == "Z" || s == "z" {
		return 0, true
	}
	if len(s) != len("+08:00") || s[0] != '+' && s[0] != '-' || s[3] != ':' {
		return 0, false
	}
	h, ok1 := twoDigits(s[1:])
	m, ok2 := twoDigits(s[4:])
	minutes = h*60 + m
	if s[0] == '-' {
		minutes = -minutes
	}
	return minutes, ok1 && ok2 && h <= 23 && m <= 59
}

// isLeap reports whether a leap second may end the given minute, counted from midnight UTC: they come at 23:59 only.
func isLeap(minute int) bool {
	const day = 24 * 60
	return (minute%day+day)%day == day-1
}

func twoDigits(s string) (n int, ok bool) {
	a, b := s[0]-'0', s[1]-'0'
	return int(a)*10 + int(b), a <= 9 && b <= 9
}
