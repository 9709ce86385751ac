package wire

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Router finds the route of a request among the formats of a server.
type Router struct {
	fixed    map[string]*place // by path, without a slash at the end
	variable []pattern
}

// place is everything that is served at one path.
type place struct {
	routes  map[string][]*Route // by method, in the order of the formats
	methods string              // for the Allow header
}

// pattern is a path with a variable segment.
type pattern struct {
	prefix, suffix string
	*place
}

// Match is what is served at a path.
type Match struct {
	// Routes serve the request's method, in order of preference; none means that the path knows other methods only.
	Routes []*Route
	// Param is the variable segment of the path, to be put into Request.Param.
	Param string
	// Allow lists the methods of the path, for the Allow header.
	Allow string
}

// NewRouter makes a router of formats. Where two formats serve the same path, the earlier one is asked first (see
// Route.Claims). The error names a route that can never be reached or is incomplete.
func NewRouter(formats ...Format) (*Router, error) {
	r := &Router{fixed: map[string]*place{}}
	for _, f := range formats {
		for _, route := range f.Routes {
			route.Format = f.Name
			if err := r.add(&route); err != nil {
				return nil, fmt.Errorf("route %s %s of format %s: %w", route.Method, route.Path, f.Name, err)
			}
		}
	}
	return r, nil
}

func (r *Router) add(route *Route) error {
	switch {
	case !strings.HasPrefix(route.Path, "/") || len(route.Path) > 1 && strings.HasSuffix(route.Path, "/"):
		return errors.New("the path must begin with a slash and not end with one")
	case route.Answer == nil || (route.Decode == nil) == (route.Task == Collect):
		return errors.New("a route needs Answer, and Decode if it collects")
	}
	p := r.place(route.Path)
	if p.routes == nil {
		p.routes = map[string][]*Route{}
	}
	same := p.routes[route.Method]
	if len(same) > 0 && same[len(same)-1].Claims == nil {
		return fmt.Errorf("format %s already takes all requests there", same[len(same)-1].Format)
	}
	p.routes[route.Method] = append(same, route)
	if !slices.Contains(strings.Split(p.methods, ", "), route.Method) {
		p.methods = strings.TrimPrefix(p.methods+", "+route.Method, ", ")
	}
	return nil
}

// place returns what is served at the path of a route, making room for it if it is new.
func (r *Router) place(path string) *place {
	before, rest, variable := strings.Cut(path, "{")
	if !variable {
		if r.fixed[path] == nil {
			r.fixed[path] = &place{}
		}
		return r.fixed[path]
	}
	_, after, _ := strings.Cut(rest, "}")
	for _, p := range r.variable {
		if p.prefix == before && p.suffix == after {
			return p.place
		}
	}
	r.variable = append(r.variable, pattern{before, after, &place{}})
	return r.variable[len(r.variable)-1].place
}

// Match finds what is served at the path. It reports false where nothing is, whatever the method.
func (r *Router) Match(method, path string) (Match, bool) {
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	if p := r.fixed[path]; p != nil {
		return Match{Routes: p.routes[method], Allow: p.methods}, true
	}
	for _, p := range r.variable {
		if param, ok := p.match(path); ok {
			return Match{Routes: p.routes[method], Param: param, Allow: p.methods}, true
		}
	}
	return Match{}, false
}

func (p pattern) match(path string) (param string, ok bool) {
	if len(path) <= len(p.prefix)+len(p.suffix) || !strings.HasPrefix(path, p.prefix) || !strings.HasSuffix(path, p.suffix) {
		return "", false
	}
	param = path[len(p.prefix) : len(path)-len(p.suffix)]
	return param, !strings.Contains(param, "/")
}

// Pick returns the route that serves the request: the first that claims it, or nil where none does.
func (m Match) Pick(r *Request) *Route {
	for _, route := range m.Routes {
		if route.Claims == nil || route.Claims(r) {
			return route
		}
	}
	return nil
}
