package dynamo

import (
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
)

// Attribute names that expressions use. None is a reserved word of DynamoDB.
const (
	attrSeq          = "seq"
	attrHead         = "head"
	attrRevision     = "rev"
	attrVersion      = "version"
	attrWaiter       = "waiter"
	attrCase         = "caseId"
	attrDoc          = "doc"
	attrSealed       = "sealed"
	attrWrappedKey   = "wrappedKey"
	attrExpiresAt    = "expiresAt"
	attrTakenInAt    = "takenInAt"
	attrPendingShard = "pendingShard"
	attrPendingSince = "pendingSince"
	attrBookedOn     = "bookedOn"
	attrBookedAt     = "bookedAt"
)

// Sort keys and their prefixes inside a case's partition, and of the items that stand alone. docs/data-model.md describes each.
const (
	dossierPrefix   = "S#" // one Query of it reads the dossier and the sessions
	sortCase        = "S#CASE"
	debtPrefix      = "S#DEBT#"
	proposalPrefix  = "S#PROPOSAL#"
	agreementPrefix = "S#AGREEMENT#"
	eventPrefix     = "E#"
	ledgerPrefix    = "L#"
	textPrefix      = "T#"
	pdfPrefix       = "P#"
	evidencePrefix  = "V#"
	answerPrefix    = "K#"
	contactPrefix   = "C#"
	markerPrefix    = "M#"
	mandatePrefix   = "D#"

	sortIntent   = "INTENT"
	sortReceipt  = "RECEIPT"
	sortReturn   = "RETURN"
	sortRaw      = "RAW"
	sortLookup   = "LOOKUP"
	sortEntry    = "ENTRY"
	sortCap      = "CAP"
	sortCreditor = "CREDITOR"
	sortReport   = "RECONCILED"
)

// Kinds of pending work, the first part of a shard's name.
const (
	pendingOutbox = "OUTBOX"
	pendingRaw    = "RAW"
)

// key is an item's primary key.
type key struct{ pk, sk string }

// new starts an item with this key.
func (k key) new() item {
	return item{contract.KeyPartition: text(k.pk), contract.KeySort: text(k.sk)}
}

// attributes is the key in the form that the API takes.
func (k key) attributes() map[string]types.AttributeValue { return k.new() }

func casePartition(creditor collection.CreditorID, id collection.CaseID) string {
	return string(creditor) + "#CASE#" + id.String()
}

func caseKey(creditor collection.CreditorID, id collection.CaseID) key {
	return key{casePartition(creditor, id), sortCase}
}

// caseChild is the key of an item in a case's partition.
func caseChild(creditor collection.CreditorID, id collection.CaseID, sort string) key {
	return key{casePartition(creditor, id), sort}
}

// padded writes a sequence number so that numbers sort as text.
func padded(seq int64) string { return fmt.Sprintf("%012d", seq) }

func intentKey(creditor collection.CreditorID, id collection.IntentID) key {
	return key{string(creditor) + "#INTENT#" + id.String(), sortIntent}
}

func receiptKey(creditor collection.CreditorID, provider, account, fact string) key {
	return key{string(creditor) + "#RECEIPT#" + provider + "#" + account + "#" + fact, sortReceipt}
}

func returnKey(creditor collection.CreditorID, provider, account, fact string) key {
	return key{string(creditor) + "#RETURN#" + provider + "#" + account + "#" + fact, sortReturn}
}

func rawKey(creditor collection.CreditorID, provider, account, event string) key {
	return key{string(creditor) + "#RAW#" + provider + "#" + account + "#" + event, sortRaw}
}

func contractKey(creditor collection.CreditorID, hash string) key {
	return key{string(creditor) + "#CONTRACT#" + hash, sortLookup}
}

func documentKey(creditor collection.CreditorID, hash string) key {
	return key{string(creditor) + "#DOCUMENT#" + hash, sortLookup}
}

func entryKey(creditor collection.CreditorID, hash string) key {
	return key{string(creditor) + "#ENTRY#" + hash, sortEntry}
}

func personKey(person string) key { return key{"PERSON#" + person, sortCap} }

func creditorKey(id collection.CreditorID) key { return key{string(id) + "#CREDITOR", sortCreditor} }

// maxOutsideName bounds a name that comes from outside and becomes part of a key; a partition key may have 2,048 bytes.
const maxOutsideName = 512

// checkNames refuses names from outside that would make a key ambiguous. Only the last part of a key may hold "#".
func checkNames(provider, account, last string) error {
	for _, s := range []string{provider, account} {
		if s == "" || len(s) > maxOutsideName || strings.Contains(s, "#") {
			return fmt.Errorf("%w: provider and account must be names without #", collection.ErrInvalid)
		}
	}
	if last == "" || len(last) > maxOutsideName {
		return fmt.Errorf("%w: an event key or fact must have 1 to %d bytes", collection.ErrInvalid, maxOutsideName)
	}
	return nil
}

// shardOf spreads pending work over the shards of its kind by a hash of the item's key.
func shardOf(kind string, k key) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(k.pk + k.sk)) // a hash never fails to write
	return shardName(kind, int(h.Sum32()%contract.PendingShards))
}

func shardName(kind string, shard int) string { return kind + "#" + strconv.Itoa(shard) }
