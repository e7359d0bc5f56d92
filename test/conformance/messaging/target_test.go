// Package messaging_test holds the local cloud's SNS, SQS, EventBridge rules, KMS, Secrets Manager and S3 to AWS's documented behaviour,
// and to moto and LocalStack, by raw requests, so that what no SDK would send can be sent too.
package messaging_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/clock"
	"github.com/regua/regua/infra/local/kms"
	"github.com/regua/regua/infra/local/messaging"
	"github.com/regua/regua/infra/local/s3"
	"github.com/regua/regua/infra/local/secrets"
	"github.com/regua/regua/infra/local/store"
	"github.com/regua/regua/infra/local/wire"
	"github.com/regua/regua/test/oracles"
)

// setup is what a check needs to be there: the local cloud has it from contract, other implementations create it by calls.
type setup struct {
	queues        []queue
	topics        []string
	subscriptions []subscription
	keys          map[string]string // spec by name
	secrets       map[string]string
	buckets       []string
}

type queue struct {
	name              string
	VisibilityTimeout int // seconds, as are the others
	DelaySeconds      int
	Dead              string
	MaxReceiveCount   int
}

type subscription struct {
	topic, queue string
	raw          bool
	types        []string
}

// session is an implementation with what one check needs.
type session struct {
	do   func(*http.Request) (*http.Response, error)
	url  string
	vars map[string]string // what $name stands for
	pass func(time.Duration) error
}

// target makes a session. The number is the check's own.
type target func(s setup, number int) (*session, error)

// ours gives the local cloud's engines, new and empty, in process, with the time standing still until it is moved.
func ours(t testing.TB) target {
	return func(s setup, _ int) (*session, error) {
		clk, st := clock.Virtual(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC)), store.Memory()
		t.Cleanup(clk.Close)
		engines, err := messaging.New(clk, st, nil)
		if err != nil {
			return nil, err
		}
		engines.SMS = func(string, string, string, string) (string, error) { return "sms", nil }
		vars := map[string]string{}
		for _, q := range s.queues {
			vars[q.name], vars[q.name+"@name"] = "http://sqs.us-east-1.localhost/000000000000/"+q.name, q.name
			err = firstOf(err, engines.CreateQueue(messaging.QueueSpec{Name: q.name, DeadLetter: q.Dead, MaxReceive: q.MaxReceiveCount,
				VisibilityTimeout: time.Duration(q.VisibilityTimeout) * time.Second, Delay: time.Duration(q.DelaySeconds) * time.Second}))
		}
		for _, name := range s.topics {
			vars[name] = "arn:aws:sns:us-east-1:000000000000:" + name
			err = firstOf(err, engines.CreateTopic(name))
		}
		for _, sub := range s.subscriptions {
			err = firstOf(err, engines.Subscribe(messaging.SubscriptionSpec{Topic: sub.topic, Queue: sub.queue, Raw: sub.raw,
				EventTypes: sub.types}))
		}
		err = firstOf(err, engines.Resume())
		var aliases []kms.Alias
		for name, spec := range s.keys {
			vars[name] = "alias/" + name
			aliases = append(aliases, kms.Alias{Name: "alias/" + name, Spec: spec})
		}
		keys, keysErr := kms.New(st, aliases)
		for _, name := range s.buckets {
			vars[name] = name
		}
		objects, objectsErr := s3.New(clk, st, s.buckets)
		values, valuesErr := secrets.New(st)
		for name, value := range s.secrets {
			vars[name] = name
			_, ensureErr := values.Ensure(name, func() (string, error) { return value, nil })
			valuesErr = firstOf(valuesErr, ensureErr)
		}
		if err = firstOf(err, keysErr, objectsErr, valuesErr); err != nil {
			return nil, err
		}
		router := wire.NewRouter(map[string]wire.Engine{"sqs": engines.SQS(), "sns": engines.SNS(), "kms": keys,
			"secretsmanager": values, "s3": objects})
		return &session{do: router.Do, url: "http://local", vars: vars, pass: func(d time.Duration) error {
			return clk.Advance(context.Background(), clk.Now().Add(d))
		}}, nil
	}
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// motoVariable names the folder of moto's virtual environment.
const motoVariable = "REGUA_MOTO"

