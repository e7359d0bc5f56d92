package stack

import (
	"maps"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/jsii-runtime-go"

	"github.com/regua/regua/shared/contract"
)

func (c *core) addTopic() {
	c.topic = awssns.NewCfnTopic(c.Stack, jsii.String("TopicEvents"), &awssns.CfnTopicProps{
		TopicName: c.name(contract.EventsTopic), KmsMasterKeyId: c.storageKey(),
	})
	awssns.NewCfnTopicPolicy(c.Stack, jsii.String("TopicEventsPolicy"), &awssns.CfnTopicPolicyProps{
		Topics: &[]*string{c.topic.Ref()}, PolicyDocument: policy(overTLS("sns:Publish", c.topic.Ref())),
	})
}

// addQueues makes each queue with its dead-letter queue, and hangs them off the topic.
func (c *core) addQueues() {
	for _, q := range c.product.Queues {
		dead := c.addQueue(q.Name+contract.DeadSuffix, &awssqs.CfnQueueProps{
			MessageRetentionPeriod: jsii.Number(contract.DeadRetention.Seconds()),
			RedriveAllowPolicy: object{
				"redrivePermission": "byQueue", "sourceQueueArns": list{c.arn("sqs", c.settings.name(q.Name))},
			},
		})
		c.addQueue(q.Name, &awssqs.CfnQueueProps{
			MessageRetentionPeriod: jsii.Number(q.Retention.Seconds()), VisibilityTimeout: jsii.Number(q.Visibility.Seconds()),
			RedrivePolicy: object{"deadLetterTargetArn": dead.AttrArn(), "maxReceiveCount": q.MaxReceive},
		})
	}
	if len(c.product.Schedules) > 0 {
		c.addQueue(contract.SchedulesDead, &awssqs.CfnQueueProps{MessageRetentionPeriod: jsii.Number(contract.DeadRetention.Seconds())})
	}
	for _, s := range c.product.Subscriptions {
		awssns.NewCfnSubscription(c.Stack, id("Subscription", s.Queue), &awssns.CfnSubscriptionProps{
			TopicArn: c.topic.Ref(), Protocol: jsii.String("sqs"), Endpoint: c.queues[s.Queue].AttrArn(), RawMessageDelivery: true,
			FilterPolicy: object{"type": asList(s.EventTypes)}, FilterPolicyScope: jsii.String("MessageAttributes"),
		})
	}
	for _, name := range slices.Sorted(maps.Keys(c.queues)) {
		c.addQueuePolicy(name)
	}
}

func (c *core) addQueue(name string, props *awssqs.CfnQueueProps) awssqs.CfnQueue {
	props.QueueName, props.SqsManagedSseEnabled = c.name(name), true
	c.queues[name] = awssqs.NewCfnQueue(c.Stack, id("Queue", name), props)
	return c.queues[name]
}

// addQueuePolicy refuses whoever comes without TLS, and lets in the topic and the rules that send to a queue.
func (c *core) addQueuePolicy(name string) {
	arn := c.queues[name].AttrArn()
	statements := list{overTLS("sqs:*", arn)}
	from := func(sid, service string, source any) {
		statements = append(statements, object{
			"Sid": sid, "Effect": "Allow", "Principal": object{"Service": service}, "Action": "sqs:SendMessage", "Resource": arn,
			"Condition": object{"ArnEquals": object{"aws:SourceArn": source}},
		})
	}
	for _, s := range c.product.Subscriptions {
		if s.Queue == name {
			from("EventsTopic", "sns.amazonaws.com", c.topic.Ref())
		}
	}
	if name == contract.SchedulesDead {
		rules := list{}
		for _, s := range c.product.Schedules {
			rules = append(rules, c.arn("events", "rule/"+c.settings.name(s.Name)))
		}
		from("Schedules", "events.amazonaws.com", rules)
	}
	awssqs.NewCfnQueuePolicy(c.Stack, id("QueuePolicy", name), &awssqs.CfnQueuePolicyProps{
		Queues: &[]*string{c.queues[name].Ref()}, PolicyDocument: policy(statements...),
	})
}

// addSchedules makes the rules that start functions at a fixed rate. What a rule cannot deliver until the next tick goes to the dead-letter
// queue; what the function fails at, Lambda repeats as often as it does by itself, and an alarm watches.
func (c *core) addSchedules() {
	for _, s := range c.product.Schedules {
		rule := awsevents.NewCfnRule(c.Stack, id("Schedule", s.Name), &awsevents.CfnRuleProps{
			Name: c.name(s.Name), Description: jsii.String("Starts " + s.Function), ScheduleExpression: jsii.String(s.Expression()),
			Targets: list{&awsevents.CfnRule_TargetProperty{
				Id: jsii.String("Function"), Arn: c.functions[s.Function].AttrArn(),
				DeadLetterConfig: &awsevents.CfnRule_DeadLetterConfigProperty{Arn: c.queues[contract.SchedulesDead].AttrArn()},
				RetryPolicy: &awsevents.CfnRule_RetryPolicyProperty{
					MaximumEventAgeInSeconds: jsii.Number(s.Every.Seconds()), MaximumRetryAttempts: jsii.Number(2),
				},
			}},
		})
		awslambda.NewCfnPermission(c.Stack, id("SchedulePermission", s.Name), &awslambda.CfnPermissionProps{
			Action: jsii.String("lambda:InvokeFunction"), FunctionName: c.functions[s.Function].Ref(),
			Principal: jsii.String("events.amazonaws.com"), SourceArn: rule.AttrArn(),
		})
	}
}
