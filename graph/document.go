package graph

import (
	"context"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
	"github.com/vektah/gqlparser/v2/parser"
	"github.com/vektah/gqlparser/v2/validator/core"
	"github.com/vektah/gqlparser/v2/validator/rules"
)

// maxErrors is how many faults of one document are told.
const maxErrors = 20

// repeats bounds how often fields of one response name stand in a document, before it is validated: the rule that equal
// names must mean equal fields compares each with each. Documents in known were validated once and pass.
type repeats struct {
	most, tokens int
	known        graphql.Cache[*ast.QueryDocument]
}

var _ interface {
	graphql.HandlerExtension
	graphql.OperationParameterMutator
} = repeats{}

// ExtensionName names the limit for gqlgen.
func (repeats) ExtensionName() string { return "Repeats" }

// Validate is part of gqlgen's extension interface; any schema will do.
func (repeats) Validate(graphql.ExecutableSchema) error { return nil }

// MutateOperationParameters refuses a document with too many fields of one name.
func (l repeats) MutateOperationParameters(ctx context.Context, p *graphql.RawParams) *gqlerror.Error {
	if len(p.Query) <= 2*l.most { // too short for so many
		return nil
	}
	if _, known := l.known.Get(ctx, p.Query); known {
		return nil
	}
	doc, err := parser.ParseQueryWithTokenLimit(&ast.Source{Input: p.Query}, l.tokens)
	if err != nil {
		return nil //nolint:nilerr // the executor says what is wrong
	}
	count := map[string]int{}
	for _, o := range doc.Operations {
		countNames(o.SelectionSet, count)
	}
	for _, f := range doc.Fragments {
		countNames(f.SelectionSet, count)
	}
	for _, n := range count {
		if n > l.most {
			return refused("too_many_repeats", "the document names a field %s times; %d is the limit", n, l.most)
		}
	}
	return nil
}

// countNames counts the fields of a selection set by the name that they have in the answer; fragments are counted apart.
func countNames(set ast.SelectionSet, count map[string]int) {
	for _, s := range set {
		switch s := s.(type) {
		case *ast.Field:
			count[s.Alias]++
			countNames(s.SelectionSet, count)
		case *ast.InlineFragment:
			countNames(s.SelectionSet, count)
		}
	}
}

// validation returns the specification's rules for one document; together they tell of maxErrors faults.
func validation() *rules.Rules {
	all := rules.NewDefaultRules()
	left := maxErrors
	for name, rule := range all.GetInner() {
		all.ReplaceRule(name, func(observers *core.Events, add core.AddErrFunc) {
			rule(observers, func(options ...core.ErrorOption) {
				if left > 0 {
					left--
					add(options...)
				}
			})
		})
	}
	return all
}

// fewErrors cuts the faults of a document that was not executed, for those of the rules that gqlgen itself adds.
func fewErrors(r *graphql.Response) *graphql.Response {
	if r != nil && r.Data == nil && len(r.Errors) > maxErrors {
		r.Errors = r.Errors[:maxErrors]
	}
	return r
}
