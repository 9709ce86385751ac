package catalog

import (
	"github.com/waymarkhq/waymark/internal/store"
)

// What the search index holds: the kinds of its documents, as the API names them.
const (
	IndexedApp      = "APP"
	IndexedBatch    = "BATCH"
	IndexedEvent    = "EVENT"
	IndexedProperty = "PROPERTY"
	IndexedValueSet = "VALUE_SET"
)

// matching narrows to the rows of an indexed kind that hold all words of the text; nil does not narrow.
func matching(kind string, text *string) ([]narrow, error) {
	if text == nil {
		return nil, nil
	}
	n, err := store.Matches(kind, *text)
	if err != nil {
		return nil, beneath("filter", err)
	}
	return []narrow{n}, nil
}
