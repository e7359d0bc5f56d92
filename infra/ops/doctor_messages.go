package main

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/regua/regua/shared/contract"
)

// manyWaiting is how many messages may wait in a queue unremarked: a portfolio's import fills one for a moment.
const manyWaiting = 1000

func (d *doctor) checkTopic(ctx context.Context) {
	client, topic := sns.NewFromConfig(d.parts.AWS), d.arn("sns", d.name(contract.EventsTopic))
	if _, err := client.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: &topic}); err != nil {
		d.failed("topic "+contract.EventsTopic, err, deployRelease)
	} else {
		d.found("topic "+contract.EventsTopic, fine, "exists", "")
	}
	subscribed := map[string]string{} // ARN of the subscription by that of the queue
	pages := sns.NewListSubscriptionsByTopicPaginator(client, &sns.ListSubscriptionsByTopicInput{TopicArn: &topic})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			d.failed("subscriptions", err, deployRelease)
			return
		}
		for _, s := range page.Subscriptions {
			subscribed[aws.ToString(s.Endpoint)] = aws.ToString(s.SubscriptionArn)
		}
	}
	for _, s := range contract.Subscriptions() {
		what := "subscription of " + s.Queue
		arn, ok := subscribed[d.arn("sqs", d.name(s.Queue))]
		if !ok {
			d.found(what, wrong, "does not exist", "its events are lost to it: "+deployRelease)
			continue
		}
		out, err := client.GetSubscriptionAttributes(ctx, &sns.GetSubscriptionAttributesInput{SubscriptionArn: &arn})
		if err != nil {
			d.failed(what, err, deployRelease)
			continue
		}
		d.checkFilter(what, s, out.Attributes)
	}
}

func (d *doctor) checkFilter(what string, s contract.Subscription, attributes map[string]string) {
	var filter struct {
		Type []string `json:"type"`
	}
	err := json.Unmarshal([]byte(attributes["FilterPolicy"]), &filter)
	slices.Sort(filter.Type)
	right := err == nil && slices.Equal(filter.Type, slices.Sorted(slices.Values(s.EventTypes)))
	says := fmt.Sprint("raw delivery of ", s.EventTypes)
	if !right {
		says = fmt.Sprintf("its filter is not %v", s.EventTypes)
	} else if right = attributes["RawMessageDelivery"] == "true"; !right {
		says = "its delivery is not raw"
	}
	d.verdictOf(what, right, says, deployRelease)
}

// checkQueues looks how much waits, and whether anything was given up.
func (d *doctor) checkQueues(ctx context.Context) {
	client := sqs.NewFromConfig(d.parts.AWS)
	for _, q := range contract.Queues() {
		attributes, ok := d.queue(ctx, client, q.Name)
		if !ok {
			continue
		}
		waiting, inFlight := number(attributes, types.QueueAttributeNameApproximateNumberOfMessages),
			number(attributes, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible)
		says := fmt.Sprintf("%d waiting, %d being taken in", waiting, inFlight)
		var redrive struct {
			DeadLetter string `json:"deadLetterTargetArn"`
		}
		err := json.Unmarshal([]byte(attributes[string(types.QueueAttributeNameRedrivePolicy)]), &redrive)
		switch {
		case err != nil || redrive.DeadLetter != d.arn("sqs", d.name(q.Name+contract.DeadSuffix)):
			d.found("queue "+q.Name, wrong, says+"; its dead-letter queue is not "+q.Name+contract.DeadSuffix, deployRelease)
		case waiting >= manyWaiting && q.Consumer == "":
			d.found("queue "+q.Name, doubtful, says, "the creditor's system does not read it: tell the creditor")
		case waiting >= manyWaiting:
			d.found("queue "+q.Name, doubtful, says, "docs/playbooks/late-queue.md, for the function "+q.Consumer)
		default:
			d.found("queue "+q.Name, fine, says, "")
		}
		d.checkDead(ctx, client, q.Name+contract.DeadSuffix)
	}
	if len(contract.Schedules()) > 0 {
		d.checkDead(ctx, client, contract.SchedulesDead)
	}
}

func (d *doctor) checkDead(ctx context.Context, client *sqs.Client, name string) {
	attributes, ok := d.queue(ctx, client, name)
	if !ok {
		return
	}
	n := number(attributes, types.QueueAttributeNameApproximateNumberOfMessages) +
		number(attributes, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible)
	d.verdictOf("queue "+name, n == 0, fmt.Sprintf("%d messages", n), "docs/playbooks/dead-letters.md")
}

// queue reads a queue's attributes; a failure is a finding.
func (d *doctor) queue(ctx context.Context, client *sqs.Client, name string) (map[string]string, bool) {
	url, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(d.name(name))})
	if err == nil {
		var out *sqs.GetQueueAttributesOutput
		out, err = client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: url.QueueUrl, AttributeNames: []types.QueueAttributeName{
			types.QueueAttributeNameApproximateNumberOfMessages, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
			types.QueueAttributeNameRedrivePolicy,
		}})
		if err == nil {
			return out.Attributes, true
		}
	}
	if name == contract.SchedulesDead && d.emulated && isAbsent(err) {
		d.found("queue "+name, notChecked, "not checked here: the local cloud starts its schedules itself", "")
		return nil, false
	}
	d.failed("queue "+name, err, deployRelease)
	return nil, false
}

// number reads a count. SQS tells counts as text, and a count that is missing is none.
func number(attributes map[string]string, name types.QueueAttributeName) int {
	n, err := strconv.Atoi(attributes[string(name)])
	if err != nil {
		return 0
	}
	return n
}
