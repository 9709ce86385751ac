package catalog

import (
	"context"
	"fmt"
	"slices"

	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/plan"
)

// keyPath is the place of the input that says the event's key.
func (in *CreateEventInput) keyPath() string {
	if in.Key == nil {
		return "input.wireName"
	}
	return "input.key"
}

// document returns what the input says, but for its properties.
func (in *CreateEventInput) document() eventDocument {
	key := value(in.Key)
	if in.Key == nil {
		key = value(in.WireName)
	}
	return eventDocument{
		Key: key, Kind: in.Kind, Name: in.Name, WireName: value(in.WireName), Match: in.Match, Aliases: in.Aliases,
		Description: in.Description, Trigger: in.Trigger, Level: in.Level, Module: in.Module, OwnerIDs: in.OwnerIDs,
		Terminals: in.Terminals, ExcludedCommon: in.ExcludedCommonProperties,
	}
}

// apply writes what the input says to a document, but for its properties.
func (in *UpdateEventInput) apply(d *eventDocument) {
	set(&d.Name, in.Name)
	set(&d.WireName, in.WireName)
	set(&d.Description, in.Description)
	set(&d.Trigger, in.Trigger)
	set(&d.Level, in.Level)
	set(&d.Module, in.Module)
	setList(&d.Match, in.Match)
	setList(&d.Aliases, in.Aliases)
	setList(&d.OwnerIDs, in.OwnerIDs)
	setList(&d.Terminals, in.Terminals)
	setList(&d.ExcludedCommon, in.ExcludedCommonProperties)
}

// setList writes a list that was given, even an empty one.
func setList[T any](v *[]T, list []T) {
	if list != nil {
		*v = list
	}
}

// validate notes what is wrong with a document by itself, but for its properties.
func (d *eventDocument) validate(f *fault.Fields) {
	def := plan.Definition{
		Key: d.Key, Kind: d.Kind, WireName: d.WireName, Match: d.Match, Aliases: d.Aliases, Terminals: d.Terminals,
		ExcludedCommon: d.ExcludedCommon,
	}
	var own fault.Fields
	def.Validate("input", &own)
	*f = append(*f, renamed(own, "input.excludedCommon", "input.excludedCommonProperties")...)
	plan.ValidateName("input.name", d.Name, f)
	validateProse("input.description", &d.Description, f)
	validateProse("input.trigger", &d.Trigger, f)
	validateLine("input.module", &d.Module, f)
	if !slices.Contains([]plan.Level{plan.LevelP0, plan.LevelP1, plan.LevelP2}, d.Level) {
		f.Add("input.level", "unknown_level", fmt.Sprintf("%q is not a level", d.Level))
	}
}

// resolve checks a valid document against what it refers to, takes over the properties that are given (nil: those that it
// has stay), and brings it into its normal form.
func (c *change) resolve(ctx context.Context, appID string, d *eventDocument, uses []EventPropertyInput) error {
	var f fault.Fields
	terminals, err := c.terminalKeys(ctx, appID)
	if err != nil {
		return err
	}
	for i, key := range d.Terminals {
		terminals.check(fmt.Sprintf("input.terminals[%d]", i), key, &f)
	}
	owner := func(i int) string { return fmt.Sprintf("input.ownerIds[%d]", i) }
	if err := c.checkUsers(ctx, d.OwnerIDs, owner, &f); err != nil {
		return err
	}
	if uses != nil {
		if d.Properties, err = c.resolveUses(ctx, appID, terminals, uses, &f); err != nil {
			return err
		}
	}
	d.normalise()
	return f.Err()
}
