package diff

import (
	"slices"
	"strconv"
	"strings"
)

// place is where a field stands: for programs, and as people know it.
type place struct {
	at   []string
	path string
}

// order is the step to the order of the elements of a list.
const order = "order"

func (p place) step(step, shown string) place {
	return place{append(slices.Clone(p.at), step), p.path + shown}
}

func (p place) order() place { return p.step(order, "."+order) }

// inside is the place of a value that has been opened, in several texts.
type inside struct {
	place
	form  *form
	views []*view
	names map[string]string // what people call the elements, by id; made when it is first asked for
}

// of returns the place of a member or an element. What people call it is said by the last of the texts that has it.
func (i *inside) of(name string) place {
	if !i.form.isList() {
		return i.member(name)
	}
	if i.form.kind == setForm || i.form.shown == i.form.id {
		return i.step("["+name+"]", "["+plain(name)+"]")
	}
	if i.names == nil {
		i.names = i.form.call(i.views)
	}
	return i.step("["+name+"]", "["+i.names[name]+"]")
}

func (i *inside) member(name string) place {
	switch {
	case strings.ContainsAny(name, `.[]"#`) || name == "":
		return i.step(name, "["+strconv.Quote(name)+"]")
	case i.form != nil && i.form.group[name]:
		return i.step(name, i.dot()+"constraints."+name)
	default:
		return i.step(name, i.dot()+name)
	}
}

func (i *inside) dot() string {
	if i.path == "" {
		return ""
	}
	return "."
}

// call returns what people call the elements of lists, with the id where several are called the same.
func (f *form) call(views []*view) map[string]string {
	names, count := map[string]string{}, map[string]int{}
	for _, id := range union(views...) {
		names[id] = f.nameOf(id, views)
		count[names[id]]++
	}
	for id, name := range names {
		if names[id] = plain(name); count[name] > 1 {
			names[id] += "#" + plain(id)
		}
	}
	return names
}

func (f *form) nameOf(id string, views []*view) string {
	for _, v := range slices.Backward(views) {
		if s, ok := v.values[id].member(f.shown).str(); ok {
			return s
		}
	}
	return id
}

// plain returns a name that cannot be mistaken for something else in brackets.
func plain(name string) string {
	if name == "" || strings.ContainsAny(name, `[]"#`) {
		return strconv.Quote(name)
	}
	return name
}

// inner returns the id in a step to an element.
func inner(step string) (id string, ok bool) {
	if len(step) < 2 || step[0] != '[' || step[len(step)-1] != ']' {
		return "", false
	}
	return step[1 : len(step)-1], true
}
