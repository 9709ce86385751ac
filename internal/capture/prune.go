package capture

// Pruned is a value that ParsePruned left out. Err is ErrDepth or ErrNumber.
type Pruned struct {
	At  Span
	Err error
}

// ParsePruned is Parse for a text that Parse refuses with ErrDepth or ErrNumber: each value beyond those limits is on the
// tape as a Null in its place, and listed, in order. What is inside a value that nests too deep is not looked at further,
// so it need not be JSON. Texts of nodes do not alias src. The time is linear in the size of src, and nothing recurses.
func ParsePruned(dst Tape, src string) (Tape, []Pruned, error) {
	p := pruner{src: src, out: []byte(src)}
	if err := p.run(); err != nil {
		return dst, nil, err
	}
	tape, err := Parse(dst, string(p.out))
	if err != nil {
		return dst, nil, err
	}
	left := p.done
	for i := len(dst); i < len(tape) && len(left) > 0; i++ {
		if n := &tape[i]; n.At.Start == left[0].At.Start {
			n.Kind, n.Text, left = Null, "", left[1:]
		}
	}
	return tape, p.done, nil
}

// pruner makes strings of blanks of the values that are beyond the limits. All places stay what they are.
type pruner struct {
	src  string
	out  []byte
	done []Pruned
}

// run needs to know no more of JSON than where strings, containers and numbers begin and end: what it leaves is parsed.
func (p *pruner) run() (err error) {
	depth := 0
	for i := startOf(p.src); i < len(p.src) && err == nil; {
		switch c := p.src[i]; {
		case c == '"':
			i = quoteEnd(p.src, i)
		case (c == '{' || c == '[') && depth == MaxDepth:
			i, err = p.leaveOut(i, containerEnd(p.src, i), ErrDepth)
		case c == '{' || c == '[':
			depth++
			i++
		case c == '}' || c == ']':
			depth--
			i++
		case c == '-' || c-'0' <= 9:
			i, err = p.number(i)
		default:
			i++
		}
	}
	return err
}

func (p *pruner) number(i int) (int, error) {
	end, err := readNumber(p.src, i)
	switch {
	case err != nil:
		return end, &SyntaxError{Offset: end, Err: err}
	case end-i > MaxNumber:
		return p.leaveOut(i, end, ErrNumber)
	default:
		return end, nil
	}
}

// leaveOut leaves out the value from start to end, and returns the end.
func (p *pruner) leaveOut(start, end int, why error) (int, error) {
	switch {
	case end < 0:
		return start, &SyntaxError{Offset: len(p.src), Err: ErrEnd}
	case len(p.done) == MaxNodes:
		return start, &SyntaxError{Offset: start, Err: ErrNodes}
	}
	p.done = append(p.done, Pruned{Span{uint32(start), uint32(end)}, why})
	p.out[start], p.out[end-1] = '"', '"'
	for i := start + 1; i < end-1; i++ {
		p.out[i] = ' '
	}
	return end, nil
}

// quoteEnd returns the place behind the string that begins at i, or the text's end.
func quoteEnd(src string, i int) int {
	for i++; i < len(src); i++ {
		switch src[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(src)
}

// containerEnd returns the place behind the array or object that begins at i, or -1 where it does not end.
func containerEnd(src string, i int) int {
	for depth := 0; i < len(src); {
		switch src[i] {
		case '"':
			i = quoteEnd(src, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			depth--
		}
		if i++; depth == 0 {
			return i
		}
	}
	return -1
}