// startMoto starts moto for the length of the test, or skips the test when it is not there.
func startMoto(t testing.TB) target {
	t.Helper()
	folder := os.Getenv(motoVariable)
	if folder == "" {
		oracles.Absent(t, "moto", motoVariable+" does not name the folder of moto: make conformance fetches and names it")
	}
	if wanted, err := os.ReadFile("oracle/requirements.txt"); err != nil {
		t.Fatal(err)
	} else if got, err := os.ReadFile(filepath.Join(folder, "requirements.txt")); err != nil || string(got) != string(wanted) {
		oracles.Absent(t, "moto", folder+" does not hold what oracle/requirements.txt names: fetch it again")
	}
	const port = "8001"
	server := exec.Command("oracle/serve", folder, port)
	server.Stderr = nil // a line for each request
	stdin, err := server.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.Start(); err != nil {
		oracles.Absent(t, "moto", err.Error())
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Wait() }()
	t.Cleanup(func() {
		stdin.Close()
		if err := <-ended; err != nil {
			t.Errorf("moto ended badly: %v", err)
		}
	})
	url := "http://127.0.0.1:" + port
	client := &http.Client{Timeout: 30 * time.Second}
	limit := time.After(time.Minute)
	poll := time.NewTicker(50 * time.Millisecond)
	defer poll.Stop()
	for {
		if res, err := client.Get(url + "/moto-api/"); err == nil {
			res.Body.Close()
			break
		}
		select {
		case err := <-ended:
			ended <- err
			t.Fatalf("moto ended before it answered: %v", err)
		case <-limit:
			t.Fatal("moto does not answer")
		case <-poll.C:
		}
	}
	return remote(url)
}

// remote reaches an implementation that has no clock but the machine's.
func remote(url string) target {
	client := &http.Client{Timeout: 30 * time.Second}
	return func(s setup, number int) (*session, error) {
		session := &session{do: client.Do, url: url, vars: map[string]string{}, pass: func(d time.Duration) error {
			<-time.After(d)
			return nil
		}}
		return session, session.create(s, fmt.Sprintf("-%03d", number))
	}
}

// create makes by calls what a check needs, under names of its own.
func (g *session) create(s setup, own string) error {
	arns := map[string]string{}
	call := func(service, operation string, in doc) doc {
		a, err := g.call(service, operation, in)
		if err == nil && a.code != "" {
			err = fmt.Errorf("%s %s: %s: %s", service, operation, a.code, a.message)
		}
		if err != nil {
			panic(err) // recovered below: a setup is all or nothing
		}
		return a.body
	}
	return recovered(func() {
		for _, q := range s.queues {
			attributes := doc{"DelaySeconds": fmt.Sprint(q.DelaySeconds)}
			if q.VisibilityTimeout > 0 {
				attributes["VisibilityTimeout"] = fmt.Sprint(q.VisibilityTimeout)
			}
			if q.Dead != "" {
				policy, _ := json.Marshal(doc{"deadLetterTargetArn": arns[q.Dead], "maxReceiveCount": q.MaxReceiveCount})
				attributes["RedrivePolicy"] = string(policy)
			}
			g.vars[q.name+"@name"] = q.name + own
			g.vars[q.name] = call("SQS", "CreateQueue", doc{"QueueName": q.name + own, "Attributes": attributes})["QueueUrl"].(string)
			described := call("SQS", "GetQueueAttributes", doc{"QueueUrl": g.vars[q.name], "AttributeNames": []string{"QueueArn"}})
			arns[q.name] = described["Attributes"].(doc)["QueueArn"].(string)
		}
		for _, name := range s.topics {
			g.vars[name] = call("SNS", "CreateTopic", doc{"Name": name + own})["TopicArn"].(string)
		}
		for _, sub := range s.subscriptions {
			attributes := doc{"RawMessageDelivery": fmt.Sprint(sub.raw)}
			if len(sub.types) > 0 {
				policy, _ := json.Marshal(doc{"type": sub.types})
				attributes["FilterPolicy"] = string(policy)
			}
			call("SNS", "Subscribe", doc{"TopicArn": g.vars[sub.topic], "Protocol": "sqs", "Endpoint": arns[sub.queue], "Attributes": attributes})
		}
		for name, spec := range s.keys {
			in := doc{"KeySpec": spec, "KeyUsage": "ENCRYPT_DECRYPT"}
			if spec == kms.ECCP256 {
				in["KeyUsage"] = "SIGN_VERIFY"
			}
			g.vars[name] = "alias/" + name + own
			id := call("KMS", "CreateKey", in)["KeyMetadata"].(doc)["KeyId"]
			call("KMS", "CreateAlias", doc{"AliasName": g.vars[name], "TargetKeyId": id})
		}
		for name, value := range s.secrets {
			g.vars[name] = name + own
			call("Secrets", "CreateSecret", doc{"Name": g.vars[name], "SecretString": value,
				"ClientRequestToken": fmt.Sprintf("22222222-2222-4222-8222-%012s", own[1:])})
		}
		for _, name := range s.buckets {
			g.vars[name] = name + own
			call("S3", "PUT", doc{"path": "/" + g.vars[name]})
		}
	})
}

// recovered turns a panic with an error into that error.
func recovered(f func()) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = r.(error) // anything else is a mistake in the test and may end it
		}
	}()
	f()
	return nil
}
