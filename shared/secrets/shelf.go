package secrets

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager/types"

	"github.com/regua/regua/shared/collection"
)

// shelf keeps what secrets of one kind hold for as long as it may be used, and remembers the names that have none.
type shelf[V any] struct {
	api    API
	prefix string
	now    func() time.Time

	mu   *sync.Mutex
	kept map[string]kept[V]
}

type kept[V any] struct {
	value  V
	absent bool
	until  time.Time
}

func newShelf[V any](api API, prefix string, now func() time.Time) shelf[V] {
	return shelf[V]{api, prefix, now, &sync.Mutex{}, map[string]kept[V]{}}
}

// get returns what the secret of a name of contract holds. An error says of whom it is, never what stands in it.
func (s *shelf[V]) get(ctx context.Context, secret, of string, decode func(text []byte) (V, error)) (V, error) {
	name, now := s.prefix+secret, s.now()
	s.mu.Lock()
	known, ok := s.kept[name]
	s.mu.Unlock()
	if !ok || !now.Before(known.until) {
		var err error
		if known, err = s.read(ctx, name, of, decode, now); err != nil {
			return known.value, err
		}
		s.mu.Lock()
		if len(s.kept) >= maxKept { // strangers' names first: they must not make every notice ask for its secret again
			maps.DeleteFunc(s.kept, func(_ string, k kept[V]) bool { return k.absent })
		}
		if len(s.kept) >= maxKept {
			clear(s.kept)
		}
		s.kept[name] = known
		s.mu.Unlock()
	}
	if known.absent {
		return known.value, fmt.Errorf("%w: secret of %s", collection.ErrNotFound, of)
	}
	return known.value, nil
}

func (s *shelf[V]) read(
	ctx context.Context, name, of string, decode func(text []byte) (V, error), now time.Time,
) (kept[V], error) {
	out, err := s.api.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(name)})
	if _, absent := errors.AsType[*types.ResourceNotFoundException](err); absent {
		return kept[V]{absent: true, until: now.Add(absentFor)}, nil
	}
	if err != nil {
		return kept[V]{}, fmt.Errorf("%w: read secret of %s: %w", collection.ErrUnavailable, of, err)
	}
	value, err := decode([]byte(aws.ToString(out.SecretString)))
	if err != nil {
		return kept[V]{}, err
	}
	return kept[V]{value: value, until: now.Add(keptFor)}, nil
}
