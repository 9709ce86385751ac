package catalog

import (
	"database/sql"
	"sync/atomic"

	"entgo.io/ent/dialect"
	entsql "entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
)

// CheckCursor reads a cursor of the list of events by key, and requires that what was read is written so that it reads
// the same.
func CheckCursor(text string) error {
	order := (&EventOrder{Field: EventsByKey}).ordering()
	s, err := readStretch(PageArgs{After: &text}, &order.orderSpec)
	if err != nil {
		return err
	}
	again := s.from.String()
	t, err := readStretch(PageArgs{After: &again}, &order.orderSpec)
	if err != nil || !t.from.equal(s.from) {
		panic("a cursor does not survive being written")
	}
	return nil
}

// CountReads makes the service read through another way into the same database, which counts statements.
func (s *Service) CountReads(db *sql.DB) *atomic.Int64 {
	n := &atomic.Int64{}
	counting := dialect.Debug(entsql.OpenDB(s.store.Dialect(), db), func(...any) { n.Add(1) })
	s.read = ent.NewClient(ent.Driver(counting))
	return n
}

// Mentioned returns the keys of the names that a text mentions.
func Mentioned(text string, calls map[string][]string) []string {
	var people []person
	for id, c := range calls {
		people = append(people, newPerson(id, c...))
	}
	return mentioned(text, people)
}

// FileName is what a file is called after what its sender says.
func FileName(said string) string { return fileName(said) }

// PartSize is how many bytes of a file one row holds.
const PartSize = partSize
