package verify

import (
	"encoding/xml"
	"io"
	"strings"
)

type junitSuites struct {
	XMLName xml.Name   `xml:"testsuites"`
	Suite   junitSuite `xml:"testsuite"`
}

type junitSuite struct {
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Failure *junitFailure `xml:"failure"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes the report in the XML of JUnit, a test case for each of ours.
func (r *Report) WriteJUnit(w io.Writer) error {
	s := junitSuite{Name: "waymark verify " + r.Run, Tests: len(r.Cases), Failures: r.Failed()}
	for i := range r.Cases {
		c := &r.Cases[i]
		out := junitCase{Class: r.App + "." + r.Environment, Name: c.Name()}
		if len(c.Problems) > 0 {
			out.Failure = &junitFailure{Message: c.Problems[0], Text: strings.Join(c.Problems, "\n")}
		}
		s.Cases = append(s.Cases, out)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(junitSuites{Suite: s}); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
