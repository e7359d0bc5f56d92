package otp

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"testing"
	"time"
)

// chiSquare measures how far counts are from equal.
func chiSquare(counts []int) float64 {
	total := 0
	for _, n := range counts {
		total += n
	}
	want, sum := float64(total)/float64(len(counts)), 0.0
	for _, n := range counts {
		sum += (float64(n) - want) * (float64(n) - want) / want
	}
	return sum
}

func TestCodesAreUnbiased(t *testing.T) {
	chance := rand.NewChaCha8([32]byte{7})
	var byDigit [digits][10]int
	byRange := make([]int, 100) // of a million codes each
	for range 100_000 {
		code, err := drawCode(chance)
		if err != nil || !WellFormed(code) {
			t.Fatalf("code %q, %v", code, err)
		}
		for i := range code {
			byDigit[i][code[i]-'0']++
		}
		byRange[int(code[0]-'0')*10+int(code[1]-'0')]++
	}
	// The bounds are those of one in a million for 9 and 99 degrees of freedom.
	for i, counts := range byDigit {
		if x := chiSquare(counts[:]); x > 45.1 {
			t.Errorf("digit %d: chi-square %.1f: %v", i, x, counts)
		}
	}
	if x := chiSquare(byRange); x > 178.4 {
		t.Errorf("ranges: chi-square %.1f", x)
	}
}

func TestDrawRejectsWhatWouldFavourSmallCodes(t *testing.T) {
	// 4,200,000,000 is the first number that is drawn again, 4,199,999,999 the last that counts.
	source := bytes.NewReader([]byte{0xff, 0xff, 0xff, 0xff, 0xfa, 0x56, 0xea, 0x00, 0xfa, 0x56, 0xe9, 0xff, 0, 0, 0, 42})
	for _, want := range []string{"99999999", "00000042"} {
		if code, err := drawCode(source); code != want || err != nil {
			t.Errorf("code %q, %v, want %q", code, err, want)
		}
	}
	if _, err := drawCode(source); !errors.Is(err, io.EOF) {
		t.Errorf("without chance: %v", err)
	}
}

func TestWellFormed(t *testing.T) {
	for code, want := range map[string]bool{
		"04817263": true, "0481726": false, "048172630": false, "0481726a": false, "": false, "０４817263": false,
		"+4817263": false, " 4817263": false,
	} {
		if WellFormed(code) != want {
			t.Errorf("WellFormed(%q) is %t", code, !want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	ago := func(minutes ...int) []time.Time {
		var out []time.Time
		for _, m := range minutes {
			out = append(out, now.Add(-time.Duration(m)*time.Minute))
		}
		return out
	}
	const day = 24 * 60
	ten := ago(1, 1, 1, 1, 1, 1, 1, 1, 1, day-7)
	for name, c := range map[string]struct {
		guard Guard
		want  time.Duration
	}{
		"fresh":                         {Guard{}, 0},
		"first cool-down":               {Guard{Sends: ago(0)}, time.Minute},
		"first cool-down over":          {Guard{Sends: ago(1)}, 0},
		"second cool-down":              {Guard{Sends: ago(1, 5)}, time.Minute},
		"third cool-down":               {Guard{Sends: ago(1, 5, 9)}, 4 * time.Minute},
		"fourth cool-down":              {Guard{Sends: ago(1, 5, 9, 20)}, 4 * time.Minute},
		"old sends do not count":        {Guard{Sends: ago(0, day, day+5)}, time.Minute},
		"owner need not cool down":      {Guard{Sends: ago(0, 5), Proven: true}, 0},
		"five in a day":                 {Guard{Sends: ago(60, 70, 80, 90, day-3)}, 3 * time.Minute},
		"five in a day, owner":          {Guard{Sends: ago(0, 70, 80, 90, day-3), Proven: true}, 3 * time.Minute},
		"five in more than a day":       {Guard{Sends: ago(60, 70, 80, 90, day)}, 0},
		"ten wrong":                     {Guard{Sends: ago(60), Wrong: ten}, 7 * time.Minute},
		"ten wrong, one too old":        {Guard{Sends: ago(60), Wrong: append(ten[:9:9], ago(day)...)}, 0},
		"the longer wait of two counts": {Guard{Sends: ago(0, 2, 4), Wrong: append(ten[:9:9], ago(day-2)...)}, 5 * time.Minute},
	} {
		if got := c.guard.RetryAfter(now); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
