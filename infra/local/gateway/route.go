package gateway

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
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
	Route
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
	case !strings.HasPrefix(segment, "{"):
		return literal
	case strings.HasSuffix(segment, "+}"):
		return greedy
	}
	return parameter
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
		if i := slices.IndexFunc(segments, func(s string) bool { return segmentKind(s) == greedy }); i >= 0 && i < len(segments)-1 {
			return nil, fmt.Errorf("route %q: only the last segment may be greedy", key)
		}
		patterns = append(patterns, pattern{route, segments, newBucket(route.Throttle)})
	}
	slices.SortStableFunc(patterns, compare)
	return patterns, nil
}

// compare puts ANY behind the methods that have a route of their own, and a path that goes on before its beginning.
func compare(a, b pattern) int {
	for i := range min(len(a.segments), len(b.segments)) {
		if order := segmentKind(a.segments[i]) - segmentKind(b.segments[i]); order != 0 {
			return order
		}
	}
	last := func(p pattern) int { return strings.Count(p.Method, "ANY") }
	return cmp.Or(len(b.segments)-len(a.segments), last(a)-last(b))
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
		if parameters, ok := p.match(segments); ok && (p.Method == method || p.Method == "ANY") {
			return p, parameters, true
		}
	}
	return pattern{}, nil, false
}

func (p pattern) match(segments []string) (parameters map[string]string, ok bool) {
	for i, want := range p.segments {
		if i >= len(segments) {
			return nil, false
		}
		kind, value := segmentKind(want), segments[i]
		switch {
		case kind == literal && want == value:
			continue
		case kind == literal || value == "" && kind == parameter:
			return nil, false
		case kind == greedy:
			value, segments = strings.Join(segments[i:], "/"), segments[:i+1]
		}
		if parameters == nil {
			parameters = map[string]string{}
		}
		parameters[strings.Trim(want, "{+}")] = value
	}
	return parameters, len(p.segments) == len(segments)
}

// Throttle is the limit of one route, a token bucket: so many requests at once (Burst), and so many a second for ever (Rate). The zero
// value lets every request through.
type Throttle struct {
	Rate, Burst int
}

func (l Throttle) negative() bool { return l.Rate < 0 || l.Burst < 0 }

// bucket holds what a route may still take.
type bucket struct {
	limit  Throttle
	mu     sync.Mutex
	tokens float64
	at     time.Time // when tokens was true
}

func newBucket(limit Throttle) *bucket { return &bucket{limit: limit, tokens: float64(limit.Burst)} }

// take uses up one token, if there is one.
func (b *bucket) take(now time.Time) bool {
	if b.limit == (Throttle{}) {
		return true
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if passed := now.Sub(b.at); passed > 0 {
		b.tokens = min(b.tokens+passed.Seconds()*float64(b.limit.Rate), float64(b.limit.Burst))
		b.at = now
	}
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}
