package task

import (
	"context"
	"log/slog"
	"time"
)

// metricsNamespace is where CloudWatch keeps the counters of functions behind the API.
const metricsNamespace = "Regua/Tasks"

type embedded struct {
	Timestamp         int64 // milliseconds since 1970
	CloudWatchMetrics []directive
}

type directive struct {
	Namespace  string
	Dimensions [][]string
	Metrics    []metric
}

type metric struct{ Name, Unit string }

// dimensionStage keeps the deployments of one account apart.
const dimensionStage = "stage"

// Counter makes a function that adds one to a metric of a stage, by a log line in CloudWatch's embedded metric format. The log must be
// JSON.
func Counter(log *slog.Logger, stage string, now func() time.Time) func(ctx context.Context, name string) {
	return func(ctx context.Context, name string) {
		log.InfoContext(ctx, "count", name, 1, dimensionStage, stage, "_aws", embedded{
			Timestamp: now().UnixMilli(),
			CloudWatchMetrics: []directive{{
				Namespace: metricsNamespace, Dimensions: [][]string{{dimensionStage}}, Metrics: []metric{{name, "Count"}},
			}},
		})
	}
}
