package reminder

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/message"
)

// world is a store, the queue of contacts, the reminder machine and a post office in memory, on a clock that the test moves. The store
// keeps events and folds them on every load, with the conditions of the real one.
type world struct {
	mu         sync.Mutex
	now        time.Time
	creditors  map[collection.CreditorID]collection.Creditor
	events     map[collection.CaseID][]collection.Recorded
	owner      map[collection.CaseID]collection.CreditorID
	caps       map[string]collection.CapTaken
	links      []collection.EntryLink
	queue      []Message
	executions map[string]*sleeper
	mails      []delivered
	chance     *rand.ChaCha8
	carried    func(collection.Channel) bool
	// Each, when set, may make its part fail.
	failCommit func(d *collection.Dossier) error
	failQueue  func() error
	failStart  func() error
	failMail   func(message.Email) error
}

type sleeper struct {
	in   Execution
	wake time.Time
	done bool
}

type delivered struct {
	at   time.Time
	mail message.Email
}

func newWorld(now string) *world {
	w := &world{
		creditors: map[collection.CreditorID]collection.Creditor{}, events: map[collection.CaseID][]collection.Recorded{},
		owner: map[collection.CaseID]collection.CreditorID{}, caps: map[string]collection.CapTaken{},
		executions: map[string]*sleeper{}, chance: rand.NewChaCha8([32]byte{1}), carried: collection.Channel.Sendable,
	}
	w.now, _ = time.Parse(time.RFC3339, now)
	for _, id := range []collection.CreditorID{"vida-plena", "tv-horizonte"} {
		w.creditors[id] = collection.Creditor{
			ID: id, Name: string(id), Contacts: collection.CreditorContacts{Email: "contato@" + string(id) + ".example"},
			Ruler: collection.Ruler{Version: "1", Rungs: []collection.Rung{
				{Name: "lembrete", Day: 5, Channels: []collection.Channel{collection.ChannelEmail}, Template: message.ReminderFirst},
				{Name: "ofertas", Day: 15, Channels: []collection.Channel{collection.ChannelEmail}, Template: message.ReminderOffers},
				{Name: "ultimo", Day: 30, Channels: []collection.Channel{collection.ChannelEmail}, Template: message.ReminderLast},
			}},
		}
	}
	return w
}

func (w *world) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) Read(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.chance.Read(p)
}

func (w *world) Creditor(_ context.Context, id collection.CreditorID) (collection.Creditor, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c, ok := w.creditors[id]
	if !ok {
		return c, collection.ErrNotFound
	}
	return c, nil
}

func (w *world) fold(id collection.CaseID) (*collection.Dossier, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.events[id]) == 0 {
		return nil, collection.ErrNotFound
	}
	return collection.Fold(w.owner[id], id, w.events[id])
}

// Load gives a case without its intents and contacts, as the real store does.
func (w *world) Load(_ context.Context, _ collection.CreditorID, id collection.CaseID) (*collection.Dossier, error) {
	d, err := w.fold(id)
	if err == nil {
		d.Contacts, d.Intents = nil, nil
	}
	return d, err
}

func (w *world) LoadContact(
	_ context.Context, _ collection.CreditorID, id collection.CaseID, contact collection.ContactID,
) (collection.Contact, error) {
	d, err := w.fold(id)
	if err != nil {
		return collection.Contact{}, err
	}
	c, ok := d.Contact(contact)
	if !ok {
		return collection.Contact{}, collection.ErrNotFound
	}
	return *c, nil
}

func (w *world) LoadIntent(_ context.Context, _ collection.CreditorID, id collection.IntentID) (collection.Intent, error) {
	for caseID := range w.events {
		if d, err := w.fold(caseID); err == nil {
			if i, ok := d.Intent(id); ok {
				return *i, nil
			}
		}
	}
	return collection.Intent{}, collection.ErrNotFound
}

func (w *world) Cap(_ context.Context, person string) ([]calendar.Date, int64, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.caps[person]
	return slices.Clone(c.Days), c.Version, nil
}

func (w *world) Commit(_ context.Context, d *collection.Dossier, with ...collection.Companion) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failCommit != nil {
		if err := w.failCommit(d); err != nil {
			return err
		}
	}
	id := d.Case.ID
	if d.LoadedSeq() != int64(len(w.events[id])) {
		return fmt.Errorf("commit: %w", collection.ErrConflict)
	}
	for _, c := range with {
		if taken, ok := c.(collection.CapTaken); ok && w.caps[taken.PersonKey].Version != taken.Version {
			return fmt.Errorf("cap: %w", collection.ErrConflict)
		}
	}
	for _, c := range with {
		switch c := c.(type) {
		case collection.CapTaken:
			c.Version++
			w.caps[c.PersonKey] = c
		case collection.EntryLink:
			w.links = append(w.links, c)
		default:
			return fmt.Errorf("unexpected companion %T", c)
		}
	}
	w.events[id], w.owner[id] = append(w.events[id], d.Recorded()...), d.Case.Creditor
	d.Loaded()
	return nil
}

// Send takes a message for contact-send, in the form that the queue carries.
func (w *world) Send(_ context.Context, body any) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failQueue != nil {
		if err := w.failQueue(); err != nil {
			return err
		}
	}
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	var m Message
	if err := json.Unmarshal(text, &m); err != nil {
		return err
	}
	w.queue = append(w.queue, m)
	return nil
}

