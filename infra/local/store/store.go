// Package store keeps the state of the local cloud's engines: in memory only, or in one durable file that survives kill -9.
// An engine holds its whole state in memory, writes each change through, and reads everything once at start.
package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

const (
	fileName   = "regua-local.db"
	formatName = "regua-local-2"
	metaBucket = "_meta"
	// lockWait is long enough for a process that is just ending to let go of the file.
	lockWait = 2 * time.Second
)

// Store is where engines write changes through. A memory store keeps nothing.
type Store struct{ db *bbolt.DB }

// Op is one change. Value is kept as it is when it is a []byte and as JSON else; nil deletes the key.
type Op struct {
	Bucket, Key string
	Value       any
}

// Memory gives a store that keeps nothing: the engines' own memory is the state.
func Memory() *Store { return &Store{} }

// Open gives the durable store of a directory, making it when new. It refuses a directory that another process uses and one whose file
// is damaged or not ours, and leaves such a directory as it is.
func Open(dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make data directory %s: %w", dir, err)
	}
	path := filepath.Join(dir, fileName)
	switch info, err := os.Stat(path); {
	case errors.Is(err, os.ErrNotExist):
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, fmt.Errorf("read data directory %s: %w", dir, err)
		}
		if len(entries) > 0 {
			return nil, fmt.Errorf("data directory %s holds files that are not Regua's: choose an empty or new directory", dir)
		}
	case err != nil:
		return nil, fmt.Errorf("read data directory %s: %w", dir, err)
	case info.Size() > 0: // a process that died while making the file leaves it empty
		if err := inspect(path, info.Size()); err != nil {
			return nil, refused(dir, err)
		}
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockWait})
	if err != nil {
		return nil, refused(dir, err)
	}
	s := &Store{db: db}
	if err := s.claim(); err != nil {
		return nil, errors.Join(fmt.Errorf("open data directory %s: %w", dir, err), db.Close())
	}
	return s, nil
}

func refused(dir string, err error) error {
	if errors.Is(err, bbolterrors.ErrTimeout) {
		return fmt.Errorf("data directory %s is in use by another process: stop it first or choose another directory", dir)
	}
	return fmt.Errorf("open data directory %s (damaged or not Regua's; it was left untouched): %w", dir, err)
}

// inspect looks at an existing file without writing to it. A file that was cut short would end the process when its missing pages are
// read, so its size is checked before anything else.
func inspect(path string, size int64) error {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockWait, ReadOnly: true})
	if err != nil {
		return err
	}
	return errors.Join(db.View(func(tx *bbolt.Tx) error {
		if tx.Size() > size {
			return fmt.Errorf("the file has %d bytes and should have %d", size, tx.Size())
		}
		if meta := tx.Bucket([]byte(metaBucket)); meta != nil {
			if got := meta.Get([]byte("format")); string(got) != formatName {
				return fmt.Errorf("its format is %q, this version reads %q", got, formatName)
			}
		} else if first, _ := tx.Cursor().First(); first != nil {
			return fmt.Errorf("the file is another program's: it holds %q", first)
		}
		return nil
	}), db.Close())
}

// claim marks a new file as ours.
func (s *Store) claim() error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		meta, err := tx.CreateBucketIfNotExists([]byte(metaBucket))
		if err != nil {
			return err
		}
		return meta.Put([]byte("format"), []byte(formatName))
	})
}

// Durable reports whether changes outlive the process.
func (s *Store) Durable() bool { return s.db != nil }

// Write makes the changes durable, all or none, before it returns.
func (s *Store) Write(ops ...Op) error {
	if s.db == nil || len(ops) == 0 {
		return nil
	}
	return s.db.Update(func(tx *bbolt.Tx) error {
		for _, op := range ops {
			b, err := tx.CreateBucketIfNotExists([]byte(op.Bucket))
			if err != nil {
				return err
			}
			if err := op.apply(b); err != nil {
				return fmt.Errorf("write %s: %w", op.Bucket, err)
			}
		}
		return nil
	})
}

func (op Op) apply(b *bbolt.Bucket) error {
	switch value := op.Value.(type) {
	case nil:
		return b.Delete([]byte(op.Key))
	case []byte:
		return b.Put([]byte(op.Key), value)
	default:
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		return b.Put([]byte(op.Key), text)
	}
}

// Load calls f with every key and value of a bucket that was written as JSON, in key order.
func Load[V any](s *Store, bucket string, f func(key string, value V) error) error {
	return s.Each(bucket, func(key string, text []byte) error {
		var value V
		if err := json.Unmarshal(text, &value); err != nil {
			return fmt.Errorf("read %q of %s: %w", key, bucket, err)
		}
		return f(key, value)
	})
}

// Each calls f with every key and value of a bucket, in key order. The value is valid during the call only.
func (s *Store) Each(bucket string, f func(key string, value []byte) error) error {
	if s.db == nil {
		return nil
	}
	return s.db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(bucket))
		if b == nil {
			return nil
		}
		return b.ForEach(func(k, v []byte) error { return f(string(k), v) })
	})
}

// Close lets go of the directory.
func (s *Store) Close() error {
	if s.db == nil {
		return nil
	}
	return s.db.Close()
}
