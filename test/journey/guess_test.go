package journey

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/regua/regua/infra/local/demo"
)

// challenge asks for a code and returns the challenge's id and, once it was sent, the code.
func (w *world) challenge(p demo.Participant) (id, code string) {
	w.t.Helper()
	r := w.want(http.StatusAccepted, w.call("POST", "/v1/auth/challenges", claim(p)))
	w.settle()
	return into[struct{ ChallengeID string }](w.t, r).ChallengeID, codeForm.FindString(w.latest(p.Email, "otp-code").Body)
}

func claim(p demo.Participant) map[string]string {
	return map[string]string{"creditor": p.Creditor, "document": p.Document, "contract": p.Contract, "channel": "email"}
}

// guess gives many codes for a challenge at once and returns how many opened a session.
func (w *world) guess(id string, codes []string) (opened int) {
	w.t.Helper()
	for _, r := range w.together(len(codes), func(i int) (reply, error) {
		return w.try("POST", "/v1/auth/challenges/"+id+"/verify", map[string]string{"code": codes[i], "session": "bearer"})
	}) {
		if r.Status == http.StatusOK {
			opened++
		} else if r.code() != "code_rejected" {
			w.t.Errorf("a guess got %d %s", r.Status, r.Body)
		}
	}
	return opened
}

// wrongCodes draws codes that are not the right one.
func wrongCodes(dice *rand.Rand, n int, right string) []string {
	codes := make([]string, n)
	for i := range codes {
		for codes[i] = right; codes[i] == right; {
			codes[i] = fmt.Sprintf("%08d", dice.IntN(100_000_000))
		}
	}
	return codes
}

// The limits that the product promises: guesses of one code, and wrong codes of one case in a day.
const (
	mayTry     = 5
	mayBeWrong = 10
)

// TestOfAThousandParallelGuessesFiveCount gives a thousand codes for one challenge at once, with none, one, some and all of them right.
func TestOfAThousandParallelGuessesFiveCount(t *testing.T) {
	t.Parallel()
	const guesses = 1000
	for seed, right := range []int{0, 1, 500, guesses} {
		t.Run(fmt.Sprintf("seed %d, %d right", seed, right), func(t *testing.T) {
			var compared atomic.Int64
			w := begin(t, setup{compared: func() { compared.Add(1) }})
			id, code := w.challenge(w.participant("credora"))
			dice := rand.New(rand.NewPCG(uint64(seed), 3))
			codes := wrongCodes(dice, guesses, code)
			for _, i := range dice.Perm(guesses)[:right] {
				codes[i] = code
			}
			opened := w.guess(id, codes)
			if opened > 1 || opened == 1 && right == 0 || opened == 0 && right == guesses {
				t.Errorf("%d of %d right codes opened a session", opened, right)
			}
			got := compared.Load()
			if got > mayTry || opened == 0 && got != mayTry {
				t.Errorf("%d guesses were compared, want %d", got, mayTry)
			}
		})
	}
}

// TestWrongCodesCountOverAllCodesOfADay guesses at one code after the other: ten wrong codes are compared in a day, whatever the number of
// codes, and then no further code is sent until the day is over.
func TestWrongCodesCountOverAllCodesOfADay(t *testing.T) {
	var compared atomic.Int64
	w := begin(t, setup{compared: func() { compared.Add(1) }})
	p := w.participant("credora")
	dice := rand.New(rand.NewPCG(1, 3))
	for range 2 {
		id, code := w.challenge(p)
		w.guess(id, wrongCodes(dice, 50, code))
		w.advance(6 * time.Minute)
	}
	if got := compared.Load(); got != mayBeWrong {
		t.Errorf("%d guesses were compared, want %d", got, mayBeWrong)
	}
	if r := w.call("POST", "/v1/auth/challenges", claim(p)); r.code() != "too_many_requests" || r.Header.Get("Retry-After") == "" {
		t.Errorf("a further code got %d %s", r.Status, r.Body)
	}
	w.advance(day)
	w.login(p, "email")
}

// form names the members of a JSON document, all levels deep.
func form(value any) string {
	switch v := value.(type) {
	case map[string]any:
		var names []string
		for name, inner := range v {
			names = append(names, name+form(inner))
		}
		slices.Sort(names)
		return "{" + strings.Join(names, ",") + "}"
	case []any:
		var inner []string
		for _, x := range v {
			inner = append(inner, form(x))
		}
		return "[" + strings.Join(inner, ",") + "]"
	}
	return ""
}

// appearance is all that an answer shows besides the values of its members, with the length of the id.
func appearance(r reply) string {
	var body map[string]any
	_ = json.Unmarshal(r.Body, &body) // what is no JSON shows as nothing, and differs
	id, _ := body["challengeId"].(string)
	var names []string
	for name := range r.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	return fmt.Sprint(r.Status, form(body), len(id), body["channel"], body["expiresAt"], body["resendAfterSeconds"], body["nextAction"], names)
}

