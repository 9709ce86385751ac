package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	entsql "entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/internal/check"
)

// Person is somebody as devices report them: who bears one of the ids, in one of the environments.
type Person struct {
	EnvironmentIDs           []string
	Users, Visitors, Devices PersonIDs
}

// PersonIDs are ids of a kind: those of the person, and what masking makes of them.
type PersonIDs struct{ Exact, Masked []string }

func (ids PersonIDs) all() []string { return slices.Concat(ids.Exact, ids.Masked) }

// PersonRows is how much is stored of a person.
type PersonRows struct {
	// Samples are captured events, Refusals refused requests of the environments whose text names one of the ids.
	Samples, Refusals int64
	// Alike is how many of the samples bear an id only as masking leaves it.
	Alike int64
}

// personIDs brings ids that are asked for into the form in which those of events are stored: the one way in which ids of users,
// visitors and devices come into a statement.
func personIDs(ids []string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = PersonID(id)
	}
	return out
}

// PersonID is the form in which an id of a user, a visitor or a device is stored where events are found by it.
func PersonID(id string) string { return keyText(id) }

// CountPerson returns how much is stored of a person.
func (s *Store) CountPerson(ctx context.Context, p *Person) (found PersonRows, err error) {
	return s.eachOfPerson(ctx, p, func(_ string, ids []int64) (int64, error) { return int64(len(ids)), nil })
}

// DeletePerson removes what is stored of a person, in short transactions that let others in between. After an error, what was
// removed stays removed. Figures stay: they name nobody.
func (s *Store) DeletePerson(ctx context.Context, p *Person) (removed PersonRows, err error) {
	return s.eachOfPerson(ctx, p, func(table string, ids []int64) (removed int64, err error) {
		for chunk := range slices.Chunk(ids, sweepChunk) {
			n, err := s.removeOfPerson(ctx, table, chunk)
			if removed += n; err != nil {
				return removed, err
			}
		}
		return removed, nil
	})
}

func (s *Store) removeOfPerson(ctx context.Context, table string, ids []int64) (int64, error) {
	if table == "capture_sample" {
		return s.removeSamples(ctx, func(b *entsql.Builder) { anyOf(b, "seq", ids) })
	}
	b := s.statement()
	b.WriteString("DELETE FROM capture_refusal WHERE ")
	anyOf(b, "id", ids)
	return execute(ctx, s.capture.write, b)
}

func (p *Person) named() bool { return len(p.EnvironmentIDs) > 0 && len(p.Matcher().any) > 0 }

// eachOfPerson has something done with what is stored of a person, and returns with how much it was done.
func (s *Store) eachOfPerson(ctx context.Context, p *Person, do func(table string, ids []int64) (int64, error)) (done PersonRows, err error) {
	if !p.named() {
		return done, nil
	}
	for _, environmentID := range p.EnvironmentIDs {
		if err := s.eachSampleOf(ctx, p, environmentID, do, &done); err != nil {
			return done, fmt.Errorf("go through the captured events of a person: %w", Fault(err))
		}
	}
	ids, err := s.refusalsOf(ctx, p)
	if err == nil {
		done.Refusals, err = do("capture_refusal", ids)
	}
	if err != nil {
		return done, fmt.Errorf("go through the refused requests of a person: %w", Fault(err))
	}
	return done, nil
}

// personLook is how many samples that may be a person's are looked at before anything is done with them.
const personLook = 50_000

// ofPerson is a row that may be a person's.
type ofPerson struct {
	id int64
	is Sureness
}

// eachSampleOf goes through the samples of a person in an environment. It looks through the environment's samples once, without an
// index by id: three more for each sample would cost the writer more than all that it does, for what is done rarely.
func (s *Store) eachSampleOf(
	ctx context.Context, p *Person, environmentID string, do func(table string, ids []int64) (int64, error), done *PersonRows,
) error {
	who := p.Matcher()
	for after := int64(-1); ; {
		b := s.statement()
		b.WriteString("SELECT s.seq, r.raw, r.record FROM capture_sample s JOIN capture_record r ON r.seq = s.seq WHERE s.environment_id = ")
		b.Arg(environmentID).WriteString(" AND s.seq > ").Arg(after)
		p.samples(b)
		b.WriteString(" ORDER BY s.seq LIMIT ").Arg(personLook)
		rows, err := collectRows(ctx, s.capture.read, b, func(r *sql.Rows, of *ofPerson) error { return scanOfPerson(r, who, of) })
		if err != nil || len(rows) == 0 {
			return err
		}
		after = rows[len(rows)-1].id
		sure, err := do("capture_sample", idsOf(rows, Surely))
		if done.Samples += sure; err != nil {
			return err
		}
		alike, err := do("capture_sample", idsOf(rows, Perhaps))
		done.Samples, done.Alike = done.Samples+alike, done.Alike+alike
		if err != nil {
			return err
		}
	}
}

