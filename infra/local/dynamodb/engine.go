// Package dynamodb is the DynamoDB of the local cloud: the operations that the product calls, answered as AWS documents them. The whole
// state is in memory, behind one lock that makes transactions serialisable, and every change is in the store before its call returns.
// How it differs from AWS stands in docs/divergences.md.
package dynamodb

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"
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
	clock *clock.Clock
	store *store.Store

	mu     sync.RWMutex
	tables map[string]*table
	tokens map[string]replay
}

// New loads the engine's tables from the store.
func New(clk *clock.Clock, st *store.Store) (*Engine, error) {
	e := &Engine{clock: clk, store: st, tables: map[string]*table{}, tokens: map[string]replay{}}
	err := st.Each(tablesBucket, func(name string, stored []byte) error {
		t, err := loadTable(st, stored)
		if err != nil {
			return err
		}
		e.tables[name] = t
		return nil
	})
	if err == nil {
		err = e.loadTokens()
	}
	if err != nil {
		return nil, fmt.Errorf("load dynamodb: %w", err)
	}
	clk.Every(clk.Now().Truncate(sweepInterval).Add(sweepInterval), sweepInterval, "dynamodb expiry", e.sweep)
	return e, nil
}

// Serve answers one call.
func (e *Engine) Serve(_ context.Context, call wire.Call) (any, error) {
	switch call.Operation {
	case "CreateTable":
		return run(call.Body, e.createTable)
	case "DescribeTable":
		return run(call.Body, e.describeTable)
	case "UpdateTimeToLive":
		return run(call.Body, e.updateTimeToLive)
	case "DescribeTimeToLive":
		return run(call.Body, e.describeTimeToLive)
	case "GetItem":
		return run(call.Body, e.getItem)
	case "BatchGetItem":
		return run(call.Body, e.batchGetItem)
	case "TransactGetItems":
		return run(call.Body, e.transactGetItems)
	case "Query":
		return run(call.Body, e.query)
	case "Scan":
		return run(call.Body, e.scan)
	case "PutItem":
		return run(call.Body, e.putItem)
	case "UpdateItem":
		return run(call.Body, e.updateItem)
	case "DeleteItem":
		return run(call.Body, e.deleteItem)
	case "BatchWriteItem":
		return run(call.Body, e.batchWriteItem)
	case "TransactWriteItems":
		return run(call.Body, e.transactWriteItems)
	}
	return nil, wire.Unknown(call)
}

// run decodes a request, refusing any member that the operation does not have here, and encodes the answer.
func run[R any](body []byte, operation func(*R) (*object, error)) (any, error) {
	var request R
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&request); err != nil {
		return nil, wire.Errorf("SerializationException", "the local cloud cannot take this request: %v", err)
	}
	if decoder.More() {
		return nil, wire.Errorf("SerializationException", "the local cloud cannot take this request: more follows its JSON document")
	}
	answer, err := operation(&request)
	if err != nil {
		return nil, err
	}
	return answer.done(), nil
}

// table gives a table by name; the caller holds the lock.
func (e *Engine) table(name string) (*table, error) {
	if t := e.tables[name]; t != nil {
		return t, nil
	}
	if name == "" {
		return nil, invalid("The parameter 'TableName' is required but was not present in the request")
	}
	if err := validName(name); err != nil {
		return nil, err
	}
	return nil, wire.Errorf("ResourceNotFoundException", "Requested resource not found")
}

// commit stores the changes and then makes them, all or none; the caller holds the writer's lock.
func (e *Engine) commit(changes []change, extra ...store.Op) error {
	if e.store.Durable() {
		ops := extra
		for _, c := range changes {
			if c.old != c.next {
				ops = append(ops, c.op())
			}
		}
		if err := e.store.Write(ops...); err != nil {
			return fmt.Errorf("store changes: %w", err)
		}
	}
	for _, c := range changes {
		if c.old != c.next {
			c.t.apply(c)
		}
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
		from, to := secondsKey(now.Add(-maxExpiredAge)), secondsKey(now)
		t.expiry.entries.Ascend(from, func(key string, entry *record) bool {
			if key >= to {
				return false
			}
			r, _ := t.items.Get(entry.key)
			changes = append(changes, change{t: t, key: entry.key, old: r})
			return true
		})
	}
	if err := e.commit(changes, e.forgetTokens(now)...); err != nil {
		slog.Error("dynamodb: expired items stay until the next sweep", "error", err)
	}
}

func secondsKey(t time.Time) string {
	return string(appendKey(nil, value{kind: kindN, s: strconv.FormatInt(t.Unix(), 10)}))
}
