package plan

import (
	"fmt"
	"slices"

	"github.com/waymarkhq/waymark/internal/fault"
)

// MaxRecognisers is how many libraries, and how many systems, may name a terminal.
const MaxRecognisers = 50

var terminalKinds = []TerminalKind{
	TerminalIOS, TerminalAndroid, TerminalWeb, TerminalH5, TerminalMiniProgram, TerminalServer, TerminalOther,
}

// Validate refuses a terminal that could not be named or recognised; path is where the client wrote it. Reasons:
// unknown_kind, duplicate, too_many, and those of keys and names.
func (t *Terminal) Validate(path string, f *fault.Fields) {
	ValidateKey(path+".key", t.Key, f)
	if !slices.Contains(terminalKinds, t.Kind) {
		f.Add(path+".kind", "unknown_kind", fmt.Sprintf("%q is not a kind of terminal", t.Kind))
	}
	validateRecognisers(path+".libraries", t.Libraries, f)
	validateRecognisers(path+".systems", t.Systems, f)
}

func validateRecognisers(path string, names []string, f *fault.Fields) {
	if len(names) > MaxRecognisers {
		f.Add(path, "too_many", fmt.Sprintf("at most %d names are allowed", MaxRecognisers))
		return
	}
	validateUnique(path, names, ValidateName, f)
}
