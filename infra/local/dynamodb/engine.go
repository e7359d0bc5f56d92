// Package dynamodb is the DynamoDB of the local cloud: the operations that the product calls, answered as AWS documents them. The whole
// state is in memory, behind one lock that makes transactions serialisable, and every change is in the store before its call returns.
// How it differs from AWS stands in docs/divergences.md.
package dynamodb

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
)

// sweepInterval is how often expired items are deleted.
const sweepInterval = time.Hour

// Engine answers the calls of the DynamoDB service. It is a wire.Engine and safe for concurrent use.
type Engine struct {
	wire.Operations
	clock *clock.Clock
	store *store.Store

	mu     sync.RWMutex // held through every operation
	tables map[string]*table
	tokens map[string]replay
}

// New loads the engine's tables from the store.
func New(clk *clock.Clock, st *store.Store) (*Engine, error) {
	e := &Engine{clock: clk, store: st, tables: map[string]*table{}, tokens: map[string]replay{}}
	reading := e.mu.RLocker()
	e.Operations = wire.Operations{
		"CreateTable": under(&e.mu, e.createTable), "DescribeTable": under(reading, e.describeTable),
		"UpdateTimeToLive": under(&e.mu, e.updateTimeToLive), "DescribeTimeToLive": under(reading, e.describeTimeToLive),
		"GetItem": under(reading, e.getItem), "BatchGetItem": under(reading, e.batchGetItem),
		"TransactGetItems": under(reading, e.transactGetItems), "Query": under(reading, e.query), "Scan": under(reading, e.scan),
		"PutItem": under(&e.mu, e.write(put)), "UpdateItem": under(&e.mu, e.write(modify)), "DeleteItem": under(&e.mu, e.write(remove)),
		"BatchWriteItem": under(&e.mu, e.batchWriteItem), "TransactWriteItems": under(&e.mu, e.transactWriteItems),
	}
	loadTable := func(name string, def definition) (err error) {
		e.tables[name], err = loadTable(st, def)
		return err
	}
	loadToken := func(token string, done replay) error {
		e.tokens[token] = done
		return nil
	}
	if err := cmp.Or(store.Load(st, tablesBucket, loadTable), store.Load(st, tokensBucket, loadToken)); err != nil {
		return nil, fmt.Errorf("load dynamodb: %w", err)
	}
	clk.Every(clk.Now().Truncate(sweepInterval).Add(sweepInterval), sweepInterval, "dynamodb expiry", e.sweep)
	return e, nil
}

// under makes an operation of a function that answers a request, by writing to the object, under the lock.
func under[R any](lock sync.Locker, f func(*R, *object) error) func(wire.Call) (any, error) {
	return func(call wire.Call) (any, error) {
		return wire.Answer(call, "SerializationException", func(request R) (any, error) {
			c, isCharged := any(&request).(interface{ account() *charged })
			if isCharged {
				if err := c.account().open(); err != nil {
					return nil, err
				}
			}
			lock.Lock()
			defer lock.Unlock()
			o := newObject()
			if err := f(&request, o); err != nil {
				return nil, err
			}
			if isCharged {
				c.account().report(o, strings.HasPrefix(call.Operation, "Batch") || strings.HasPrefix(call.Operation, "Transact"))
			}
			return o.done(), o.err
		})
	}
}

// Empty reports whether an index of a table has no entry; an index that is not there has none.
func (e *Engine) Empty(table, index string) bool {
	e.mu.RLock()
	defer e.mu.RUnlock()
	t := e.tables[table]
	return t == nil || t.named(index) == nil || t.named(index).entries.Len() == 0
}

// table gives a table by name.
func (e *Engine) table(name string) (*table, error) {
	switch t := e.tables[name]; {
	case t != nil:
		return t, nil
	case name == "":
		return nil, invalid("The parameter 'TableName' is required but was not present in the request")
	}
	return nil, cmp.Or(validName(name), error(wire.Errorf("ResourceNotFoundException", "Requested resource not found")))
}

// commit stores the changes and then makes them, all or none.
func (e *Engine) commit(changes []change, extra ...store.Op) error {
	if e.store.Durable() {
		for _, c := range changes {
			op := store.Op{Bucket: itemsBucket + c.t.def.TableName, Key: c.key}
			if c.next != nil {
				op.Value = appendItem(nil, c.next.item)
			}
			if c.old != c.next {
				extra = append(extra, op)
			}
		}
		if err := e.store.Write(extra...); err != nil {
			return fmt.Errorf("store changes: %w", err)
		}
	}
	for _, c := range changes {
		c.t.apply(c)
	}
	return nil
}

// maxExpiredAge is how long after its expiry an item is still deleted (developer guide, "Using time to live").
const maxExpiredAge = 5 * 365 * 24 * time.Hour

// sweep deletes expired items and forgets old transaction tokens.
func (e *Engine) sweep(context.Context) {
	now := e.clock.Now()
	e.mu.Lock()
	defer e.mu.Unlock()
	var changes []change
	for _, t := range e.tables {
		if t.expiry == nil {
			continue
		}
		old := keyRange{from: integer(now.Add(-maxExpiredAge).Unix()), to: integer(now.Unix())}
		old.visit(&t.expiry.entries, false, func(entry *record) bool {
			r, _ := t.entries.Get(entry.key)
			changes = append(changes, change{t: t, key: entry.key, old: r})
			return true
		})
	}
	var ops []store.Op
	for token, done := range e.tokens {
		if !now.Before(done.Expires) {
			delete(e.tokens, token)
			ops = append(ops, store.Op{Bucket: tokensBucket, Key: token})
		}
	}
	if err := e.commit(changes, ops...); err != nil {
		slog.Error("dynamodb: expired items stay until the next sweep", "error", err)
	}
}
