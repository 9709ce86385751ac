package check

import (
	"errors"
	"fmt"

	"github.com/waymarkhq/waymark/internal/plan"
)

// rule compiles a type with the constraints that hold for it.
func (c *compiler) rule(t *plan.Type, e *plan.Effective) (*rule, error) {
	u := &rule{
		base: t.Base, nullable: e.Nullable(), nonEmpty: e.NonEmpty(), encoding: t.Encoding, maxLength: unbounded,
	}
	if len(t.Values) > 0 {
		u.sets = append(u.sets, newSet(t.Values))
	}
	for _, constraints := range e.Constraints {
		if err := c.constrain(u, constraints); err != nil {
			return nil, err
		}
	}
	if err := c.composite(u, t); err != nil {
		return nil, err
	}
	return c.once(u), nil
}

// once returns the one rule that says what u says, where that is nothing but plain.
func (c *compiler) once(u *rule) *rule {
	if len(u.patterns)+len(u.sets)+len(u.constants) > 0 || u.minimum != nil || u.maximum != nil || u.items != nil ||
		u.members != nil {
		return u
	}
	key := plainRule{
		base: u.base, nullable: u.nullable, nonEmpty: u.nonEmpty, encoding: u.encoding, minLength: u.minLength,
		maxLength: u.maxLength,
	}
	if have, ok := c.plain[key]; ok {
		return have
	}
	c.plain[key] = u
	return u
}

// composite compiles what a list or an object consists of.
func (c *compiler) composite(u *rule, t *plan.Type) (err error) {
	switch t.Base {
	case plan.TypeList:
		if t.Items == nil {
			return errors.New("a list without a type of its elements")
		}
		u.items, err = c.part(t.Items, plan.PresenceOptional)
		return err
	case plan.TypeObject:
		u.members, err = c.fields(t.Fields)
		return err
	case plan.TypeString, plan.TypeInteger, plan.TypeNumber, plan.TypeBoolean, plan.TypeDatetime, plan.TypeDate,
		plan.TypeEnum:
		return nil
	default:
		return fmt.Errorf("unknown type %q", t.Base)
	}
}

// part compiles the type of an element or a field, which nothing narrows.
func (c *compiler) part(t *plan.Type, presence plan.Presence) (*rule, error) {
	return c.rule(t, &plan.Effective{Presence: presence, Constraints: []*plan.Constraints{&t.Constraints}})
}

func (c *compiler) fields(fields []plan.Field) (*members, error) {
	m := newMembers(len(fields))
	m.freeForm = len(fields) == 0
	for i := range fields {
		f, presence := &fields[i], plan.PresenceOptional
		if f.Required {
			presence = plan.PresenceRequired
		}
		u, err := c.part(&f.Type, presence)
		if err != nil {
			return nil, fmt.Errorf("field %q: %w", f.Name, err)
		}
		m.add(f.Name, u, f.Required)
	}
	return &m, nil
}

// constrain adds constraints to those that u already has.
func (c *compiler) constrain(u *rule, t *plan.Constraints) error {
	for _, n := range []*int{t.MinLength, t.MinItems} {
		if n != nil {
			u.minLength = max(u.minLength, *n)
		}
	}
	for _, n := range []*int{t.MaxLength, t.MaxItems} {
		if n != nil {
			u.maxLength = min(u.maxLength, *n)
		}
	}
	if err := u.limit(t.Minimum, t.Maximum); err != nil {
		return err
	}
	if t.Constant != "" {
		s, ok := plan.ParseScalar(t.Constant)
		if !ok {
			return fmt.Errorf("constant %s is not a JSON scalar", t.Constant)
		}
		u.constants = append(u.constants, s)
	}
	if err := c.match(u, t.Pattern); err != nil {
		return err
	}
	return c.choose(u, t.ValueSetID)
}

func (u *rule) limit(minimum, maximum string) error {
	if minimum != "" {
		if _, ok := plan.ParseDecimal(minimum); !ok {
			return fmt.Errorf("minimum %q is not a number", minimum)
		}
		if b := readNumber(minimum); u.minimum == nil || b.compare(u.minimum) > 0 {
			u.minimum = &b
		}
	}
	if maximum != "" {
		if _, ok := plan.ParseDecimal(maximum); !ok {
			return fmt.Errorf("maximum %q is not a number", maximum)
		}
		if b := readNumber(maximum); u.maximum == nil || b.compare(u.maximum) < 0 {
			u.maximum = &b
		}
	}
	return nil
}

func (c *compiler) match(u *rule, pattern string) error {
	if pattern == "" {
		return nil
	}
	re, ok := c.patterns[pattern]
	if !ok {
		var err error
		if re, err = plan.CompilePattern(pattern); err != nil {
			return fmt.Errorf("pattern: %w", err)
		}
		c.patterns[pattern] = re
	}
	u.patterns = append(u.patterns, re)
	return nil
}

func (c *compiler) choose(u *rule, valueSetID string) error {
	if valueSetID == "" {
		return nil
	}
	key := c.current.ValueSetKey(valueSetID)
	s, ok := c.sets[key]
	if !ok {
		source := c.plan.ValueSets[key]
		if source == nil {
			return fmt.Errorf("value set %q is not in the plan", valueSetID)
		}
		s = newSet(source.Values)
		c.sets[key] = s
	}
	u.sets = append(u.sets, s)
	c.draws = append(c.draws, key)
	return nil
}
