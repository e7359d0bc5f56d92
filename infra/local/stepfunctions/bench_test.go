package stepfunctions_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/store"
)

// One round is what a case does at each rung of its ruler: wake, invoke, choose, sleep.
func BenchmarkRounds(b *testing.B) {
	for name, durable := range map[string]bool{"memory": false, "durable": true} {
		b.Run(name, func(b *testing.B) {
			st := store.Memory()
			if durable {
				var err error
				if st, err = store.Open(b.TempDir()); err != nil {
					b.Fatal(err)
				}
				defer func() { _ = st.Close() }()
			}
			w := openWorld(b, st, epoch)
			done := false
			w.functions.raw = func(context.Context) ([]byte, error) {
				return fmt.Appendf(nil, `{"until":"2026-01-01T00:00:00Z","done":%t}`, done), nil
			}
			w.define("m", machine(`"A":{"Type":"Wait","Seconds":86400,"Next":"B"},"B":{`+invoke+`,"ResultPath":"$.step","Next":"C"},
				"C":{"Type":"Choice","Choices":[{"Variable":"$.step.Payload.done","BooleanEquals":true,"Next":"D"}],"Default":"A"},
				"D":{"Type":"Succeed"}`))
			const cases, most = 100, 300 // rounds of an execution, which lasts a year at most
			renew := func(generation int) {
				b.StopTimer()
				done = true
				w.advance(24 * time.Hour)
				done = false
				for i := range cases {
					w.startAs("m", fmt.Sprintf("case-%03d-%d", i, generation), `{"caseId":"01HZX3C9T7Q2K5W8N4R6V1B0YD","generation":1}`)
				}
				b.StartTimer()
			}
			var before, after runtime.MemStats
			runtime.GC()
			runtime.ReadMemStats(&before)
			rounds := 0
			for b.Loop() {
				if rounds%most == 0 {
					renew(rounds / most)
				}
				rounds++
				w.advance(24 * time.Hour)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(rounds*cases), "ns/round")
			runtime.GC()
			runtime.ReadMemStats(&after)
			b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(rounds*cases), "B/round")
		})
	}
}
