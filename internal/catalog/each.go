package catalog

import (
	"entgo.io/ent/dialect"
	"entgo.io/ent/dialect/sql"
)

// firstOfEach makes a statement read the first n rows of each parent that a column names, in the order of the terms. The
// database goes to each parent's rows by the column's index and stops after n, however many there are.
func firstOfEach(s *sql.Selector, column string, parents []string, n int, terms []sql.Querier) {
	parent := map[string]string{dialect.Postgres: "parents.id", dialect.SQLite: "parents.value"}[s.Dialect()]
	one := inner(s)
	one.Where(sql.P(func(b *sql.Builder) { b.WriteString(one.C(column) + " = " + parent) })).OrderExpr(terms...).Limit(n)
	from := lateral(s.TableName(), parents, one)
	if s.Dialect() == dialect.SQLite {
		from = correlated(s.TableName(), parents, one)
	}
	// The alias is for conditions of one that are written out later and name columns of s.
	*s = *sql.Dialect(s.Dialect()).Select(s.SelectedColumns()...).FromExpr(from).As(s.TableName())
}

// inner returns a copy of a statement that is about to become another around it. It is not ent's Clone, which loses the
// operators of comparisons (the methods GT, GTE, LT and LTE of a Predicate write them to the predicate that was copied).
func inner(s *sql.Selector) *sql.Selector {
	copied := *s
	return &copied
}

// lateral is firstOfEach's source of rows on PostgreSQL.
func lateral(table string, parents []string, one *sql.Selector) sql.Querier {
	return sql.ExprFunc(func(b *sql.Builder) {
		b.WriteString("unnest(").Arg(arrayLiteral(parents)).WriteString("::text[]) AS parents(id) CROSS JOIN LATERAL ")
		b.Wrap(func(b *sql.Builder) { b.Join(one) }).WriteString(" AS ").Ident(table)
	})
}

// correlated is firstOfEach's source of rows on SQLite, which has no LATERAL.
func correlated(table string, parents []string, one *sql.Selector) sql.Querier {
	one.SelectExpr(sql.Raw(one.C("rowid")))
	return sql.ExprFunc(func(b *sql.Builder) {
		b.WriteString("json_each(").Arg(string(mustJSON(parents))).WriteString(") AS parents CROSS JOIN ").Ident(table)
		b.WriteString(" ON ").WriteString(one.C("rowid")).WriteString(" IN ")
		b.Wrap(func(b *sql.Builder) { b.Join(one) })
	})
}

// firstRanked is firstOfEach for rows whose parent is an expression: it numbers all rows of each.
func firstRanked(s *sql.Selector, parent string, n int, terms []sql.Querier) {
	const number = "row_number"
	columns := s.UnqualifiedColumns()
	ranked := inner(s).AppendSelectExprAs(
		sql.RowNumber().PartitionExpr(sql.Raw(parent)).OrderExpr(terms...), number).As(s.TableName())
	outer := sql.Dialect(s.Dialect()).Select().From(ranked)
	outer.Select(outer.Columns(columns...)...).Where(sql.LTE(outer.C(number), n))
	*s = *outer
}

// distinct returns the values without those that were there before.
func distinct(values []string) []string {
	seen := make(map[string]bool, len(values))
	list := make([]string, 0, len(values))
	for _, v := range values {
		if !seen[v] {
			seen[v] = true
			list = append(list, v)
		}
	}
	return list
}
