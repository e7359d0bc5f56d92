package contract

// ResourceKind is the kind of thing that a function may be allowed to use.
type ResourceKind string

// The kinds of resource. A permission's Name is the name of the resource in this package, where its kind has several.
const (
	OnTable    ResourceKind = "table"    // the items of Table
	OnIndex    ResourceKind = "index"    // an index of Table
	OnQueue    ResourceKind = "queue"    // a queue of Queues
	OnTopic    ResourceKind = "topic"    // EventsTopic
	OnMachine  ResourceKind = "machine"  // a machine of Machines
	OnKey      ResourceKind = "key"      // a customer key, by its alias
	OnSecret   ResourceKind = "secret"   // a secret with a fixed name
	OnAccounts ResourceKind = "accounts" // the secrets of all accounts at providers, ProviderSecret
	// OnCreditors are the secrets of all creditors' own systems, CreditorSecret.
	OnCreditors ResourceKind = "creditors"
	OnMail      ResourceKind = "mail"    // the sender's identity
	OnPhones    ResourceKind = "phones"  // telephone numbers
	OnBucket    ResourceKind = "bucket"  // a bucket of Buckets, for what is listed of it
	OnObjects   ResourceKind = "objects" // the objects of a bucket
)

// Permission lets a function do Actions, named as in IAM, on one resource. A transaction counts as its single-item actions.
type Permission struct {
	Function string
	Kind     ResourceKind
	Name     string
	Actions  []string
}

// IAM actions of the calls that the functions make.
const (
	actGet     = "dynamodb:GetItem"
	actQuery   = "dynamodb:Query"
	actPut     = "dynamodb:PutItem"
	actUpdate  = "dynamodb:UpdateItem"
	actDelete  = "dynamodb:DeleteItem"
	actBatch   = "dynamodb:BatchWriteItem"
	actCheck   = "dynamodb:ConditionCheckItem"
	actOpen    = "kms:Decrypt"
	actSeal    = "kms:Encrypt"
	actSign    = "kms:Sign"
	actQueue   = "sqs:SendMessage"
	actPublish = "sns:Publish"
	actSecret  = "secretsmanager:GetSecretValue"
	actStart   = "states:StartExecution"
	actAnswer  = "states:SendTaskSuccess"
	actMail    = "ses:SendEmail"
	actList    = "s3:ListBucket"
	actRead    = "s3:GetObject"
	actWrite   = "s3:PutObject"
)

// Permissions lists what each function may do, and so all that its role allows beyond taking in what starts it, writing its log, and what
// the services need for it behind a call. A function that commits a case puts items, publishes the events and drops their marker.
func Permissions() []Permission {
	all := loginPermissions()
	all = append(all, dealPermissions()...)
	all = append(all, deadlinePermissions()...)
	all = append(all, paymentPermissions()...)
	all = append(all, debitPermissions()...)
	all = append(all, reminderPermissions()...)
	return append(all, calloutPermissions()...)
}

func items(function string, actions ...string) Permission {
	return Permission{function, OnTable, Table, actions}
}

func queue(function, name string) Permission {
	return Permission{function, OnQueue, name, []string{actQueue}}
}

func publish(function string) Permission {
	return Permission{function, OnTopic, EventsTopic, []string{actPublish}}
}

func machine(function, name, action string) Permission {
	return Permission{function, OnMachine, name, []string{action}}
}

func openData(function string) Permission {
	return Permission{function, OnKey, DataKeyAlias, []string{actOpen}}
}

func keys(function string) Permission {
	return Permission{function, OnSecret, KeysSecret, []string{actSecret}}
}

func accounts(function string) Permission {
	return Permission{function, OnAccounts, "", []string{actSecret}}
}

func mail(function string) Permission {
	return Permission{function, OnMail, "", []string{actMail}}
}

func loginPermissions() []Permission {
	return []Permission{
		items("portal-serve", actGet),

		items("otp-serve", actGet, actQuery, actPut, actUpdate, actDelete), keys("otp-serve"), openData("otp-serve"),
		{"otp-serve", OnKey, CodeKeyAlias, []string{actSeal}}, queue("otp-serve", QueueCodes),

		items("otp-send", actGet, actQuery, actUpdate), openData("otp-send"),
		{"otp-send", OnKey, CodeKeyAlias, []string{actOpen}}, mail("otp-send"), {"otp-send", OnPhones, "", []string{actPublish}},
	}
}

