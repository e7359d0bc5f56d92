package oracles

import "testing"

// ending notes how a test would end.
type ending struct {
	testing.TB
	how string
}

func (e *ending) Helper()               {}
func (e *ending) Fatalf(string, ...any) { e.how = "failed" }
func (e *ending) Skipf(string, ...any) {
	if e.how == "" {
		e.how = "skipped"
	}
}

func TestAnAbsentOracleFailsWhereItIsRequired(t *testing.T) {
	for required, want := range map[string]string{"1": "failed", "": "skipped"} {
		t.Setenv(requireVariable, required)
		e := &ending{TB: t}
		Absent(e, "an oracle", "it is not there")
		if e.how != want {
			t.Errorf("%s=%q: %s, want %s", requireVariable, required, e.how, want)
		}
	}
}
