// Package contract holds the one definition of each thing that more than one place must agree on: routes and who may call them,
// functions and what starts them, queues, topics, machines, schedules, the table, error codes and environment names.
// The deployed stack, the local cloud, the API document and the tests all read them from here.
package contract

import (
	"fmt"
	"time"
)

// Names of what is deployed once per stage. The physical name of each is Prefix(stage) + name.
const (
	// Table is the product's only table.
	Table = "regua"
	// EventsTopic carries every domain event.
	EventsTopic = "events"
	// DataKeyAlias names the customer key under which case keys are wrapped.
	DataKeyAlias = "data"
	// CodeKeyAlias names the key under which one-time codes travel to the sending function.
	CodeKeyAlias = "codes"
	// SignatureKeyAlias names the asymmetric key (ECDSA over P-256) that signs the evidence of participants' signatures. Its public half is
	// handed out with the evidence.
	SignatureKeyAlias = "signatures"
	// KeysSecret holds the keyed-hash and MAC keys of the deployment.
	KeysSecret = "keys"
)

// Prefix is what the physical names of a stage begin with.
func Prefix(stage string) string { return "regua-" + stage + "-" }

// ProviderSecret names the secret of one account at a payment provider. The slash, which neither name can hold, keeps two accounts from
// sharing a secret; Secrets Manager allows it.
func ProviderSecret(provider, account string) string { return "provider/" + provider + "/" + account }

// CreditorSecret names the secret that a creditor's own system and this deployment share: what webhooks to it are signed with, and what it
// signs its answers with.
func CreditorSecret(creditor string) string { return "creditor/" + creditor }

// Environment names: everything that a function reads from its surroundings.
const (
	EnvStage          = "REGUA_STAGE"           // name of the stage, prefix of physical names
	EnvPortalURL      = "REGUA_PORTAL_URL"      // where links in messages lead, without a trailing slash
	EnvMailFrom       = "REGUA_MAIL_FROM"       // the verified sender address
	EnvCookieName     = "REGUA_COOKIE_NAME"     // default __Host-regua
	EnvCookieInsecure = "REGUA_COOKIE_INSECURE" // "true" drops Secure, for plain-HTTP loopback only
	EnvSandboxURL     = "REGUA_SANDBOX_URL"     // the sandbox bank's address; empty where it is not offered
	EnvRegion         = "AWS_REGION"
	EnvAccount        = "REGUA_ACCOUNT" // account id, for the ARNs of what has a fixed name
	EnvEndpoint       = "AWS_ENDPOINT_URL"
)

// Function is one deployed Lambda: a folder of functions/ with the same name.
type Function struct {
	Name     string
	Timeout  time.Duration
	MemoryMB int
	// Reserved is how many invocations of it may run at once; 0 leaves it to the account's limit.
	Reserved int
}

const (
	// apiTimeout leaves the gateway's 29 s far behind: an answer that takes 10 s is lost on the participant anyway.
	apiTimeout = 10 * time.Second
	// taskTimeout covers a provider call of 5 s with its retries.
	taskTimeout = 30 * time.Second
	// sweepTimeout is below the sweep's own interval, so that two never overlap for long.
	sweepTimeout = 50 * time.Second
	// exchangeTimeout covers files of tens of thousands of results.
	exchangeTimeout = 5 * time.Minute
	// reconcileTimeout is the longest that Lambda gives; what is left over is carried on by the repetition.
	reconcileTimeout = 15 * time.Minute
	memoryMB         = 256
)

// Functions lists every deployed function.
func Functions() []Function {
	api := func(name string) Function { return Function{name, apiTimeout, memoryMB, 0} }
	task := func(name string) Function { return Function{name, taskTimeout, memoryMB, 0} }
	return []Function{
		api("portal-serve"), api("otp-serve"), api("offer-serve"), api("proposal-serve"), api("payment-serve"), api("webhook-receive"),
		task("otp-send"), task("payment-intake"), task("payment-issue"), task("payment-wait"), task("payment-expire"), task("payment-wake"),
		task("refund-send"),
		task("ruler-start"), task("ruler-step"), task("contact-send"), task("receipt-plan"), task("deadline-start"), task("deadline-step"),
		task("creditor-notify"), api("aftercare-answer"),
		// One sweep at a time: what failed is tried again a minute later, when the next one is due, and two would publish the same events.
		{"pending-sweep", sweepTimeout, memoryMB, 1},
		// One exchange at a time: two would only undo each other's claims.
		{"debit-exchange", exchangeTimeout, memoryMB, 1},
		// One comparison at a time: a second would only ask the providers the same.
		{"reconcile", reconcileTimeout, memoryMB, 1},
	}
}

// Queue is one SQS queue with its dead-letter queue (Name + "-dead") and the function that consumes it.
type Queue struct {
	Name       string
	Consumer   string // empty: read from outside
	BatchSize  int
	MaxReceive int
	Visibility time.Duration // at least six times the consumer's timeout, as AWS advises
	Retention  time.Duration
}

