package dynamodb_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/regua/regua/infra/local/store"
)

func open(t *testing.T, dir string) *store.Store {
	t.Helper()
	st, err := store.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func (c *cloud) expireBy(attribute string, enabled bool) error {
	_, err := c.UpdateTimeToLive(context.Background(), &sdk.UpdateTimeToLiveInput{TableName: things,
		TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: &attribute, Enabled: &enabled}})
	return err
}

func TestReopen(t *testing.T) {
	dir := t.TempDir()
	st := open(t, dir)
	c := start(t, st)
	c.createTable()
	full := with(key("a", "1"), "gpk", s("g"), "gsk", n("5"), "exact", n("12345678901234567890.12345678901234567"), "set", stringSet("a", "b"),
		"bin", &types.AttributeValueMemberB{Value: []byte{0, 1, 255}},
		"m", object(item{"l": list(n("1"), &types.AttributeValueMemberNULL{Value: true})}))
	c.put(full)
	c.put(key("a", "gone"))
	if err := c.expireBy("ttl", true); err != nil {
		t.Fatal(err)
	}
	entries := []types.TransactWriteItem{deleteEntry(key("a", "gone")), updateEntry(key("a", "n"), "ADD v :v", item{":v": n("1")})}
	if err := c.transact("token", entries...); err != nil {
		t.Fatal(err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}

	st = open(t, dir)
	defer st.Close()
	c = start(t, st)
	want(t, c.get(key("a", "1")), full)
	if c.get(key("a", "gone")) != nil {
		t.Error("a deleted item came back")
	}
	out := c.find("gpk = :g", item{":g": s("g")}, onGroup("by-some"))
	want(t, texts(out.Items, "sk"), []string{"1"})
	if err := c.transact("token", entries...); err != nil {
		t.Fatal(err)
	}
	want(t, c.get(key("a", "n"))["v"], n("1")) // the token outlived the process
	ttl, err := c.DescribeTimeToLive(context.Background(), &sdk.DescribeTimeToLiveInput{TableName: things})
	if err != nil {
		t.Fatal(err)
	}
	want(t, ttl.TimeToLiveDescription.TimeToLiveStatus, types.TimeToLiveStatusEnabled)
}

func TestFailedStoreWriteChangesNothing(t *testing.T) {
	st := open(t, t.TempDir())
	c := start(t, st)
	c.createTable()
	c.put(with(key("a", "1"), "v", n("1")))
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	once := func(o *sdk.Options) { o.RetryMaxAttempts = 1 }
	_, err := c.UpdateItem(context.Background(), &sdk.UpdateItemInput{TableName: things, Key: key("a", "1"),
		UpdateExpression:          aws.String("SET v = :v"),
		ExpressionAttributeValues: item{":v": n("2")}}, once)
	wantError(t, err, "InternalFailure")
	_, err = c.TransactWriteItems(context.Background(), &sdk.TransactWriteItemsInput{
		TransactItems: []types.TransactWriteItem{putEntry(key("a", "2"), ""), deleteEntry(key("a", "1"))}}, once)
	wantError(t, err, "InternalFailure")
	want(t, c.get(key("a", "1")), with(key("a", "1"), "v", n("1")))
	if c.get(key("a", "2")) != nil {
		t.Error("an item that could not be stored is there")
	}
}

func TestExpiry(t *testing.T) {
	c := withTable(t)
	at := func(offset time.Duration) types.AttributeValue { return n(fmt.Sprint(epoch.Add(offset).Unix())) }
	c.put(with(key("e", "old"), "ttl", at(-6*365*24*time.Hour))) // too old to be deleted
	c.put(with(key("e", "30m"), "ttl", at(30*time.Minute), "gpk", s("g"), "gsk", n("1")))
	c.put(with(key("e", "text"), "ttl", s("1")))
	if err := c.expireBy("ttl", true); err != nil {
		t.Fatal(err)
	}
	wantError(t, c.expireBy("ttl", true), "ValidationException", "TimeToLive is already enabled")
	c.put(with(key("e", "90m"), "ttl", at(90*time.Minute)))
	c.put(with(key("e", "moved"), "ttl", at(30*time.Minute)))
	if _, err := c.change(key("e", "moved"), "SET #t = :t", "", nil); err == nil {
		t.Fatal("undefined names were taken")
	}
	in := &sdk.UpdateItemInput{TableName: things, Key: key("e", "moved"), UpdateExpression: aws.String("SET #t = :t"),
		ExpressionAttributeNames: map[string]string{"#t": "ttl"}, ExpressionAttributeValues: item{":t": at(100 * time.Hour)}}
	if _, err := c.UpdateItem(context.Background(), in); err != nil {
		t.Fatal(err)
	}
	left := func(after time.Duration) []string {
		if err := c.clock.Advance(context.Background(), epoch.Add(after)); err != nil {
			t.Fatal(err)
		}
		return texts(c.find("pk = :p", item{":p": s("e")}, nil).Items, "sk")
	}
	want(t, left(59*time.Minute), []string{"30m", "90m", "moved", "old", "text"})
	want(t, left(60*time.Minute), []string{"90m", "moved", "old", "text"})
	if out := c.find("gpk = :g", item{":g": s("g")}, onGroup("by-group")); out.Count != 0 {
		t.Error("an expired item is still in an index")
	}
	want(t, left(50*time.Hour), []string{"moved", "old", "text"})
	if err := c.expireBy("ttl", false); err != nil {
		t.Fatal(err)
	}
	want(t, left(200*time.Hour), []string{"moved", "old", "text"})
}
