// Command bootstrap is the script function as Lambda runs it. Calls are counted in temporary files, since each of several processes may
// take the next.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/aws/aws-lambda-go/lambda"

	"github.com/regua/regua/test/conformance/stepfunctions/script"
)

func main() { lambda.Start(script.Function(count)) }

func count(key string) (int, error) {
	file, err := os.OpenFile(filepath.Join(os.TempDir(), filepath.Base(key)), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, fmt.Errorf("open counter: %w", err)
	}
	_, err = file.WriteString(".")
	info, errStat := file.Stat()
	if err := errors.Join(err, errStat, file.Close()); err != nil {
		return 0, fmt.Errorf("count: %w", err)
	}
	return int(info.Size()), nil
}
