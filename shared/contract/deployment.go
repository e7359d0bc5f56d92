package contract

// StorageKeyAlias names the customer key under which the table, the secrets, the topic and the logs rest. Whoever may use those may use
// the key through their service, and nobody may use it otherwise.
const StorageKeyAlias = "storage"

// SchedulesDead is the queue that keeps what a schedule could not deliver to its function.
const SchedulesDead = "schedules" + DeadSuffix

// Concurrency caps how many of a queue consumer run at once; a consumer without an entry takes what the account has.
type Concurrency struct {
	Function string
	AtMost   int // at least 2, the least that an event source mapping takes
	Why      string
}

// Concurrencies lists the caps. They are set where the queue is read, so that nothing is reserved from the account for them.
func Concurrencies() []Concurrency {
	return []Concurrency{
		{"contact-send", 5, "SES takes 14 messages a second from a new account, and a queue full of reminders must leave room for codes"},
		{"creditor-notify", 10, "a creditor's system that hangs for five seconds a post must not take what the API needs"},
	}
}
