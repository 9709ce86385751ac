package model

import (
	"github.com/waymarkhq/waymark/internal/plan"
	"github.com/waymarkhq/waymark/internal/preset"
)

// PresetCatalogue is what the SDKs of one wire format report by themselves.
type PresetCatalogue struct{ *preset.Catalogue }

// Presets returns the entries.
func (c PresetCatalogue) Presets() []Preset {
	out := make([]Preset, len(c.Entries))
	for i, e := range c.Entries {
		out[i] = Preset{e}
	}
	return out
}

// Preset is an event or property that an SDK makes by itself.
type Preset struct{ preset.Entry }

// Type is nil where it is no property.
func (p Preset) Type() *plan.BaseType {
	if p.Entry.Type == "" {
		return nil
	}
	return &p.Entry.Type
}

// TextZh is the Chinese text.
func (p Preset) TextZh() string { return p.TextZH }

// PresetCatalogues returns the catalogue of a wire format, or all where it is nil. A format that has none has no catalogue.
func PresetCatalogues(format *string) []*PresetCatalogue {
	out := []*PresetCatalogue{}
	for _, c := range preset.All() {
		if format == nil || *format == c.Format {
			out = append(out, &PresetCatalogue{c})
		}
	}
	return out
}
