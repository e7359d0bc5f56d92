// Package store keeps the state of the local cloud's engines: in memory only, or in one durable file that survives kill -9.
// An engine holds its whole state in memory, writes each change through, and reads everything once at start.
package store

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/bbolt"
)

const (
	fileName   = "regua-local.db"
	formatName = "regua-local-1"
	// lockWait is long enough for a process that is just ending to let go of the file.
	lockWait = 2 * time.Second
)

// Store is where engines write changes through. A memory store keeps nothing.
type Store struct{ db *bbolt.DB }

// Op is one change: Value nil deletes the key.
type Op struct {
	Bucket, Key string
	Value       []byte
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
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, fmt.Errorf("read data directory %s: %w", dir, err)
		}
		if len(entries) > 0 {
			return nil, fmt.Errorf("data directory %s holds files that are not Regua's: choose an empty or new directory", dir)
		}
	}
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: lockWait})
	if errors.Is(err, bbolt.ErrTimeout) {
		return nil, fmt.Errorf("data directory %s is in use by another process: stop it first or choose another directory", dir)
	}
	if err != nil {
		return nil, fmt.Errorf("open data directory %s (damaged or not Regua's; it was left untouched): %w", dir, err)
	}
	s := &Store{db: db}
	if err := s.claim(); err != nil {
		return nil, errors.Join(fmt.Errorf("open data directory %s: %w", dir, err), db.Close())
	}
	return s, nil
}

func (s *Store) claim() error {
	return s.db.Update(func(tx *bbolt.Tx) error {
		meta, err := tx.CreateBucketIfNotExists([]byte("_meta"))
		if err != nil {
			return err
		}
		switch got := meta.Get([]byte("format")); {
		case got == nil:
			return meta.Put([]byte("format"), []byte(formatName))
		case string(got) != formatName:
			return fmt.Errorf("its format is %q, this version reads %q", got, formatName)
		}
		return nil
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
			if op.Value == nil {
				err = b.Delete([]byte(op.Key))
			} else {
				err = b.Put([]byte(op.Key), op.Value)
			}
			if err != nil {
				return fmt.Errorf("write %s: %w", op.Bucket, err)
			}
		}
		return nil
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
