// Package statemachines holds the definitions of the state machines, in the Amazon States Language (JSONPath). Functions stand in them as
// ${function-name}, after contract.Functions, and are put in when a machine is deployed or loaded.
package statemachines

import (
	"embed"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
)

//go:embed *.asl.json
var files embed.FS

var placeholder = regexp.MustCompile(`\$\{([^}]*)\}`)

// Definition returns the text of a machine with every ${function} replaced by what functionARN says of it. It fails for a name without a
// file, and when functionARN returns "" for a function.
func Definition(name string, functionARN func(function string) string) ([]byte, error) {
	text, err := files.ReadFile(name + ".asl.json")
	if err != nil {
		return nil, fmt.Errorf("read state machine %s: %w", name, err)
	}
	var missing string
	text = placeholder.ReplaceAllFunc(text, func(match []byte) []byte {
		function := string(placeholder.FindSubmatch(match)[1])
		arn := functionARN(function)
		if arn == "" {
			missing = function
		}
		return []byte(arn)
	})
	if missing != "" {
		return nil, fmt.Errorf("state machine %s calls %q, which is not deployed", name, missing)
	}
	if !json.Valid(text) {
		return nil, fmt.Errorf("state machine %s is not JSON once its functions are put in", name)
	}
	return text, nil
}

// Functions lists the functions that a machine calls, each once, sorted.
func Functions(name string) ([]string, error) {
	var found []string
	_, err := Definition(name, func(function string) string {
		found = append(found, function)
		return function
	})
	slices.Sort(found)
	return slices.Compact(found), err
}