func dealPermissions() []Permission {
	return []Permission{
		items("offer-serve", actGet, actQuery, actUpdate), keys("offer-serve"), openData("offer-serve"),

		items("proposal-serve", actGet, actQuery, actPut, actUpdate, actBatch), publish("proposal-serve"), keys("proposal-serve"),
		openData("proposal-serve"), {"proposal-serve", OnKey, SignatureKeyAlias, []string{actSign}},
	}
}

func deadlinePermissions() []Permission {
	return []Permission{
		machine("deadline-start", MachineDeadlines, actStart),

		items("deadline-step", actGet, actQuery, actPut, actBatch), publish("deadline-step"), queue("deadline-step", QueueWakes),
		machine("deadline-step", MachineDeadlines, actStart),
	}
}

func paymentPermissions() []Permission {
	return []Permission{
		// An answer to a request that changes nothing is stored under a check of the case.
		items("payment-serve", actGet, actQuery, actPut, actUpdate, actCheck, actBatch), publish("payment-serve"), openData("payment-serve"),
		accounts("payment-serve"), machine("payment-serve", MachinePayment, actStart), queue("payment-serve", QueueWakes),

		items("webhook-receive", actPut), accounts("webhook-receive"), openData("webhook-receive"), queue("webhook-receive", QueueWebhooks),

		items("payment-intake", actGet, actQuery, actPut, actUpdate, actBatch), publish("payment-intake"), openData("payment-intake"),
		accounts("payment-intake"), queue("payment-intake", QueueWakes),

		items("payment-issue", actGet, actQuery, actPut, actDelete, actCheck, actBatch), publish("payment-issue"), accounts("payment-issue"),
		openData("payment-issue"), queue("payment-issue", QueueWakes),

		// Whether the money is still due stands in the case.
		items("payment-wait", actUpdate, actQuery), queue("payment-wait", QueueWakes),

		items("payment-expire", actGet, actQuery, actPut, actDelete, actBatch), publish("payment-expire"), accounts("payment-expire"),
		queue("payment-expire", QueueWakes),

		items("refund-send", actGet, actQuery, actPut, actBatch), publish("refund-send"), accounts("refund-send"),

		items("payment-wake", actGet, actQuery), machine("payment-wake", MachinePayment, actAnswer),

		items("pending-sweep", actGet, actQuery, actUpdate, actBatch), {"pending-sweep", OnIndex, IndexPending, []string{actQuery}},
		publish("pending-sweep"), queue("pending-sweep", QueueWebhooks),

		items("reconcile", actGet, actQuery, actPut, actBatch), {"reconcile", OnIndex, IndexBooked, []string{actQuery}},
		publish("reconcile"), accounts("reconcile"), queue("reconcile", QueueWakes),
	}
}

// debitPermissions are those of the exchange of files. An order's marks are deleted in the transaction that changes it.
func debitPermissions() []Permission {
	const exchange = "debit-exchange"
	return []Permission{
		items(exchange, actGet, actQuery, actPut, actDelete), accounts(exchange), openData(exchange), queue(exchange, QueueWebhooks),
		{exchange, OnBucket, BucketFiles, []string{actList}}, {exchange, OnObjects, BucketFiles, []string{actRead, actWrite}},
	}
}

func reminderPermissions() []Permission {
	return []Permission{
		items("ruler-start", actGet, actQuery, actPut, actBatch), publish("ruler-start"), machine("ruler-start", MachineRuler, actStart),

		items("ruler-step", actGet, actQuery, actPut, actBatch), publish("ruler-step"), queue("ruler-step", QueueContacts),
		machine("ruler-step", MachineRuler, actStart),

		items("contact-send", actGet, actQuery, actPut, actBatch), publish("contact-send"), openData("contact-send"), mail("contact-send"),
		machine("contact-send", MachineRuler, actStart), queue("contact-send", QueueContacts),

		items("receipt-plan", actGet, actQuery, actPut, actBatch), publish("receipt-plan"), queue("receipt-plan", QueueContacts),
	}
}

func calloutPermissions() []Permission {
	return []Permission{
		items("creditor-notify", actGet), {"creditor-notify", OnCreditors, "", []string{actSecret}},
		queue("creditor-notify", QueueAnnounce), queue("creditor-notify", QueueAnnounce+DeadSuffix),

		items("aftercare-answer", actQuery, actPut, actBatch), publish("aftercare-answer"),
		{"aftercare-answer", OnCreditors, "", []string{actSecret}},
	}
}