func scanOfPerson(r *sql.Rows, who *PersonMatcher, of *ofPerson) error {
	var row sampleRow
	if err := r.Scan(&of.id, &row.raw, &row.record); err != nil {
		return err
	}
	row.seq = of.id
	c, err := row.captured()
	if err == nil {
		of.is = who.Of(c)
	}
	return err
}

func idsOf(rows []ofPerson, is Sureness) (ids []int64) {
	for _, r := range rows {
		if r.is == is {
			ids = append(ids, r.id)
		}
	}
	return ids
}

// samples writes the condition of samples that may be the person's: it stands in a column, or in the record, which may have it
// escaped, or could not be read.
func (p *Person) samples(b *entsql.Builder) {
	b.WriteString(" AND (")
	for _, of := range []struct {
		column string
		ids    PersonIDs
	}{{"s.user_id", p.Users}, {"s.anonymous_id", p.Visitors}, {"s.device_id", p.Devices}} {
		if ids := of.ids.all(); len(ids) > 0 {
			anyOf(b, of.column, personIDs(ids))
			b.WriteString(" OR ")
		}
	}
	m := matcher{Builder: b}
	for id := range p.Matcher().any {
		m.holds("r.raw", id)
		b.WriteString(" OR ")
	}
	m.holds("r.raw", `\`)
	b.WriteString(" OR ")
	m.holds("s.codes", "|"+check.RecordUnreadable+"|")
	b.WriteString(")")
}

// refusalsOf returns the refused requests of the environments that name the person, of which there are never many.
func (s *Store) refusalsOf(ctx context.Context, p *Person) ([]int64, error) {
	who := p.Matcher()
	b := s.statement()
	b.WriteString("SELECT id, path, reason, excerpt FROM capture_refusal WHERE ")
	anyOf(b, "environment_id", p.EnvironmentIDs)
	rows, err := collectRows(ctx, s.capture.read, b, func(r *sql.Rows, of *ofPerson) error {
		var path, reason, excerpt string
		err := r.Scan(&of.id, &path, &reason, &excerpt)
		if max(who.Text(path), who.Text(reason), who.Text(excerpt)) > Stranger {
			of.is = Surely
		}
		return err
	})
	return idsOf(rows, Surely), err
}

// removeSamples removes the samples that a condition holds for, with their records, and returns how many.
func (s *Store) removeSamples(ctx context.Context, which func(b *entsql.Builder)) (removed int64, err error) {
	err = s.captureTx(ctx, func(tx *sql.Tx) error {
		b := s.statement()
		b.WriteString("DELETE FROM capture_sample WHERE ")
		which(b)
		b.WriteString(" RETURNING seq, environment_id")
		gone, err := collectRows(ctx, tx, b, func(r *sql.Rows, g *sampleRow) error { return r.Scan(&g.seq, &g.environmentID) })
		if err != nil || len(gone) == 0 {
			return err
		}
		removed = int64(len(gone))
		return s.removeRecords(ctx, tx, gone)
	})
	if err != nil {
		return 0, err
	}
	return removed, nil
}

// removeRecords removes the records of samples that are gone, and counts those of each environment off.
func (s *Store) removeRecords(ctx context.Context, tx *sql.Tx, gone []sampleRow) error {
	seqs, of := make([]int64, len(gone)), map[string]int64{}
	for i := range gone {
		seqs[i] = gone[i].seq
		of[gone[i].environmentID]++
	}
	b := s.statement()
	b.WriteString("DELETE FROM capture_record WHERE ")
	anyOf(b, "seq", seqs)
	if _, err := execute(ctx, tx, b); err != nil {
		return err
	}
	for _, e := range entries(of, strings.Compare) {
		b = s.statement()
		b.WriteString("UPDATE capture_environment SET samples = samples - ").Arg(e.value)
		b.WriteString(" WHERE environment_id = ").Arg(e.key)
		if _, err := execute(ctx, tx, b); err != nil {
			return err
		}
	}
	return nil
}
