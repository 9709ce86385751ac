package plan

// ValueSets appends the ids of the value sets that the type draws on, at any depth, to dst.
func (t *Type) ValueSets(dst []string) []string {
	if t.ValueSetID != "" {
		dst = append(dst, t.ValueSetID)
	}
	if t.Items != nil {
		dst = t.Items.ValueSets(dst)
	}
	for i := range t.Fields {
		dst = t.Fields[i].Type.ValueSets(dst)
	}
	return dst
}
