package provider

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/regua/regua/shared/collection"
)

// Do makes one call of a provider and reads its answer of at most limit bytes, whatever its status. Anything else is
// collection.ErrUnavailable, which names who was called and never the address: that may name persons.
func Do(client *http.Client, request *http.Request, who string, limit int) (status int, text []byte, err error) {
	answer, err := client.Do(request)
	if err != nil {
		if failed, ok := errors.AsType[*url.Error](err); ok {
			err = failed.Err
		}
		return 0, nil, fmt.Errorf("%w: call %s: %w", collection.ErrUnavailable, who, err)
	}
	text, err = io.ReadAll(io.LimitReader(answer.Body, int64(limit)+1))
	if closed := answer.Body.Close(); err == nil {
		err = closed
	}
	if err == nil && len(text) > limit {
		err = fmt.Errorf("it has more than %d bytes", limit)
	}
	if err != nil {
		return 0, nil, fmt.Errorf("%w: read the answer of %s: %w", collection.ErrUnavailable, who, err)
	}
	return answer.StatusCode, text, nil
}
