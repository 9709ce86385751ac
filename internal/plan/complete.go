package plan

import (
	"fmt"
	"slices"
	"strings"

	"github.com/waymarkhq/waymark/internal/fault"
)

// Completeness is what an app wants to be said of each event and property. What is not set is not asked for.
type Completeness struct {
	// Description, Trigger, Owner, Level and Module are asked of events; a trigger only of tracked ones.
	Description bool `json:"description,omitempty"`
	Trigger     bool `json:"trigger,omitempty"`
	Owner       bool `json:"owner,omitempty"`
	Level       bool `json:"level,omitempty"`
	Module      bool `json:"module,omitempty"`
	// PropertyDescription and Example are asked of properties; the example may be the event's or the property's own.
	PropertyDescription bool `json:"propertyDescription,omitempty"`
	Example             bool `json:"example,omitempty"`
	// Levels are those of which it is asked; none means all.
	Levels []Level `json:"levels,omitempty"`
}

var levels = []Level{LevelP0, LevelP1, LevelP2}

// Validate refuses what is no completeness; path is where the client wrote it. Reasons: unknown_level, duplicate.
func (c *Completeness) Validate(path string, f *fault.Fields) {
	for i, l := range c.Levels {
		at := fmt.Sprintf("%s.levels[%d]", path, i)
		if !slices.Contains(levels, l) {
			f.Add(at, "unknown_level", fmt.Sprintf("%q is not a level", l))
		}
		if slices.Contains(c.Levels[:i], l) {
			f.Add(at, "duplicate", fmt.Sprintf("%q is there twice", l))
		}
	}
}

// Check tells what is not said of an event and the properties that it carries.
func (c *Completeness) Check(f *Frozen) []Finding {
	if len(c.Levels) > 0 && !slices.Contains(c.Levels, f.Level) {
		return nil
	}
	var found []Finding
	ask := func(asked bool, path, said string) {
		if asked && strings.TrimSpace(said) == "" {
			found = append(found, incomplete(path))
		}
	}
	ask(c.Description, "description", f.Description)
	ask(c.Trigger && f.Kind == KindTrack, "trigger", f.Trigger)
	ask(c.Owner, "ownerIds", strings.Join(f.OwnerIDs, " "))
	ask(c.Level, "level", string(f.Level))
	ask(c.Module, "module", f.Module)
	for i := range f.Properties {
		p := &f.Properties[i]
		found = append(found, c.checkProperty("properties["+p.Key+"].", p)...)
	}
	return found
}

// CheckProperty tells what is not said of a shared property by itself.
func (c *Completeness) CheckProperty(p *FrozenProperty) []Finding { return c.checkProperty("", p) }

func (c *Completeness) checkProperty(path string, p *FrozenProperty) []Finding {
	var found []Finding
	if c.PropertyDescription && strings.TrimSpace(p.Description) == "" {
		found = append(found, incomplete(path+"description"))
	}
	if c.Example && strings.TrimSpace(p.Example+p.PropertyExample) == "" {
		found = append(found, incomplete(path+"example"))
	}
	return found
}

func incomplete(path string) Finding {
	return Finding{
		Rule: GuardIncomplete, Path: path, Message: path + " is asked for here", Params: map[string]any{"field": path},
	}
}
