package contract

// BucketFiles is the bucket in which files are exchanged with banks: {account}/out/ holds what goes to the bank of an account, and
// {account}/in/ what came from it.
const BucketFiles = "files"

// Buckets lists the buckets.
func Buckets() []string { return []string{BucketFiles} }

// BucketName is the physical name of a bucket. The names of buckets are one space all over AWS, so that it ends with the account.
func BucketName(stage, account, name string) string { return Prefix(stage) + name + "-" + account }