func (w *world) Start(_ context.Context, _, name string, input any) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failStart != nil {
		if err := w.failStart(); err != nil {
			return err
		}
	}
	if _, exists := w.executions[name]; !exists {
		w.executions[name] = &sleeper{in: input.(Execution), wake: w.now}
	}
	return nil
}

func (w *world) SendEmail(_ context.Context, m message.Email) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.failMail != nil {
		if err := w.failMail(m); err != nil {
			return err
		}
	}
	w.mails = append(w.mails, delivered{w.now, m})
	return nil
}

func (w *world) OpenParticipant(context.Context, collection.Case) (collection.Participant, error) {
	return collection.Participant{Name: "Maria da Silva", Document: "52998224725", Email: "maria@example.com"}, nil
}

func (w *world) OpenDebt(_ context.Context, _ collection.Case, d collection.Debt) (collection.DebtDetails, error) {
	return collection.DebtDetails{Contract: "CT-2024-" + d.DueDate.String(), Description: "Mensalidade"}, nil
}

func (w *world) SealText(_ context.Context, _ collection.Case, attribute string, plain []byte) ([]byte, error) {
	return append([]byte(attribute+"="), plain...), nil
}

func (w *world) machine() Machine { return Machine{Executions: w, ARN: "machine"} }

func (w *world) starter() *Starter {
	return &Starter{Cases: w, Creditors: w, Machine: w.machine(), Now: w.Now}
}

func (w *world) stepper() *Stepper {
	return &Stepper{
		Cases: w, Creditors: w, Contacts: w, Caps: w, Queue: w, Machine: w.machine(), Carried: w.carried, Now: w.Now, Chance: w,
	}
}

func (w *world) sender() *Sender {
	return &Sender{
		Cases: w, Creditors: w, Contacts: w, Intents: w, Caps: w, Vault: w, Mail: w, Machine: w.machine(), PortalURL: "https://portal.example",
		Now: w.Now, Chance: w,
	}
}

func (w *world) planner() *ReceiptPlanner {
	return &ReceiptPlanner{Cases: w, Contacts: w, Queue: w, Now: w.Now}
}

// drain hands every queued message over; one that fails is given again later by advance.
func (w *world) drain(ctx context.Context) {
	for {
		w.mu.Lock()
		batch := w.queue
		w.queue = nil
		w.mu.Unlock()
		if len(batch) == 0 {
			return
		}
		var again []Message
		for _, m := range batch {
			if err := w.sender().Do(ctx, m); err != nil {
				again = append(again, m)
			}
		}
		if len(again) > 0 {
			w.mu.Lock()
			w.queue = append(w.queue, again...)
			w.mu.Unlock()
			return
		}
	}
}

// advance runs queue and machine until a time. A step that fails is tried again after a minute, and so is a message.
func (w *world) advance(t testing.TB, to time.Time) {
	t.Helper()
	for range 100_000 {
		w.drain(t.Context())
		var next *sleeper
		for _, name := range slices.Sorted(maps.Keys(w.executions)) {
			if x := w.executions[name]; !x.done && (next == nil || x.wake.Before(next.wake)) {
				next = x
			}
		}
		if len(w.queue) > 0 && (next == nil || next.wake.After(w.now.Add(3*time.Minute))) && !w.now.Add(3*time.Minute).After(to) {
			w.now = w.now.Add(3 * time.Minute) // the queue gives failed messages again
			continue
		}
		if next == nil || next.wake.After(to) {
			w.now = to
			return
		}
		if next.wake.After(w.now) {
			w.now = next.wake
		}
		step, err := w.stepper().Do(t.Context(), next.in)
		if err != nil {
			next.wake = w.now.Add(time.Minute)
			continue
		}
		if !step.Done && !step.WakeAt.After(w.now) {
			t.Fatalf("step at %s wants to wake at %s", w.now, step.WakeAt)
		}
		next.wake, next.done = step.WakeAt, step.Done
	}
	t.Fatal("the world does not come to rest")
}

// place opens a case with debts due on the given days, or adds them, and tells ruler-start.
func (w *world) place(t testing.TB, creditor collection.CreditorID, id *collection.CaseID, person string, due ...string) Placed {
	t.Helper()
	var opened *collection.CaseOpened
	if id.IsZero() {
		*id = mint[collection.CaseNoun](t, w)
		opened = &collection.CaseOpened{Standing: collection.StandingActive, UF: "SP", PersonKey: person, HasEmail: true}
	}
	d, err := w.fold(*id)
	if errors.Is(err, collection.ErrNotFound) {
		d = collection.NewDossier(*id, creditor)
		d.Loaded()
	} else if err != nil {
		t.Fatal(err)
	}
	var debts []collection.PlacedDebt
	placed := Placed{Creditor: creditor, Case: *id}
	for _, text := range due {
		debt := collection.PlacedDebt{ID: mint[collection.DebtNoun](t, w), Product: "plano", DueDate: day(t, text), Principal: 45000}
		debts, placed.Debts = append(debts, debt), append(placed.Debts, debt.ID)
	}
	meta := collection.Meta{At: w.Now(), By: collection.System("import", creditor)}
	if err := d.Place(meta, opened, debts); err != nil {
		t.Fatal(err)
	}
	if err := w.Commit(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	placed.Seq = d.Case.Seq
	placed.EventID = fmt.Sprintf("%s-%d", *id, placed.Seq)
	return placed
}

func mint[Noun any](t testing.TB, w *world) collection.ID[Noun] {
	t.Helper()
	id, err := collection.Mint[Noun](w.Now(), w)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

func day(t testing.TB, text string) calendar.Date {
	t.Helper()
	d, err := calendar.ParseDate(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
