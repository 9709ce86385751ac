package catalog

import (
	"github.com/waymarkhq/waymark/internal/masking"
	"github.com/waymarkhq/waymark/internal/plan"
)

// CreateAppInput is what a new app is.
type CreateAppInput struct {
	Key, Name, Description string
	Terminals              []NewTerminalInput
}

// NewTerminalInput is a terminal of a new app.
type NewTerminalInput struct {
	Key, Name          string
	Kind               plan.TerminalKind
	Libraries, Systems []string
}

// UpdateAppInput is what changes in an app; nil stays.
type UpdateAppInput struct {
	ID                string
	Name, Description *string
	Template          *plan.Template
	// Grants, Naming and Completeness replace what there is as a whole.
	Grants       []AppGrantInput
	Naming       *plan.Naming
	Completeness *plan.Completeness
}

// ArchiveAppInput says which app is archived.
type ArchiveAppInput struct{ ID string }

// RestoreAppInput says which app is restored.
type RestoreAppInput struct{ ID string }

// CreateTerminalInput is what a new terminal is; App is a key.
type CreateTerminalInput struct {
	App, Key, Name     string
	Kind               plan.TerminalKind
	Libraries, Systems []string
}

// UpdateTerminalInput is what changes in a terminal; nil stays.
type UpdateTerminalInput struct {
	ID                 string
	Name               *string
	Kind               *plan.TerminalKind
	Libraries, Systems []string
	Position           *int
}

// CreateEnvironmentInput is what a new environment is; App is a key.
type CreateEnvironmentInput struct {
	App, Key, Name            string
	RetentionDays, MaxSamples int
	MaskedPatterns            []masking.Pattern
	KeepOriginals             bool
	Sampling                  *SamplingInput
}

// SamplingInput says which captured events are kept: a share of the valid ones, and so many others in a minute; nil is all.
type SamplingInput struct {
	ValidShare       float64
	InvalidPerMinute *int
}

// UpdateEnvironmentInput is what changes in an environment; nil stays.
type UpdateEnvironmentInput struct {
	ID                                  string
	Name                                *string
	RetentionDays, MaxSamples, Position *int
	MaskedPatterns                      []masking.Pattern // nil stays
	KeepOriginals                       *bool
	Forwarding                          *ForwardingInput
	Sampling                            *SamplingInput
}

// ForwardingInput is where an environment's payloads are passed on to; an empty URL ends that.
type ForwardingInput struct {
	URL string
	// Headers replace all; nil keeps them.
	Headers []ForwardingHeaderInput
}

// ForwardingHeaderInput is a header that replaces that of the payloads.
type ForwardingHeaderInput struct{ Name, Value string }

// CreateWriteKeyInput is what a new write key is; App, Environment and Terminal are keys.
type CreateWriteKeyInput struct {
	App, Environment string
	Terminal         *string
	Name             string
	// Key is one that exists elsewhere and is to be kept; nil has one made up.
	Key *string
}

// UpdateWriteKeyInput is what changes in a write key.
type UpdateWriteKeyInput struct{ ID, Name string }

// RevokeWriteKeyInput says which write key is refused from now on.
type RevokeWriteKeyInput struct{ ID string }

// DeleteInput says which object is deleted.
type DeleteInput struct{ ID string }

// DeleteDefinitionInput says which event, property or value set is deleted.
type DeleteDefinitionInput struct {
	ID string
	// WithItemsOf are the numbers of batches whose items about it, with their notes and revisions, go with it. The batch
	// that introduced it need not be named.
	WithItemsOf []string
}
