// Command bootstrap is the script function as Lambda runs it. Calls are counted in files of the
// folder that CALLS_FOLDER names, since each of several processes may take the next.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/regua/regua/test/conformance/stepfunctions/script"
)

func main() { lambda.Start(script.Function(count)) }

func count(key string) (int, error) {
	file, err := os.OpenFile(filepath.Join(os.Getenv("CALLS_FOLDER"), filepath.Base(key)), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, fmt.Errorf("open counter: %w", err)
	}
	defer file.Close()
	if _, err := file.WriteString("."); err != nil {
		return 0, fmt.Errorf("count: %w", err)
	}
	info, err := file.Stat()
	if err != nil {
		return 0, fmt.Errorf("read counter: %w", err)
	}
	return int(info.Size()), nil
}