// Queue names.
const (
	QueueCodes     = "codes"             // one-time codes to send
	QueueWebhooks  = "webhooks"          // raw provider events to take in
	QueueWakes     = "wakes"             // payment executions to wake
	QueueRefunds   = "refunds"           // refund orders to hand over
	QueueContacts  = "contacts"          // planned contacts to hand over
	QueueReceipts  = "receipts"          // posted payments to confirm to the participant
	QueueRulers    = "rulers"            // cases whose ruler may have to start
	QueueDeadlines = "deadlines"         // deals whose deadlines may have to start
	QueueAnnounce  = "creditor-webhooks" // events to tell creditors' own systems of
	QueueSignals   = "creditor-signals"  // restore and reactivation requests, read by the creditor's system
	DeadSuffix     = "-dead"             // of each queue's dead-letter queue
	DeadRetention  = 14 * 24 * time.Hour // of a dead-letter queue: the longest that SQS keeps
)

// maxReceive gives a message five chances, then the dead-letter queue and its alarm.
const maxReceive = 5

// Queues lists every queue; each has a dead-letter queue beside it.
func Queues() []Queue {
	const visibility = 6 * taskTimeout
	queue := func(name, consumer string, batch int, retention time.Duration) Queue {
		return Queue{name, consumer, batch, maxReceive, visibility, retention}
	}
	const days4 = 4 * 24 * time.Hour
	return []Queue{
		// A code is worthless after five minutes; an hour of retention keeps late ones out of the way.
		queue(QueueCodes, "otp-send", 1, time.Hour),
		queue(QueueWebhooks, "payment-intake", 1, DeadRetention),
		queue(QueueWakes, "payment-wake", 1, days4),
		queue(QueueRefunds, "refund-send", 1, DeadRetention),
		queue(QueueContacts, "contact-send", 1, days4),
		queue(QueueReceipts, "receipt-plan", 1, days4),
		queue(QueueRulers, "ruler-start", 1, DeadRetention),
		queue(QueueDeadlines, "deadline-start", 1, DeadRetention),
		queue(QueueAnnounce, "creditor-notify", 1, DeadRetention),
		queue(QueueSignals, "", 0, DeadRetention),
	}
}

// Subscription says which events of the topic a queue gets.
type Subscription struct {
	Queue      string
	EventTypes []string
}

// Subscriptions lists the queues that hang off the events topic, with raw delivery and a filter on the message attribute "type".
func Subscriptions() []Subscription {
	return []Subscription{
		{QueueReceipts, []string{"payment.posted"}},
		{QueueRefunds, []string{"payment.refund_requested"}},
		{QueueRulers, []string{
			"case.debts_placed", "case.debts_moved", "case.pause_lifted", "contract.signed", "agreement.ended", "payment.returned",
			"promise.made", "promise.kept", "promise.withdrawn", "contact_point.changed",
		}},
		{QueueDeadlines, []string{
			"contract.signed", "payment.returned", "agreement.ended", "proposal.review_requested", "service.restore_requested",
			"plan.reactivation_requested",
		}},
		{QueueAnnounce, WebhookEvents()},
		{QueueSignals, []string{"service.restore_requested", "plan.reactivation_requested"}},
	}
}

// Schedule starts a function at a fixed rate: every so many minutes, or every day at a time of UTC.
type Schedule struct {
	Name     string
	Every    time.Duration // whole minutes below a day, or Day
	At       time.Duration // of a daily one, since midnight
	Function string
}

// Day is the rate of a daily schedule.
const Day = 24 * time.Hour

// Expression is the schedule in EventBridge's words.
func (s Schedule) Expression() string {
	if s.Every == Day {
		return fmt.Sprintf("cron(%d %d * * ? *)", int(s.At.Minutes())%60, int(s.At.Hours()))
	}
	if s.Every == time.Minute {
		return "rate(1 minute)"
	}
	return fmt.Sprintf("rate(%d minutes)", int(s.Every.Minutes()))
}

// Schedules lists the EventBridge rules.
func Schedules() []Schedule {
	return []Schedule{
		{Name: "pending-sweep", Every: time.Minute, Function: "pending-sweep"},
		{Name: "debit-exchange", Every: time.Hour, Function: "debit-exchange"},
		// 06:00 in Brasília, which has had no summer time since 2019: yesterday is over everywhere, and nobody is at work yet.
		{Name: "reconcile", Every: Day, At: 9 * time.Hour, Function: "reconcile"},
	}
}

// Machine is one state machine: statemachines/<Name>.asl.json, and the functions that its tasks call.
type Machine struct {
	Name      string
	Functions []string
}

// Machine names.
const (
	MachinePayment   = "payment-confirmation"
	MachineRuler     = "reminder-ruler"
	MachineDeadlines = "case-deadlines"
)

// Machines lists the state machines.
func Machines() []Machine {
	return []Machine{
		{MachinePayment, []string{"payment-issue", "payment-wait", "payment-expire"}},
		{MachineRuler, []string{"ruler-step"}},
		{MachineDeadlines, []string{"deadline-step"}},
	}
}

// Workflow errors: the names that task functions give their errors and that ASL matches.
const (
	WorkflowTransient = "Transient" // worth another try: a provider or the cloud did not answer
	WorkflowRefused   = "Refused"   // final: the provider refused, or what was asked is no longer possible
	WorkflowInternal  = "Internal"  // a fault of ours
)

// WorkflowErrors lists them.
func WorkflowErrors() []string {
	return []string{WorkflowTransient, WorkflowRefused, WorkflowInternal}
}

// ReminderTemplates lists the message templates that a creditor's reminder ruler may name; a test holds it equal to the templates.
func ReminderTemplates() []string {
	return []string{"reminder-first", "reminder-offers", "reminder-last"}
}
