package diff

import "slices"

// Rule is one kind of change to a definition.
type Rule struct {
	// ID is stable.
	ID     string
	Impact Impact
	// AtOnce is true for what takes effect at once where it is changed after approval; anything else is reviewed again.
	AtOnce bool
	// Text and TextZH name the change, Reason and ReasonZH say why it breaks something or does not.
	Text, TextZH, Reason, ReasonZH string
	Example                        Example
}

// Example shows a change of one kind: definitions as JSON, in the form of plan.Frozen; empty is none. What an example
// leaves out is that of a tracked event order_paid with the property price, a number.
type Example struct{ Before, After string }

// Rules are all rules. They are data: the schema, the console, the documents and the tests read them here.
var Rules = slices.Concat(eventRules(), nameRules(), propertyRules(), typeRules(), constraintRules(), valueRules(), textRules())

var byID = func() map[string]*Rule {
	m := make(map[string]*Rule, len(Rules))
	for i := range Rules {
		m[Rules[i].ID] = &Rules[i]
	}
	return m
}()

// RuleOf returns the rule of an id, or nil.
func RuleOf(id string) *Rule { return byID[id] }

// IsBreaking reports whether any of the changes is breaking.
func IsBreaking(changes []Change) bool {
	return slices.ContainsFunc(changes, func(c Change) bool { return c.Impact == Breaking })
}

// AtOnce reports whether all changes may take effect at once after approval, without another review.
func AtOnce(changes []Change) bool {
	return !slices.ContainsFunc(changes, func(c Change) bool { r := RuleOf(c.Rule); return r == nil || !r.AtOnce })
}
