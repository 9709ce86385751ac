package check

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/waymarkhq/waymark/internal/plan"
)

var depthText = fmt.Sprintf("objects nested at most %d deep", plan.MaxDepth)

// expected says for people what the rule asked for where the rule with the given code is broken.
func (u *rule) expected(code string) string {
	switch code {
	case PropertyEmpty:
		return "non-empty " + u.describeBase()
	case EnumUnknown:
		return u.describeSets()
	case PatternMismatch:
		return u.describePatterns()
	case TooShort:
		return fmt.Sprintf("at least %d characters", u.minLength)
	case TooLong:
		return fmt.Sprintf("at most %d characters", u.maxLength)
	case TooFewItems:
		return fmt.Sprintf("at least %d items", u.minLength)
	case TooManyItems:
		return fmt.Sprintf("at most %d items", u.maxLength)
	case BelowMinimum:
		return "at least " + u.minimum.literal
	case AboveMaximum:
		return "at most " + u.maximum.literal
	case InvalidText:
		return "text without broken characters"
	default:
		return u.describe()
	}
}

// describe names the values that the rule takes.
func (u *rule) describe() string {
	text := u.describeBase()
	switch {
	case len(u.constants) > 0:
		text = describeConstants(u.constants)
	case len(u.sets) > 0:
		text = u.describeSets()
	}
	switch u.encoding {
	case plan.EncodingNone:
	case plan.EncodingJSON:
		text = "string holding as JSON: " + text
	case plan.EncodingURL:
		text = "string holding percent-encoded: " + text
	}
	return shorten(text, MaxText)
}

func (u *rule) describeBase() string {
	switch u.base {
	case plan.TypeDatetime:
		return "datetime (2006-01-02T15:04:05Z or 2006-01-02 15:04:05)"
	case plan.TypeDate:
		return "date (2006-01-02)"
	case plan.TypeList:
		return shorten("list of "+u.items.describe(), MaxText)
	default:
		return strings.ToLower(string(u.base))
	}
}

func (u *rule) describeSets() string {
	if len(u.sets) == 1 {
		return oneOf(u.sets[0].listed)
	}
	var common []string
	for _, v := range u.sets[0].listed {
		if inAll(u.sets[1:], v) {
			common = append(common, v)
		}
	}
	return oneOf(common)
}

func inAll(sets []*set, text string) bool {
	for _, s := range sets {
		if !s.hasText(text) {
			return false
		}
	}
	return true
}

func (u *rule) describePatterns() string {
	texts := make([]string, len(u.patterns))
	for i, p := range u.patterns {
		texts[i] = strings.TrimSuffix(strings.TrimPrefix(p.String(), `\A(?:`), `)\z`)
	}
	return shorten("text that as a whole matches "+strings.Join(texts, " and "), MaxText)
}

func describeConstants(constants []plan.Scalar) string {
	texts := make([]string, len(constants))
	for i, c := range constants {
		texts[i] = c.Text
		if c.Base == plan.TypeString {
			texts[i] = strconv.Quote(c.Text)
		}
	}
	return strings.Join(texts, " and ")
}
