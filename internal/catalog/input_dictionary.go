package catalog

import (
	"time"

	"github.com/waymarkhq/waymark/internal/plan"
)

// UpdateDictionaryInput is what changes in what the dictionary says of an app, an event or a property; nil stays, a list
// replaces all.
type UpdateDictionaryInput struct {
	ID                              string
	Synonyms                        []string
	WarehouseTable, WarehouseColumn *string
	Columns                         []WarehouseColumnInput
	Consumers                       []plan.Consumer
}

// WarehouseColumnInput is where one of an event's properties ends up.
type WarehouseColumnInput struct{ PropertyID, Column string }

// CreateDataIncidentInput is a new note on data that is not as it should be; of App (a key), EventID and PropertyID one is
// there.
type CreateDataIncidentInput struct {
	App, EventID, PropertyID      *string
	Title, Description, Treatment string
	StartedAt                     time.Time
	EndedAt                       *time.Time
	Terminals                     []string
	FromVersion, ToVersion        string
}

// UpdateDataIncidentInput is what changes in such a note; nil stays.
type UpdateDataIncidentInput struct {
	ID                            string
	Title, Description, Treatment *string
	StartedAt, EndedAt            *time.Time
	// Lasts takes the end away.
	Lasts                  *bool
	Terminals              []string
	FromVersion, ToVersion *string
}
