package stack

import (
	"cmp"
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/jsii-runtime-go"

	"github.com/regua/regua/shared/contract"
)

// Metrics that the functions write themselves.
const (
	taskMetrics   = "Regua/Tasks"
	metricParked  = "parkedNotices"
	metricOrphans = "orphanPayments"
	metricRefunds = "refusedRefunds"
	metricFiles   = "parkedFiles"
	metricFaults  = "debitFaults"
	// metricUnreconciled counts facts that one side of a comparison lacks.
	metricUnreconciled = "unreconciledFacts"
	// Aftercare that failed after the money came.
	metricRefused      = "aftercareRefused"
	metricUnanswered   = "aftercareUnanswered"
	metricContradicted = "aftercareContradicted"
	// dimensionStage keeps two stages of one account from ringing each other's alarms.
	dimensionStage = "stage"
)

// Alarm is something that a person must look at, and where it is said what to do.
type Alarm struct {
	Name string // physical name without the stage's prefix
	Page string // file of docs/playbooks, without .md
	What string

	Namespace, Metric string
	Dimensions        [][2]string // name and value; a value that is a name of contract is made physical by NewCore
	Statistic         string      // "Sum" or "Maximum"
	Threshold         float64     // the alarm rings at it and above
	Seconds           int         // of one period
	Periods, Of       int         // how many of how many periods must be at the threshold; both 1 when 0
	Silence           bool        // no data is a reason to ring, too
	Below             bool        // rings below Threshold
}

// Alarms lists what is watched.
func Alarms(p Product) []Alarm {
	const minutes5 = 300
	var all []Alarm
	dead := func(queue, what string) {
		all = append(all, Alarm{
			Name: queue, Page: "dead-letters", What: what, Namespace: "AWS/SQS", Metric: "ApproximateNumberOfMessagesVisible",
			Dimensions: [][2]string{{"QueueName", queue}}, Statistic: "Maximum", Threshold: 1, Seconds: minutes5,
		})
	}
	late := func(queue string, seconds float64, what string) {
		all = append(all, Alarm{
			Name: queue + "-late", Page: "late-queue", What: what, Namespace: "AWS/SQS", Metric: "ApproximateAgeOfOldestMessage",
			Dimensions: [][2]string{{"QueueName", queue}}, Statistic: "Maximum", Threshold: seconds, Seconds: minutes5,
		})
	}
	for _, q := range p.Queues {
		dead(q.Name+contract.DeadSuffix, "A message of "+q.Name+" failed for good")
		if q.Name == contract.QueueRefunds {
			all[len(all)-1].Page, all[len(all)-1].What = "refused-refunds", "Money that a participant waits for was not sent back"
		}
		if q.Name == contract.QueueAnnounce {
			all[len(all)-1].Page, all[len(all)-1].What = "creditor-webhooks", "A creditor's system did not take an event for three days"
		}
	}
	if len(p.Schedules) > 0 {
		dead(contract.SchedulesDead, "A schedule could not start its function")
	}
	late(contract.QueueCodes, 120, "One-time codes wait longer than anybody at a login does")
	late(contract.QueueWebhooks, 900, "Money that was reported is not posted")
	for _, m := range p.Machines {
		for _, metric := range []string{"ExecutionsFailed", "ExecutionsTimedOut", "ExecutionsAborted"} {
			all = append(all, Alarm{
				Name: m.Name + "-" + lowerFirst(metric), Page: "failed-executions", What: "An execution of " + m.Name + " ended without its end",
				Namespace: "AWS/States", Metric: metric, Dimensions: [][2]string{{"StateMachineArn", m.Name}}, Statistic: "Sum", Threshold: 1,
				Seconds: minutes5,
			})
		}
	}
	for _, s := range p.Schedules {
		if s.Every == contract.Day {
			all = append(all, daily(s)...)
			continue
		}
		all = append(all, Alarm{
			Name: s.Name + "-failing", Page: "sweep", What: s.Function + " fails again and again", Namespace: "AWS/Lambda", Metric: "Errors",
			Dimensions: [][2]string{{"FunctionName", s.Function}}, Statistic: "Sum", Threshold: 3, Seconds: minutes5,
		}, Alarm{
			Name: s.Name + "-silent", Page: "sweep", What: s.Function + " does not run", Namespace: "AWS/Lambda", Metric: "Invocations",
			Dimensions: [][2]string{{"FunctionName", s.Function}}, Statistic: "Sum", Threshold: 1, Periods: 2, Of: 2,
			Seconds: max(minutes5, int(s.Every.Seconds())),
			Silence: true, Below: true,
		})
	}
	all = append(all, Alarm{
		Name: "api-errors", Page: "api-errors", What: "The API answers that something is wrong on our side", Namespace: "AWS/ApiGateway",
		Metric: "5XXError", Dimensions: [][2]string{{"ApiName", "api"}, {"Stage", ""}}, Statistic: "Sum", Threshold: 5, Seconds: minutes5,
	})
	return append(all, ofFunctions()...)
}

