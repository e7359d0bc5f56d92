package localstack_test

import "testing"

func limits(t *testing.T, d *deployment) {}
