// Package s3 is the storage of files that are exchanged with banks, in one bucket of Amazon S3.
package s3

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"

	"github.com/regua/regua/shared/cloudfault"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/debit"
	"github.com/regua/regua/shared/febraban"
)

// maxObject is the longest object that is read, in bytes: one more than the longest file, so that a longer one is seen to be too long.
const maxObject = febraban.MaxFile + 1

// busy are S3's codes for having too much to do.
var busy = []string{"SlowDown", "ServiceUnavailable", "RequestTimeout", "InternalError"}

// Bucket is one bucket. It is safe for concurrent use.
type Bucket struct {
	client *s3.Client
	name   string
}

// New makes a Bucket.
func New(client *s3.Client, name string) *Bucket { return &Bucket{client, name} }

// List are the objects whose keys begin with prefix, in the order of their keys.
func (b *Bucket) List(ctx context.Context, prefix string) ([]debit.Object, error) {
	var out []debit.Object
	pages := s3.NewListObjectsV2Paginator(b.client, &s3.ListObjectsV2Input{Bucket: aws.String(b.name), Prefix: aws.String(prefix)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list objects: %w", translate(err))
		}
		for _, o := range page.Contents {
			out = append(out, debit.Object{Key: aws.ToString(o.Key), Tag: aws.ToString(o.ETag)})
		}
	}
	return out, nil
}

// Get reads an object, of which it returns at most one byte more than febraban.MaxFile; ErrNotFound when there is none.
func (b *Bucket) Get(ctx context.Context, key string) ([]byte, error) {
	out, err := b.client.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(b.name), Key: aws.String(key)})
	if _, absent := errors.AsType[*types.NoSuchKey](err); absent {
		return nil, fmt.Errorf("read object: %w", collection.ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("read object: %w", translate(err))
	}
	text, err := io.ReadAll(io.LimitReader(out.Body, maxObject))
	if closed := out.Body.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return nil, fmt.Errorf("%w: read object: %w", collection.ErrUnavailable, err)
	}
	return text, nil
}

// PutNew writes an object that does not exist; ErrConflict when it does, or when another writer is at it.
func (b *Bucket) PutNew(ctx context.Context, key string, text []byte) error {
	_, err := b.client.PutObject(ctx, &s3.PutObjectInput{
		Bucket: aws.String(b.name), Key: aws.String(key), Body: bytes.NewReader(text), IfNoneMatch: aws.String("*"),
		ContentType: aws.String("text/plain; charset=us-ascii"),
	})
	if failed, ok := errors.AsType[smithy.APIError](err); ok {
		switch failed.ErrorCode() {
		// https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
		case "PreconditionFailed", "ConditionalRequestConflict":
			return fmt.Errorf("write object: %w", collection.ErrConflict)
		}
	}
	if err != nil {
		return fmt.Errorf("write object: %w", translate(err))
	}
	return nil
}

func translate(err error) error {
	if cloudfault.Passing(err, busy...) {
		return fmt.Errorf("%w: object storage: %w", collection.ErrUnavailable, err)
	}
	return fmt.Errorf("object storage: %w", err)
}