// ofFunctions are the alarms of what the functions count.
func ofFunctions() []Alarm {
	const minutes5 = 300
	alarm := func(name, page, metric, what string) Alarm {
		return Alarm{
			Name: name, Page: page, What: what, Namespace: taskMetrics, Metric: metric, Dimensions: [][2]string{{dimensionStage, ""}},
			Statistic: "Sum", Threshold: 1, Seconds: minutes5,
		}
	}
	return []Alarm{
		alarm("parked-notices", "parked-notices", metricParked, "A provider's notice could not be taken in for a day"),
		alarm("orphan-payments", "orphan-payments", metricOrphans, "Money came that belongs to no payment request"),
		alarm("refused-refunds", "refused-refunds", metricRefunds, "A provider refused to send money back that a participant has a claim to"),
		alarm("parked-files", "debit-files", metricFiles, "A bank's file was not taken in"),
		alarm("debit-faults", "debit-files", metricFaults, "A bank answered a debit with a code to look at"),
		alarm("unreconciled", "reconciliation", metricUnreconciled, "A provider's statement differs from what is booked"),
		alarm("aftercare-refused", "aftercare", metricRefused, "A creditor refuses to bring back what a participant paid for"),
		alarm("aftercare-unanswered", "aftercare", metricUnanswered, "A creditor's system did not answer a request for aftercare in time"),
		alarm("aftercare-contradicted", "aftercare", metricContradicted, "A creditor's system answered the opposite of what it had answered"),
	}
}

// daily are the alarms of a schedule that runs once a day. A failure is repeated twice by Lambda.
func daily(s contract.Schedule) []Alarm {
	of, day := [][2]string{{"FunctionName", s.Function}}, int(contract.Day.Seconds())
	return []Alarm{
		{
			Name: s.Name + "-failing", Page: "reconciliation", What: s.Function + " fails even when it is repeated", Namespace: "AWS/Lambda",
			Metric: "Errors", Dimensions: of, Statistic: "Sum", Threshold: 3, Seconds: 3600,
		}, {
			Name: s.Name + "-silent", Page: "reconciliation", What: s.Function + " did not run for a day", Namespace: "AWS/Lambda",
			Metric: "Invocations", Dimensions: of, Statistic: "Sum", Threshold: 1, Seconds: day, Silence: true, Below: true,
		},
	}
}

func lowerFirst(metric string) string {
	return map[string]string{"ExecutionsFailed": "failed", "ExecutionsTimedOut": "timed-out", "ExecutionsAborted": "aborted"}[metric]
}

func (c *core) addAlarms() {
	for _, a := range Alarms(c.product) {
		var dimensions list
		for _, d := range a.Dimensions {
			dimensions = append(dimensions, &awscloudwatch.CfnAlarm_DimensionProperty{Name: jsii.String(d[0]), Value: c.dimension(d[0], d[1])})
		}
		comparison, missing := "GreaterThanOrEqualToThreshold", "notBreaching"
		if a.Below {
			comparison = "LessThanThreshold"
		}
		if a.Silence {
			missing = "breaching"
		}
		props := &awscloudwatch.CfnAlarmProps{
			AlarmName: c.name(a.Name), AlarmDescription: jsii.String(a.What + ". What to do: docs/playbooks/" + a.Page + ".md"),
			Namespace: jsii.String(a.Namespace), MetricName: jsii.String(a.Metric), Statistic: jsii.String(a.Statistic),
			Threshold: jsii.Number(a.Threshold), Period: jsii.Number(a.Seconds),
			EvaluationPeriods: jsii.Number(cmp.Or(a.Of, 1)), DatapointsToAlarm: jsii.Number(cmp.Or(a.Periods, 1)),
			ComparisonOperator: jsii.String(comparison), TreatMissingData: jsii.String(missing),
		}
		if len(dimensions) > 0 {
			props.Dimensions = dimensions
		}
		awscloudwatch.NewCfnAlarm(c.Stack, id("Alarm", a.Name), props)
	}
}

// dimension is the value of a metric's dimension: the physical name, the stage, or the ARN.
func (c *core) dimension(name, value string) *string {
	switch name {
	case "Stage", dimensionStage:
		return jsii.String(c.settings.Stage)
	case "StateMachineArn":
		return c.machines[value].Ref()
	}
	return c.name(value)
}

// AlarmPages lists the pages of docs/playbooks that the alarms name, each once.
func AlarmPages(p Product) []string {
	var pages []string
	for _, a := range Alarms(p) {
		pages = append(pages, a.Page)
	}
	slices.Sort(pages)
	return slices.Compact(pages)
}
