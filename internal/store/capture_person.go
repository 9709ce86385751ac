package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	entsql "entgo.io/ent/dialect/sql"
)

// Person is somebody as devices report them: who bears one of the ids, in one of the environments.
type Person struct {
	EnvironmentIDs                   []string
	UserIDs, AnonymousIDs, DeviceIDs []string
}

// PersonRows is how much is stored of a person.
type PersonRows struct {
	// Samples are captured events, Refusals refused requests of the environments whose text holds one of the ids.
	Samples, Refusals int64
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
	if !p.named() {
		return found, nil
	}
	samples, refusals := s.statement(), s.statement()
	samples.WriteString("SELECT count(*) FROM capture_sample WHERE ")
	anyOf(samples, "environment_id", p.EnvironmentIDs)
	p.samples(samples)
	refusals.WriteString("SELECT count(*) FROM capture_refusal WHERE ")
	p.refusals(refusals)
	for _, q := range []struct {
		b  *entsql.Builder
		to *int64
	}{{samples, &found.Samples}, {refusals, &found.Refusals}} {
		query, args := q.b.Query()
		if err := s.capture.read.QueryRowContext(ctx, query, args...).Scan(q.to); err != nil {
			return PersonRows{}, fmt.Errorf("count what is stored of a person: %w", Fault(err))
		}
	}
	return found, nil
}

// DeletePerson removes what is stored of a person, in short transactions that let others in between. After an error, what was
// removed stays removed. Figures stay: they name nobody.
func (s *Store) DeletePerson(ctx context.Context, p *Person) (removed PersonRows, err error) {
	if !p.named() {
		return removed, nil
	}
	for _, environmentID := range p.EnvironmentIDs {
		n, err := s.deletePersonIn(ctx, p, environmentID)
		removed.Samples += n
		if err != nil {
			return removed, fmt.Errorf("remove the captured events of a person: %w", Fault(err))
		}
	}
	b := s.statement()
	b.WriteString("DELETE FROM capture_refusal WHERE ")
	p.refusals(b)
	if removed.Refusals, err = execute(ctx, s.capture.write, b); err != nil {
		return removed, fmt.Errorf("remove the refused requests of a person: %w", Fault(err))
	}
	return removed, nil
}

func (p *Person) named() bool {
	return len(p.EnvironmentIDs) > 0 && len(p.UserIDs)+len(p.AnonymousIDs)+len(p.DeviceIDs) > 0
}

// personLook is how many samples of a person are found before they are removed.
const personLook = 50_000

// deletePersonIn removes the samples of a person in an environment. It looks through the environment's samples once, without an
// index by id: three more for each sample would cost the writer more than all that it does, for what is done rarely.
func (s *Store) deletePersonIn(ctx context.Context, p *Person, environmentID string) (removed int64, err error) {
	for after := int64(-1); ; {
		b := s.statement()
		b.WriteString("SELECT seq FROM capture_sample WHERE environment_id = ").Arg(environmentID)
		b.WriteString(" AND seq > ").Arg(after)
		p.samples(b)
		b.WriteString(" ORDER BY seq LIMIT ").Arg(personLook)
		seqs, err := collectRows(ctx, s.capture.read, b, func(r *sql.Rows, seq *int64) error { return r.Scan(seq) })
		if err != nil || len(seqs) == 0 {
			return removed, err
		}
		after = seqs[len(seqs)-1]
		for chunk := range slices.Chunk(seqs, sweepChunk) {
			n, err := s.removeSamples(ctx, func(b *entsql.Builder) { anyOf(b, "seq", chunk) })
			if removed += n; err != nil {
				return removed, err
			}
		}
	}
}

// samples writes the condition of samples of the person. An empty id is nobody's.
func (p *Person) samples(b *entsql.Builder) {
	b.WriteString(" AND (1 = 0")
	for _, of := range []struct {
		column string
		ids    []string
	}{{"user_id", p.UserIDs}, {"anonymous_id", p.AnonymousIDs}, {"device_id", p.DeviceIDs}} {
		if len(of.ids) > 0 {
			b.WriteString(" OR " + of.column + " <> '' AND ")
			anyOf(b, of.column, personIDs(of.ids))
		}
	}
	b.WriteString(")")
}

// refusals writes the condition of refused requests of the person.
func (p *Person) refusals(b *entsql.Builder) {
	anyOf(b, "environment_id", p.EnvironmentIDs)
	b.WriteString(" AND (1 = 0")
	for _, ids := range [][]string{p.UserIDs, p.AnonymousIDs, p.DeviceIDs} {
		for _, id := range ids {
			if id == "" {
				continue
			}
			for _, column := range []string{"excerpt", "reason", "path"} {
				b.WriteString(" OR ")
				holds(b, column, id)
			}
		}
	}
	b.WriteString(")")
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
