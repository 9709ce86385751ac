package verify

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// Report is what came of a verification.
type Report struct {
	Run, App, Environment string
	counts
	// Cases are the expectations in their order, and then what else was seen.
	Cases []Case
}

// Case is one expectation, or an event on a terminal that no expectation is about.
type Case struct {
	Event, Terminal string // Terminal is empty for all of them
	counts
	// Expected is how often; empty where the event is not expected.
	Expected string
	// Problems are what is wrong; none where nothing is.
	Problems []string

	missing bool // the only problem is that too few came
}

// Failed is how many cases have problems.
func (r *Report) Failed() (n int) {
	for i := range r.Cases {
		if len(r.Cases[i].Problems) > 0 {
			n++
		}
	}
	return n
}

// onlyMissing reports whether what fails may still come right.
func (r *Report) onlyMissing() bool {
	failed := slices.DeleteFunc(slices.Clone(r.Cases), func(c Case) bool { return len(c.Problems) == 0 })
	return len(failed) > 0 && !slices.ContainsFunc(failed, func(c Case) bool { return !c.missing })
}

// judge holds what was seen to what was expected.
func judge(run string, want *Expectations, got *seen) *Report {
	r := &Report{Run: run, App: want.App, Environment: want.Environment, counts: got.counts}
	rest := slices.Clone(got.Events)
	for i := range want.Events {
		e := &want.Events[i]
		c := Case{Event: e.Event, Terminal: e.Terminal, Expected: e.String()}
		for _, s := range got.Events {
			if e.covers(s.EventKey, s.Name, s.Terminal) {
				c.add(s.counts)
			}
		}
		rest = slices.DeleteFunc(rest, func(s sighting) bool { return e.covers(s.EventKey, s.Name, s.Terminal) })
		c.wrong(want, got.Failures.Nodes, func(f failure) bool { return e.covers(f.EventKey, f.Name, f.Terminal) })
		c.often(e)
		r.Cases = append(r.Cases, c)
	}
	for _, s := range rest {
		c := Case{Event: s.Name, Terminal: s.Terminal, counts: s.counts}
		if s.EventKey != nil {
			c.Event = *s.EventKey
		}
		c.wrong(want, got.Failures.Nodes, func(f failure) bool { return f.Name == s.Name && f.Terminal == s.Terminal })
		r.Cases = append(r.Cases, c)
	}
	if r.sum() == 0 && r.Failed() == 0 { // a build that reports nothing, or under another id, keeps every "at most"
		r.Cases = append(r.Cases, Case{Event: "(any)", Problems: []string{"nothing of the run was seen"}, missing: true})
	}
	return r
}

// often adds the problem of an event that came too rarely or too often.
func (c *Case) often(e *Expected) {
	switch n := c.sum(); {
	case n < *e.Min:
		c.missing = len(c.Problems) == 0
		c.Problems = append(c.Problems, fmt.Sprintf("it was seen %d times, expected %s", n, e))
	case e.Max != nil && n > *e.Max:
		c.Problems = append(c.Problems, fmt.Sprintf("it was seen %d times, expected %s", n, e))
	}
}

// wrong adds the problems of events that are not as planned: each sort of violation once, with the newest example.
func (c *Case) wrong(want *Expectations, failures []failure, about func(failure) bool) {
	if c.InvalidCount > 0 {
		c.Problems = append(c.Problems, fmt.Sprintf("%d of %d are invalid", c.InvalidCount, c.sum()))
	}
	if c.UnplannedCount > 0 && !want.AllowUnplanned {
		c.Problems = append(c.Problems, fmt.Sprintf("%d of %d are unplanned", c.UnplannedCount, c.sum()))
	}
	var told []violation
	for _, f := range failures {
		if !about(f) || f.Verdict == "UNPLANNED" && want.AllowUnplanned {
			continue
		}
		for _, v := range f.Violations {
			same := func(o violation) bool { return o.Code == v.Code && o.Property == v.Property }
			if v.Severity == "ERROR" && !slices.ContainsFunc(told, same) {
				told = append(told, v)
			}
		}
	}
	for _, v := range told {
		c.Problems = append(c.Problems, v.String())
	}
}

// String says what is wrong.
func (v violation) String() string {
	at := ""
	if v.Property != "" {
		at = " at " + v.Property
	}
	return fmt.Sprintf("%s%s: expected %s, got %s", v.Code, at, v.Expected, v.Actual)
}

// Name names the case.
func (c *Case) Name() string {
	name := c.Event
	if name == "" {
		name = "(unreadable)"
	}
	if c.Terminal != "" {
		name += " on " + c.Terminal
	}
	return name
}

// Print writes the report for people: a line for each case, with what is wrong below it.
func (r *Report) Print(w io.Writer) error {
	if _, err := fmt.Fprintf(w, "test run %s in %s/%s: %d valid, %d invalid, %d unplanned\n\n", r.Run, r.App, r.Environment, r.ValidCount,
		r.InvalidCount, r.UnplannedCount); err != nil {
		return err
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "\tEVENT\tVALID\tINVALID\tUNPLANNED\tEXPECTED")
	for i := range r.Cases {
		c := &r.Cases[i]
		grade := "ok"
		if len(c.Problems) > 0 {
			grade = "FAIL"
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%d\t%s\n", grade, c.Name(), c.ValidCount, c.InvalidCount, c.UnplannedCount, c.Expected)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	for i := range r.Cases {
		for j, p := range r.Cases[i].Problems {
			if j == 0 {
				_, _ = fmt.Fprintf(w, "\n%s\n", r.Cases[i].Name())
			}
			if _, err := fmt.Fprintf(w, "  %s\n", p); err != nil {
				return err
			}
		}
	}
	return nil
}
