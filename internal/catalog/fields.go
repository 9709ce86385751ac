package catalog

import (
	"errors"
	"strings"

	"github.com/waymarkhq/waymark/internal/fault"
)

// inPlaceOf returns an error about refused fields with one path in place of another, for what is called otherwise here
// than where it was refused.
func inPlaceOf(from, to string, err error) error {
	var e *fault.Error
	if !errors.As(err, &e) || len(e.Fields) == 0 {
		return err
	}
	return fault.Invalid(renamed(append(fault.Fields(nil), e.Fields...), from, to)...)
}

// renamed replaces the beginning of the fields' paths, where it is from.
func renamed(f fault.Fields, from, to string) fault.Fields {
	for i := range f {
		if rest, ok := strings.CutPrefix(f[i].Path, from); ok {
			f[i].Path = to + rest
		}
	}
	return f
}
