package gateway

import (
	"fmt"
	"slices"
	"strings"
)

// Route sends one method on one path to a function. Path segments in braces are parameters; a last segment such as {proxy+} takes the
// rest of the path. The method ANY takes those methods for which the path has no route of its own.
type Route struct {
	Method   string
	Path     string
	Function string
	Throttle Throttle
}

type pattern struct {
	route    Route
	segments []string
	bucket   *bucket
}

// The order of specificity in one place of a path: a literal, then a parameter, then the greedy parameter.
const (
	literal = iota
	parameter
	greedy
)

func segmentKind(segment string) int {
	switch {
	case strings.HasPrefix(segment, "{") && strings.HasSuffix(segment, "+}"):
		return greedy
	case strings.HasPrefix(segment, "{") && strings.HasSuffix(segment, "}"):
		return parameter
	}
	return literal
}

// parse checks the routes and puts the most specific first.
func parse(routes []Route) ([]pattern, error) {
	patterns := make([]pattern, 0, len(routes))
	seen := map[string]bool{}
	for _, route := range routes {
		key := route.Method + " " + route.Path
		if !strings.HasPrefix(route.Path, "/") || route.Method == "" || route.Function == "" || seen[key] || route.Throttle.negative() {
			return nil, fmt.Errorf("route %q is incomplete or there already", key)
		}
		seen[key] = true
		segments := split(route.Path)
		for i, segment := range segments {
			if segmentKind(segment) == greedy && i != len(segments)-1 {
				return nil, fmt.Errorf("route %q: only the last segment may be greedy", key)
			}
		}
		patterns = append(patterns, pattern{route, segments, newBucket(route.Throttle)})
	}
	slices.SortStableFunc(patterns, compare)
	return patterns, nil
}

func compare(a, b pattern) int {
	for i := range min(len(a.segments), len(b.segments)) {
		if order := segmentKind(a.segments[i]) - segmentKind(b.segments[i]); order != 0 {
			return order
		}
	}
	if order := len(b.segments) - len(a.segments); order != 0 {
		return order
	}
	return anyLast(a.route.Method) - anyLast(b.route.Method)
}

func anyLast(method string) int {
	if method == "ANY" {
		return 1
	}
	return 0
}

// split cuts a path at its slashes. API Gateway does not count a slash at the end.
func split(path string) []string {
	path = strings.TrimRight(strings.TrimPrefix(path, "/"), "/")
	if path == "" {
		return nil
	}
	return strings.Split(path, "/")
}

// match finds the route for a request. The parameters keep the percent-encoding of the path, as a REST API hands them to its function.
func match(patterns []pattern, method, path string) (matched pattern, parameters map[string]string, ok bool) {
	segments := split(path)
	for _, p := range patterns {
		if parameters, ok := p.match(segments); ok && (p.route.Method == method || p.route.Method == "ANY") {
			return p, parameters, true
		}
	}
	return pattern{}, nil, false
}

func (p pattern) match(segments []string) (map[string]string, bool) {
	var parameters map[string]string
	set := func(name, value string) {
		if parameters == nil {
			parameters = map[string]string{}
		}
		parameters[name] = value
	}
	for i, want := range p.segments {
		if i >= len(segments) {
			return nil, false
		}
		switch segmentKind(want) {
		case greedy:
			set(want[1:len(want)-2], strings.Join(segments[i:], "/"))
			return parameters, true
		case parameter:
			if segments[i] == "" {
				return nil, false
			}
			set(want[1:len(want)-1], segments[i])
		default:
			if want != segments[i] {
				return nil, false
			}
		}
	}
	return parameters, len(p.segments) == len(segments)
}
