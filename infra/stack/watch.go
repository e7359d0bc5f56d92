package stack

import (
	"encoding/json"
	"fmt"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsevents"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/jsii-runtime-go"

	"github.com/regua/regua/shared/contract"
)

// addAlarmRoute sends what becomes of every alarm of the stage to one topic. It hears of the alarms by their names, so that Core's need no
// target and new ones are heard at once.
func (e *edge) addAlarmRoute() {
	s := e.settings
	rule := s.name("alarms")
	source := object{"ArnEquals": object{"aws:SourceArn": e.arn("events", "rule/"+rule)}}
	key := awskms.NewCfnKey(e.Stack, jsii.String("AlarmKey"), &awskms.CfnKeyProps{
		Description: jsii.String(s.name("alarms") + ": notices of alarms"), EnableKeyRotation: true,
		PendingWindowInDays: jsii.Number(keyDeletionDays),
		KeyPolicy: policy(
			object{
				"Sid": "AccountDecidesByIAM", "Effect": "Allow", "Action": "kms:*", "Resource": "*",
				"Principal": object{"AWS": "arn:" + *e.Partition() + ":iam::" + s.Account + ":root"},
			},
			object{ // https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html: a service that publishes
				"Sid": "TheRulePublishes", "Effect": "Allow", "Action": list{"kms:Decrypt", "kms:GenerateDataKey"}, "Resource": "*",
				"Principal": object{"Service": "events.amazonaws.com"}, "Condition": source,
			},
		),
	})
	topic := awssns.NewCfnTopic(e.Stack, jsii.String("Alarms"), &awssns.CfnTopicProps{
		TopicName: jsii.String(s.name("alarms")), KmsMasterKeyId: key.AttrArn(),
	})
	awssns.NewCfnTopicPolicy(e.Stack, jsii.String("AlarmsPolicy"), &awssns.CfnTopicPolicyProps{
		Topics: &[]*string{topic.Ref()},
		PolicyDocument: policy(overTLS("sns:Publish", topic.Ref()), object{
			"Sid": "TheRulePublishes", "Effect": "Allow", "Action": "sns:Publish", "Resource": topic.Ref(),
			"Principal": object{"Service": "events.amazonaws.com"}, "Condition": source,
		}),
	})
	if s.Edge.AlarmMail != "" {
		awssns.NewCfnSubscription(e.Stack, jsii.String("AlarmMail"), &awssns.CfnSubscriptionProps{
			TopicArn: topic.Ref(), Protocol: jsii.String("email"), Endpoint: jsii.String(s.Edge.AlarmMail),
		})
	}
	awsevents.NewCfnRule(e.Stack, jsii.String("AlarmRule"), &awsevents.CfnRuleProps{
		Name: jsii.String(rule), Description: jsii.String("Alarms of the stage that ring or fall silent"),
		EventPattern: object{
			"source": list{"aws.cloudwatch"}, "detail-type": list{"CloudWatch Alarm State Change"},
			"resources": list{object{"prefix": e.arn("cloudwatch", "alarm:"+contract.Prefix(s.Stage))}},
			"detail":    object{"state": object{"value": list{"ALARM", "OK"}}},
		},
		Targets: list{&awsevents.CfnRule_TargetProperty{
			Id: jsii.String("Topic"), Arn: topic.Ref(),
			InputTransformer: &awsevents.CfnRule_InputTransformerProperty{
				InputPathsMap: map[string]*string{
					"name": jsii.String("$.detail.alarmName"), "state": jsii.String("$.detail.state.value"),
					"what": jsii.String("$.detail.configuration.description"), "why": jsii.String("$.detail.state.reason"),
				},
				InputTemplate: jsii.String(`"<state>: <name>. <what> (<why>)"`),
			},
		}},
	})
}

// addDashboard shows the stage on one page: the API, money and messages on their way, and the machines.
func (e *edge) addDashboard() error {
	s := e.settings
	const width, height = 12, 6
	var widgets list
	add := func(title, statistic string, metrics ...list) {
		widgets = append(widgets, object{
			"type": "metric", "width": width, "height": height, "x": len(widgets) % 2 * width, "y": len(widgets) / 2 * height,
			"properties": object{"title": title, "stat": statistic, "period": 300, "region": s.Region, "metrics": metrics},
		})
	}
	api := func(metric string) list {
		return list{"AWS/ApiGateway", metric, "ApiName", s.physicalAPI(), "Stage", s.Stage}
	}
	add("API: requests and refusals", "Sum", api("Count"), api("4XXError"), api("5XXError"))
	add("API: milliseconds, slowest of a hundred", "p99", api("Latency"), api("IntegrationLatency"))
	var ages, dead, errors, started, failed []list
	for _, q := range e.product.Queues {
		ages = append(ages, list{"AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", s.name(q.Name)})
		dead = append(dead, list{"AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", s.name(q.Name + contract.DeadSuffix)})
	}
	for _, f := range e.product.Functions {
		errors = append(errors, list{"AWS/Lambda", "Errors", "FunctionName", s.name(f.Name)})
	}
	for _, m := range e.product.Machines {
		arn := e.arn("states", "stateMachine:"+s.name(m.Name))
		started = append(started, list{"AWS/States", "ExecutionsStarted", "StateMachineArn", arn})
		failed = append(failed, list{"AWS/States", "ExecutionsFailed", "StateMachineArn", arn})
	}
	add("Queues: seconds that the oldest message waits", "Maximum", ages...)
	add("Dead-letter queues: messages", "Maximum", dead...)
	add("Functions: errors", "Sum", errors...)
	add("Machines: executions started and failed", "Sum", append(started, failed...)...)
	add("Money without a request, notices parked", "Sum",
		list{taskMetrics, metricOrphans, dimensionStage, s.Stage}, list{taskMetrics, metricParked, dimensionStage, s.Stage})
	add("Table: throttled requests", "Sum", list{"AWS/DynamoDB", "ThrottledRequests", "TableName", s.name(contract.Table)})
	body, err := json.Marshal(object{"widgets": widgets})
	if err != nil {
		return fmt.Errorf("write dashboard: %w", err)
	}
	awscloudwatch.NewCfnDashboard(e.Stack, jsii.String("Dashboard"), &awscloudwatch.CfnDashboardProps{
		DashboardName: jsii.String(contract.Prefix(s.Stage) + "overview"), DashboardBody: jsii.String(string(body)),
	})
	return nil
}
