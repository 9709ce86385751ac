package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/alecthomas/kong"
	"gopkg.in/yaml.v3"

	"github.com/waymarkhq/waymark/internal/fault"
)

// Setting describes one setting, for help and documentation.
type Setting struct {
	Name, Variable, Default, Placeholder, Group string
	Help, Chinese                               string
}

// All returns every setting in reading order.
func All() []Setting {
	t := reflect.TypeFor[Settings]()
	list := make([]Setting, 0, t.NumField())
	for field := range t.Fields() {
		tag := field.Tag
		s := Setting{
			Name: tag.Get("name"), Variable: tag.Get("variable"), Default: tag.Get("default"), Placeholder: tag.Get("placeholder"),
			Group: tag.Get("group"), Help: tag.Get("help"), Chinese: tag.Get("zh"),
		}
		if s.Variable == "" {
			s.Variable = "WAYMARK_" + strings.ToUpper(strings.ReplaceAll(s.Name, "-", "_"))
		}
		list = append(list, s)
	}
	return list
}

// Sources finds the values of settings that no flag gives: in the environment, else in the YAML file. It is a
// kong.Resolver, for one command line.
type Sources struct {
	variables map[string]string // of the environment, by name
	settings  map[string]Setting

	read   bool
	path   string            // of the file, or empty
	broken error             // why the file cannot be used
	file   map[string]string // what it says, by name of the setting
	origin map[string]string // where each value came from, as an error names it
}

var _ kong.Resolver = (*Sources)(nil)

// Environ returns the environment of this process, for NewSources.
func Environ() []string { return os.Environ() }

// NewSources takes an environment as Environ gives it.
func NewSources(environ []string) *Sources {
	s := &Sources{variables: map[string]string{}, settings: map[string]Setting{}, origin: map[string]string{}}
	for _, line := range environ {
		if name, value, ok := strings.Cut(line, "="); ok {
			s.variables[name] = value
		}
	}
	for _, setting := range All() {
		s.settings[setting.Name] = setting
	}
	return s
}

// Options are what a command line needs to find its settings here and to show them in its help.
func (s *Sources) Options() []kong.Option {
	return []kong.Option{kong.Resolvers(s), kong.ValueFormatter(s.help)}
}

func (s *Sources) help(v *kong.Value) string {
	setting, known := s.settings[v.Name]
	if !known {
		return v.Help
	}
	if setting.Default != "" {
		return v.Help + " (" + setting.Variable + ", default " + setting.Default + ")"
	}
	return v.Help + " (" + setting.Variable + ")"
}

// Validate has nothing to say about the grammar.
func (s *Sources) Validate(*kong.Application) error { return nil }

// Resolve returns the value of a flag that the command line does not give, nil when nobody gives one.
func (s *Sources) Resolve(ctx *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	setting, known := s.settings[flag.Name]
	if !known {
		return nil, nil //nolint:nilnil // what a kong.Resolver returns for “not mine”
	}
	s.readFile(ctx)
	if value, ok := s.variables[setting.Variable]; ok && value != "" {
		s.origin[setting.Name] = setting.Variable
		return value, nil
	}
	if value, ok := s.file[setting.Name]; ok {
		s.origin[setting.Name] = s.path + ": " + setting.Name
		return value, nil
	}
	return nil, nil //nolint:nilnil // as above
}

// Unknown returns the variables that look like settings and are none, nor one of the others, sorted: perhaps a slip of the
// pen.
func (s *Sources) Unknown(others ...string) []string {
	known := make(map[string]bool, len(s.settings))
	for _, name := range others {
		known[name] = true
	}
	for _, setting := range s.settings {
		known[setting.Variable] = true
	}
	var list []string
	for name := range s.variables {
		if strings.HasPrefix(name, "WAYMARK_") && !known[name] {
			list = append(list, name)
		}
	}
	slices.Sort(list)
	return list
}

// place names where the value of a setting came from.
func (s *Sources) place(name string) string {
	if origin, ok := s.origin[name]; ok {
		return origin
	}
	return "--" + name
}

// readFile reads the file that --config or WAYMARK_CONFIG names, once. Config tells what was wrong with it; kong would say
// it of the flag that it is looking for.
func (s *Sources) readFile(ctx *kong.Context) {
	if s.read {
		return
	}
	s.read = true
	s.path = s.variables["WAYMARK_CONFIG"]
	for _, flag := range ctx.Flags() {
		if given, ok := ctx.FlagValue(flag).(string); ok && flag.Name == "config" && given != "" {
			s.path = given
		}
	}
	if s.path != "" {
		s.file, s.broken = s.load()
	}
}

func (s *Sources) load() (map[string]string, error) {
	text, err := os.ReadFile(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fault.New(fault.InvalidInput, "no_config_file", "the configuration file "+s.path+" does not exist")
	}
	if err != nil {
		return nil, fmt.Errorf("read the configuration file: %w", err)
	}
	return s.parse(text)
}

// parse reads YAML that maps names of settings to values or lists of values.
func (s *Sources) parse(text []byte) (map[string]string, error) {
	var nodes map[string]yaml.Node
	if err := yaml.Unmarshal(text, &nodes); err != nil {
		return nil, fault.New(fault.InvalidInput, "config_file", s.path+": "+strings.TrimPrefix(err.Error(), "yaml: "))
	}
	var f fault.Fields
	values := make(map[string]string, len(nodes))
	for name, node := range nodes {
		place := fmt.Sprintf("%s:%d: %s", s.path, node.Line, name)
		if _, known := s.settings[name]; !known || name == "config" {
			f.Add(place, "unknown_setting", "there is no such setting")
			continue
		}
		value, ok := scalar(&node)
		if !ok {
			f.Add(place, "wrong_type", "must be a value or a list of values")
			continue
		}
		if value != "" {
			values[name] = value
		}
	}
	slices.SortFunc(f, func(a, b fault.Field) int { return strings.Compare(a.Path, b.Path) })
	return values, f.Err()
}

// scalar returns a value as it was written, a list of values with commas.
func scalar(n *yaml.Node) (string, bool) {
	switch {
	case n.Kind == yaml.ScalarNode && n.Tag == "!!null":
		return "", true
	case n.Kind == yaml.ScalarNode:
		return n.Value, true
	case n.Kind != yaml.SequenceNode:
		return "", false
	}
	items := make([]string, 0, len(n.Content))
	for _, item := range n.Content {
		if item.Kind != yaml.ScalarNode || strings.Contains(item.Value, ",") {
			return "", false
		}
		items = append(items, item.Value)
	}
	return strings.Join(items, ","), true
}
