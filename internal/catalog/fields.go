package catalog

import (
	"errors"
	"strings"

	"github.com/waymarkhq/waymark/internal/fault"
)

// beneath puts the paths of an error's refused fields under another: "text" under "filter" is "filter.text".
func beneath(path string, err error) error {
	var e *fault.Error
	if !errors.As(err, &e) || len(e.Fields) == 0 {
		return err
	}
	fields := make([]fault.Field, len(e.Fields))
	for i, f := range e.Fields {
		f.Path = path + "." + f.Path
		fields[i] = f
	}
	return fault.Invalid(fields...)
}

// renamed returns the fields with one name in their paths replaced by another, where the API and package plan differ.
func renamed(f fault.Fields, from, to string) fault.Fields {
	for i := range f {
		if rest, ok := strings.CutPrefix(f[i].Path, from); ok {
			f[i].Path = to + rest
		}
	}
	return f
}
