package check

import (
	"slices"
	"strings"
)

// IsPlaceholder reports whether text is what a programming language prints for a value that is not there. Where one of
// them is meant, an enum, a value set or a constant says so.
func IsPlaceholder(text string) bool {
	if len(text) > len("[object Object]") {
		return false
	}
	switch text {
	case "null", "NULL", "(null)", "<null>", // JavaScript, Java; SQL; Objective-C
		"undefined", "NaN", "[object Object]", // JavaScript
		"None", "nan", // Python
		"nil", "<nil>": // Swift, Ruby, Lua; Go
		return true
	}
	return false
}

// holds reports whether a recogniser's list admits a value: an empty list admits any.
func holds(list []string, value string) bool {
	return len(list) == 0 || slices.ContainsFunc(list, func(s string) bool { return strings.EqualFold(s, value) })
}
