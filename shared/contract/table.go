package contract

// Attribute names of the table's keys.
const (
	KeyPartition = "pk"
	KeySort      = "sk"
	// AttrTTL holds the epoch second after which an item may be removed. It is clean-up only: readers compare times themselves.
	AttrTTL = "ttl"
)

// Index is a global secondary index of the table.
type Index struct {
	Name, Partition, Sort string
}

// IndexPending finds work that was stored but not yet carried on: outbox markers and raw webhooks. It is sparse, sharded and holds keys
// only.
const IndexPending = "pending"

// PendingShards spreads pending work over partitions. Four carry 4,000 writes a second, forty times the peak that the budgets name.
const PendingShards = 4

// IndexBooked lists the receipts and returns of one account at a provider on one day in Brasília, for reconciliation. It is sparse, holds
// keys only, and the day in its key keeps its partitions small.
const IndexBooked = "booked"

// Indexes lists the table's indexes; all project keys only.
func Indexes() []Index {
	return []Index{{IndexPending, "pendingShard", "pendingSince"}, {IndexBooked, "bookedOn", "bookedAt"}}
}
