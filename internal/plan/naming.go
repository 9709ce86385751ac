package plan

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/waymarkhq/waymark/internal/fault"
)

// Limits of a naming.
const (
	// MaxWords is how long a list of words may be, MaxWord how long each of them, in code points.
	MaxWords = 2000
	MaxWord  = 100
)

// NameKind says what is named.
type NameKind string

// What is named.
const (
	NameEvent    NameKind = "EVENT"     // an event on the wire
	NameEventKey NameKind = "EVENT_KEY" // an event in the plan
	NameProperty NameKind = "PROPERTY"  // a property, on the wire and in the plan
)

// Naming is how an app wants its names. What is not set is free.
type Naming struct {
	Events     *NameRule `json:"events,omitempty"`
	EventKeys  *NameRule `json:"eventKeys,omitempty"`
	Properties *NameRule `json:"properties,omitempty"`
}

// NameRule is how names of one kind have to be. Letters of scripts without case, as Chinese has, fit every casing.
type NameRule struct {
	Casing Casing `json:"casing,omitempty"`
	// Pattern is an RE2 expression that must match the whole name.
	Pattern string `json:"pattern,omitempty"`
	// Words are the words of which names are made, FirstWords those with which they begin; none means any. Upper and lower
	// case make no difference.
	Words      []string `json:"words,omitempty"`
	FirstWords []string `json:"firstWords,omitempty"`
	// Reserved are names that may not be used, whatever their case; one that ends in * stands for all that begin so.
	Reserved []string `json:"reserved,omitempty"`
	// MinLength and MaxLength count code points.
	MinLength *int `json:"minLength,omitempty"`
	MaxLength *int `json:"maxLength,omitempty"`
}

// of returns the rule for names of a kind, or nil.
func (n *Naming) of(kind NameKind) *NameRule {
	switch kind {
	case NameEvent:
		return n.Events
	case NameEventKey:
		return n.EventKeys
	case NameProperty:
		return n.Properties
	default:
		return nil
	}
}

// Validate refuses a naming by which no name could be judged; path is where the client wrote it. Reasons: unknown_casing,
// contradiction, duplicate, too_many, out_of_range, and those of names and patterns.
func (n *Naming) Validate(path string, f *fault.Fields) {
	n.Events.validate(path+".events", f)
	n.EventKeys.validate(path+".eventKeys", f)
	n.Properties.validate(path+".properties", f)
}

func (r *NameRule) validate(path string, f *fault.Fields) {
	if r == nil {
		return
	}
	if !slices.Contains(casings, r.Casing) {
		f.Add(path+".casing", "unknown_casing", fmt.Sprintf("%q is not a casing", r.Casing))
	}
	if r.Pattern != "" {
		validatePattern(path+".pattern", r.Pattern, f)
	}
	validateWords(path+".words", r.Words, f)
	validateWords(path+".firstWords", r.FirstWords, f)
	validateWords(path+".reserved", r.Reserved, f)
	r.validateLength(path, f)
}

func (r *NameRule) validateLength(path string, f *fault.Fields) {
	before := len(*f)
	validateNameLength(path+".minLength", r.MinLength, f)
	validateNameLength(path+".maxLength", r.MaxLength, f)
	if len(*f) == before && r.MinLength != nil && r.MaxLength != nil && *r.MinLength > *r.MaxLength {
		f.Add(path+".minLength", "contradiction", "the least length lies above the greatest")
	}
}

func validateNameLength(path string, n *int, f *fault.Fields) {
	if n != nil && (*n < 1 || *n > MaxName) {
		f.Add(path, "out_of_range", fmt.Sprintf("the length of a name is between 1 and %d", MaxName))
	}
}

func validateWords(path string, words []string, f *fault.Fields) {
	if len(words) > MaxWords {
		f.Add(path, "too_many", fmt.Sprintf("at most %d words are allowed", MaxWords))
		return
	}
	seen := make(map[string]bool, len(words))
	for i, w := range words {
		at, folded := fmt.Sprintf("%s[%d]", path, i), strings.ToLower(w)
		if utf8.RuneCountInString(w) > MaxWord {
			f.Add(at, "too_long", fmt.Sprintf("a word has at most %d characters", MaxWord))
			continue
		}
		ValidateName(at, w, f)
		if seen[folded] {
			f.Add(at, "duplicate", fmt.Sprintf("%q is there twice", w))
		}
		seen[folded] = true
	}
}

// Check tells what is wrong with a name. Who has many names to check takes a Namer.
func (n *Naming) Check(kind NameKind, name string) []Finding { return n.Namer(kind).Check(name) }

