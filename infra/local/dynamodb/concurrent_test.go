package dynamodb_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/regua/regua/infra/local/store"
)

const contenders = 200

func together(f func(i int)) {
	var all sync.WaitGroup
	for i := range contenders {
		all.Go(func() { f(i) })
	}
	all.Wait()
}

func TestOptimisticLock(t *testing.T) {
	c := withTable(t)
	c.put(with(key("a", "1"), "ver", n("0")))
	together(func(i int) {
		for {
			out, err := c.GetItem(context.Background(), &sdk.GetItemInput{TableName: things, Key: key("a", "1"), ConsistentRead: aws.Bool(true)})
			if err != nil {
				t.Error(err)
				return
			}
			_, err = c.change(key("a", "1"), "SET ver = ver + :one ADD amount :i", "ver = :ver",
				item{":one": n("1"), ":i": n(fmt.Sprint(i)), ":ver": out.Item["ver"]})
			var lost *types.ConditionalCheckFailedException
			if errors.As(err, &lost) {
				continue
			}
			if err != nil {
				t.Error(err)
			}
			return
		}
	})
	got := c.get(key("a", "1"))
	want(t, got["ver"], n("200"))
	want(t, got["amount"], n("19900"))
}

func TestConditionalCreatesInTransactions(t *testing.T) {
	for name, st := range map[string]*store.Store{"memory": store.Memory(), "durable": open(t, t.TempDir())} {
		t.Run(name, func(t *testing.T) {
			c := start(t, st)
			c.createTable()
			var won atomic.Int32
			together(func(i int) {
				only := with(key("a", "only"), "by", n(fmt.Sprint(i)))
				err := c.transact("", putEntry(only, "attribute_not_exists(pk)"), putEntry(key("by", fmt.Sprint(i)), ""))
				var cancelled *types.TransactionCanceledException
				switch {
				case err == nil:
					won.Add(1)
				case !errors.As(err, &cancelled):
					t.Error(err)
				}
			})
			want(t, won.Load(), int32(1))
			out := c.find("pk = :by", item{":by": s("by")}, nil)
			want(t, texts(out.Items, "sk"), texts([]map[string]types.AttributeValue{c.get(key("a", "only"))}, "by"))
			if err := st.Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// TestReadersSeeWholeTransactions moves money between three accounts and holds every transactional read to the same sum.
func TestReadersSeeWholeTransactions(t *testing.T) {
	c := withTable(t)
	accounts := []item{key("acc", "0"), key("acc", "1"), key("acc", "2")}
	var gets []types.TransactGetItem
	for _, account := range accounts {
		gets = append(gets, types.TransactGetItem{Get: &types.Get{TableName: things, Key: account}})
		c.put(with(maps.Clone(account), "cents", n("1000")))
	}
	together(func(i int) {
		amount := item{":a": n(fmt.Sprint(i % 7))}
		from, to := key("acc", fmt.Sprint(i%3)), key("acc", fmt.Sprint((i+1)%3))
		if err := c.transact("", updateEntry(from, "SET cents = cents - :a", amount), updateEntry(to, "ADD cents :a", amount)); err != nil {
			t.Error(err)
		}
		out, err := c.TransactGetItems(context.Background(), &sdk.TransactGetItemsInput{TransactItems: gets})
		if err != nil {
			t.Error(err)
			return
		}
		sum := 0
		for _, response := range out.Responses {
			cents, err := strconv.Atoi(response.Item["cents"].(*types.AttributeValueMemberN).Value)
			if err != nil {
				t.Error(err)
			}
			sum += cents
		}
		if sum != 3000 {
			t.Errorf("a reader saw %d cents", sum)
		}
	})
}
