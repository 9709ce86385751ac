package capture

// Kind is the JSON kind of a Node.
type Kind uint8

// The kinds of JSON values.
const (
	Null Kind = iota + 1
	Bool
	Number
	String
	Array
	ObjectKind
)

// String names the kind, for people.
func (k Kind) String() string {
	return [...]string{"", "null", "boolean", "number", "string", "array", "object", ""}[k&7]
}

// Node is one JSON value on a tape. A composite value is followed by its members in order; Size is how many nodes they
// and their descendants take, so the next sibling of the node at i is at i+1+Size.
type Node struct {
	// Name is the decoded member name inside an object, else "".
	Name string
	// Text is the decoded text of a String, the literal as sent of a Number or Bool, and "" otherwise. Numbers keep
	// their digits: nothing is rounded.
	Text string
	Kind Kind
	Size int32
	// At is where the value stands in the source text.
	At Span
}

// Tape is a parsed JSON text, its values in document order. It may be reused between payloads by its owner.
type Tape []Node

// Object is a view of an object on a tape: its members and their descendants, without the object's own node. The zero
// value is an empty object.
type Object []Node

// Members calls yield for each direct member in order, until yield returns false: for i, n := range o.Members … The
// node's descendants are o[i+1 : i+1+int(n.Size)].
func (o Object) Members(yield func(i int, n *Node) bool) {
	for i := 0; i < len(o); i += 1 + int(o[i].Size) {
		if !yield(i, &o[i]) {
			return
		}
	}
}

// Inside returns the members of the object, or the elements of the array, at index i.
func (o Object) Inside(i int) Object { return o[i+1 : i+1+int(o[i].Size)] }

// Find returns the index of the direct member with the given name, the last one if there are several, or -1.
func (o Object) Find(name string) int {
	found := -1
	for i := 0; i < len(o); i += 1 + int(o[i].Size) {
		if o[i].Name == name {
			found = i
		}
	}
	return found
}