// Namer judges names of one kind.
type Namer struct {
	kind                        NameKind
	rule                        NameRule
	pattern                     *regexp.Regexp
	words, firstWords, reserved map[string]bool
	prefixes                    []string // reserved
}

// Namer makes ready to judge names of a kind by a naming that has been validated.
func (n *Naming) Namer(kind NameKind) *Namer {
	c := &Namer{kind: kind, reserved: map[string]bool{}}
	r := n.of(kind)
	if r == nil {
		return c
	}
	c.rule, c.words, c.firstWords = *r, folded(r.Words), folded(r.FirstWords)
	if re, err := CompilePattern(r.Pattern); err == nil && r.Pattern != "" {
		c.pattern = re
	}
	for word := range folded(r.Reserved) {
		if prefix, ok := strings.CutSuffix(word, "*"); ok {
			c.prefixes = append(c.prefixes, prefix)
		} else {
			c.reserved[word] = true
		}
	}
	slices.Sort(c.prefixes)
	return c
}

func folded(words []string) map[string]bool {
	set := make(map[string]bool, len(words))
	for _, w := range words {
		set[strings.ToLower(w)] = true
	}
	return set
}

// Check tells what is wrong with a name, at most one finding for each rule.
func (c *Namer) Check(name string) []Finding {
	var found []Finding
	for _, judge := range []func(string) *Finding{c.casing, c.matches, c.madeOf, c.isReserved, c.length} {
		if f := judge(name); f != nil {
			f.Path = c.path()
			f.Params["name"] = name
			found = append(found, *f)
		}
	}
	return found
}

func (c *Namer) path() string {
	if c.kind == NameEvent {
		return "wireName"
	}
	return "key"
}

func (c *Namer) casing(name string) *Finding {
	if c.rule.Casing.Fits(name) {
		return nil
	}
	p := map[string]any{"casing": string(c.rule.Casing)}
	message := fmt.Sprintf("%q is not in %s", name, c.rule.Casing.Example())
	if s := c.rule.Casing.Convert(name); s != name && c.rule.Casing.Fits(s) {
		p["suggestion"] = s
		message += "; in it the name is " + s
	}
	return &Finding{Rule: GuardNamingCasing, Message: message, Params: p}
}

func (c *Namer) matches(name string) *Finding {
	if c.pattern == nil || c.pattern.MatchString(name) {
		return nil
	}
	return &Finding{
		Rule: GuardNamingPattern, Message: fmt.Sprintf("%q does not match %s", name, c.rule.Pattern),
		Params: map[string]any{"pattern": c.rule.Pattern},
	}
}

func (c *Namer) madeOf(name string) *Finding {
	words := Words(name)
	if len(words) == 0 {
		return nil
	}
	if first := words[0]; len(c.firstWords) > 0 && !c.firstWords[strings.ToLower(first)] {
		return &Finding{
			Rule: GuardNamingWords, Message: fmt.Sprintf("names do not begin with %q here", first),
			Params: map[string]any{"word": first, "first": true},
		}
	}
	for _, w := range words {
		if len(c.words) > 0 && !c.words[strings.ToLower(w)] {
			return &Finding{
				Rule: GuardNamingWords, Message: fmt.Sprintf("%q is not a word of the list", w),
				Params: map[string]any{"word": w, "first": false},
			}
		}
	}
	return nil
}

func (c *Namer) isReserved(name string) *Finding {
	low := strings.ToLower(name)
	by := ""
	if c.reserved[low] {
		by = low
	}
	for _, prefix := range c.prefixes {
		if by == "" && strings.HasPrefix(low, prefix) {
			by = prefix + "*"
		}
	}
	if by == "" {
		return nil
	}
	return &Finding{
		Rule: GuardNamingReserved, Message: fmt.Sprintf("%q is reserved", name), Params: map[string]any{"reserved": by},
	}
}

func (c *Namer) length(name string) *Finding {
	n := utf8.RuneCountInString(name)
	least, greatest := 0, MaxName
	if c.rule.MinLength != nil {
		least = *c.rule.MinLength
	}
	if c.rule.MaxLength != nil {
		greatest = *c.rule.MaxLength
	}
	if n >= least && n <= greatest {
		return nil
	}
	return &Finding{
		Rule: GuardNamingLength, Message: fmt.Sprintf("a name has %d to %d characters here, this one %d", least, greatest, n),
		Params: map[string]any{"length": n, "least": least, "greatest": greatest},
	}
}
