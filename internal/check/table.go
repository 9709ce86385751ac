package check

// table finds the index of a name.
type table map[string]int32
