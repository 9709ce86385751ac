// Package preset is the catalogue of what SDKs report by themselves: the events and properties that nobody plans, by the
// wire format of the SDK. What it lists is never called unplanned.
//
// The package is pure, and safe for concurrent use.
package preset

import (
	"bufio"
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/waymarkhq/waymark/internal/capture"
	"github.com/waymarkhq/waymark/internal/plan"
)

// Each file is named after a wire format and has a line for each preset: kind, name, type, Chinese and English text, tab
// between them. Lines that begin with # are comments, the first of which says where the list is from.
//
//go:embed data/*.tsv
var files embed.FS

// Kind is what a preset is.
type Kind string

// The kinds of presets.
const (
	// Event is a tracked event.
	Event Kind = "EVENT"
	// Property is a property of any record.
	Property Kind = "PROPERTY"
	// PageProperty is a property of page and screen records only.
	PageProperty Kind = "PAGE_PROPERTY"
	// Prefix begins the names that the vendor keeps for its SDKs, of events and properties.
	Prefix Kind = "PREFIX"
)

// Entry is one preset.
type Entry struct {
	Kind Kind
	Name string
	// Type is that of a property's values; empty for the other kinds.
	Type plan.BaseType
	// Text says what it means, in English, TextZH in Chinese.
	Text, TextZH string
}

// Catalogue is the presets of a wire format. The zero value has none.
type Catalogue struct {
	Format  string
	Entries []Entry

	names    map[Kind]map[string]bool
	prefixes []string
}

var (
	none       = &Catalogue{}
	catalogues = readAll()
)

// Of returns the presets of a wire format; a format without any has an empty catalogue.
func Of(format string) *Catalogue {
	if c := catalogues[format]; c != nil {
		return c
	}
	return none
}

// All returns the catalogues, by the names of their formats.
func All() []*Catalogue {
	list := make([]*Catalogue, 0, len(catalogues))
	for _, c := range catalogues {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b *Catalogue) int { return strings.Compare(a.Format, b.Format) })
	return list
}

// IsEvent reports whether SDKs track events of this name by themselves.
func (c *Catalogue) IsEvent(name string) bool { return c.names[Event][name] || c.isReserved(name) }

// IsProperty reports whether SDKs put a property of this name into records of a type by themselves. In every format there
// is the one that tells of a test run.
func (c *Catalogue) IsProperty(t capture.Type, name string) bool {
	return c.names[Property][name] || name == capture.RunProperty || (t == capture.Page || t == capture.Screen) && c.names[PageProperty][name] || c.isReserved(name)
}

func (c *Catalogue) isReserved(name string) bool {
	for _, p := range c.prefixes {
		if strings.HasPrefix(name, p) {
			return true
		}
	}
	return false
}

// readAll reads the embedded files. They are part of the program, so a bad one is a bug, which a test finds.
func readAll() map[string]*Catalogue {
	entries, err := files.ReadDir("data")
	if err != nil {
		panic(err)
	}
	all := make(map[string]*Catalogue, len(entries))
	for _, e := range entries {
		data, err := files.ReadFile(path.Join("data", e.Name()))
		if err != nil {
			panic(err)
		}
		c, err := read(strings.TrimSuffix(e.Name(), ".tsv"), string(data))
		if err != nil {
			panic(err)
		}
		all[c.Format] = c
	}
	return all
}

func read(format, data string) (*Catalogue, error) {
	c := &Catalogue{Format: format, names: map[Kind]map[string]bool{Event: {}, Property: {}, PageProperty: {}, Prefix: {}}}
	lines := bufio.NewScanner(strings.NewReader(data))
	for n := 1; lines.Scan(); n++ {
		if lines.Text() == "" || strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		f := strings.Split(lines.Text(), "\t")
		if len(f) != 5 {
			return nil, fmt.Errorf("%s.tsv line %d: %d columns, not 5", format, n, len(f))
		}
		e := Entry{Kind: Kind(f[0]), Name: f[1], Type: plan.BaseType(f[2]), TextZH: f[3], Text: f[4]}
		names := c.names[e.Kind]
		switch isProperty := e.Kind == Property || e.Kind == PageProperty; {
		case names == nil:
			return nil, fmt.Errorf("%s.tsv line %d: there is no kind %q", format, n, f[0])
		case names[e.Name]:
			return nil, fmt.Errorf("%s.tsv line %d: %s is there twice", format, n, e.Name)
		case e.Name == "" || e.Text == "" || e.TextZH == "":
			return nil, fmt.Errorf("%s.tsv line %d: name and texts are needed", format, n)
		case isProperty && !slices.Contains(plan.BaseTypes(), e.Type), !isProperty && e.Type != "":
			return nil, fmt.Errorf("%s.tsv line %d: type %q", format, n, f[2])
		}
		names[e.Name] = true
		if e.Kind == Prefix {
			c.prefixes = append(c.prefixes, e.Name)
		}
		c.Entries = append(c.Entries, e)
	}
	return c, lines.Err()
}