// work is what a request made the cloud do: each call with the members of its body.
func work(calls []seen) string {
	var out []string
	for _, c := range of(calls, "otp-serve") {
		var body any
		_ = json.Unmarshal(c.Body, &body) // an awsQuery form shows as nothing
		out = append(out, c.Service+":"+c.Operation+form(body))
	}
	return strings.Join(out, "\n")
}

// direct asks the gateway in process and says how long the answer took.
func (w *world) direct(body string) (reply, time.Duration) {
	w.t.Helper()
	req := httptest.NewRequest(http.MethodPost, "/v1/auth/challenges", strings.NewReader(body))
	req.Header.Set("Content-Type", "application/json")
	res := httptest.NewRecorder()
	begun := time.Now()
	w.cloud.API.ServeHTTP(res, req)
	return reply{res.Code, res.Header(), res.Body.Bytes()}, time.Since(begun)
}

// TestAnUnknownContractIsAnsweredAsAKnownOne asks for codes, in turns, for contracts that exist and for such that do not, up to the limits
// of each and beyond: the same calls, the same form of answer, in the same time.
func TestAnUnknownContractIsAnsweredAsAKnownOne(t *testing.T) {
	t.Parallel()
	const rounds = 5 // codes of a case in a day
	people := size(40, 840, 1700)
	var known []debtor
	for i := range people {
		known = append(known, someone("credora", i))
	}
	w := begin(t, setup{portfolio: csvOf(t, known...)})
	bodies := [2][]string{}
	for i, p := range known {
		stranger := someone("credora", people+i)
		if i%2 == 0 {
			stranger.Document = p.Document // one half gives a document that exists, with a contract that is not its own
		}
		bodies[0] = append(bodies[0], jsonOf(t, claim(p.Participant)))
		bodies[1] = append(bodies[1], jsonOf(t, claim(stranger.Participant)))
	}
	var took [2][]time.Duration
	looks, works := [2]map[string]int{{}, {}}, [2]map[string]int{{}, {}}
	for round := range rounds + 1 {
		w.direct(jsonOf(t, claim(someone("credora", 9*people+round).Participant))) // warms the function
		for i := range people {
			for turn := range 2 {
				kind := (turn + i) % 2
				calls := w.watch.during(func() {
					r, d := w.direct(bodies[kind][i])
					took[kind] = append(took[kind], d)
					looks[kind][appearance(r)]++
					w.settle() // the code goes out
				})
				works[kind][work(calls)]++
				w.watch.forget()
			}
		}
		if round < rounds-1 {
			w.advance(6 * time.Minute)
		}
	}
	if fmt.Sprint(looks[0]) != fmt.Sprint(looks[1]) {
		t.Errorf("answers look different:\nknown   %v\nunknown %v", looks[0], looks[1])
	}
	if fmt.Sprint(works[0]) != fmt.Sprint(works[1]) {
		t.Errorf("requests work differently:\nknown   %v\nunknown %v", works[0], works[1])
	}
	medians := [2]time.Duration{median(took[0]), median(took[1])}
	t.Logf("medians of %d answers each: known %s, unknown %s", len(took[0]), medians[0], medians[1])
	if d := (medians[0] - medians[1]).Abs(); d >= 2*time.Millisecond {
		t.Errorf("medians are %s apart", d)
	}
}

// TestTwoContractsOfOneCaseAreAnsweredAsTwoStrangers asks and guesses with two contracts of one person, up to the limits of each and
// beyond, and then with two that nobody has: the same answers by the same calls, so that neither shows what was done with the other.
func TestTwoContractsOfOneCaseAreAnsweredAsTwoStrangers(t *testing.T) {
	t.Parallel()
	one, other := someone("credora", 0), someone("credora", 1)
	other.Document, other.Email, other.Phone, other.Name = one.Document, one.Email, one.Phone, one.Name
	story := func(contracts ...string) (shown []string) {
		w := begin(t, setup{portfolio: csvOf(t, one, other)})
		p := one.Participant
		for _, p.Contract = range contracts {
			for range 4 { // two codes with five wrong guesses each, one that is refused for its haste, one for the guesses
				calls := w.watch.during(func() {
					r := w.call("POST", "/v1/auth/challenges", claim(p))
					shown = append(shown, appearance(r), r.Header.Get("Retry-After"))
					for range mayTry + 1 {
						id := into[struct{ ChallengeID string }](t, r).ChallengeID
						if r.Status != http.StatusAccepted {
							break
						}
						g := w.call("POST", "/v1/auth/challenges/"+id+"/verify", map[string]string{"code": "00000000"})
						shown = append(shown, fmt.Sprint(g.Status, g.code()))
					}
				})
				shown = append(shown, work(calls))
				w.watch.forget()
				w.advance(50 * time.Second)
			}
		}
		return shown
	}
	known, strange := story(one.Contract, other.Contract), story("T-777001", "T-777002")
	if !slices.Equal(known, strange) {
		t.Errorf("one case:\n%q\nstrangers:\n%q", known, strange)
	}
}

func jsonOf(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func median(of []time.Duration) time.Duration {
	slices.Sort(of)
	return of[len(of)/2]
}
