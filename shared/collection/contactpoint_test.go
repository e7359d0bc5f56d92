package collection_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/regua/regua/shared/collection"
)

func pointCase(t *testing.T) (*collection.Dossier, collection.Meta) {
	t.Helper()
	d := collection.NewDossier(collection.CaseID{}, "vivamais")
	meta := collection.Meta{At: time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), By: collection.System("import", "vivamais")}
	opened := collection.CaseOpened{Standing: collection.StandingActive, UF: "SP", HasEmail: true, HasPhone: true}
	if err := d.Record(meta, opened); err != nil {
		t.Fatal(err)
	}
	return d, meta
}

func optedOut(c collection.Case) []collection.Channel {
	return slices.DeleteFunc(collection.Channels(), func(ch collection.Channel) bool { return !c.Point(ch).OptedOut })
}

func TestPointsOfACaseThatSaidNothing(t *testing.T) {
	d, _ := pointCase(t)
	for _, ch := range collection.Channels() {
		want := collection.ContactPoint{
			Channel: ch, Quality: collection.PointOK, OnFile: ch != collection.ChannelPush && ch != collection.ChannelLetter,
		}
		if got := d.Case.Point(ch); got != want {
			t.Errorf("%s: %+v", ch, got)
		}
	}
}

func TestOptOutsHoldForTheAddressAndOnce(t *testing.T) {
	d, meta := pointCase(t)
	phone := collection.SameAddress(collection.ChannelSMS)
	if err := d.OptOut(meta, collection.OptOutReply, phone...); err != nil {
		t.Fatal(err)
	}
	if got := optedOut(d.Case); !slices.Equal(got, phone) {
		t.Errorf("opted out of %v", got)
	}
	seq := d.Case.Seq
	err := errors.Join(d.OptOut(meta, collection.OptOutLink, phone...), d.OptIn(meta, collection.ChannelEmail))
	if err != nil || d.Case.Seq != seq {
		t.Errorf("nothing new was recorded: %v", err)
	}
	if err := d.OptOut(meta, collection.OptOutPreferences, collection.Channels()...); err != nil {
		t.Fatal(err)
	}
	last, _ := d.Recorded()[len(d.Recorded())-1].Event.(collection.ParticipantOptedOut)
	rest := []collection.Channel{collection.ChannelEmail, collection.ChannelPush, collection.ChannelLetter}
	if !slices.Equal(last.Channels, rest) {
		t.Errorf("the second opt-out says %v", last.Channels)
	}
	if err := d.OptIn(meta, collection.ChannelWhatsApp); err != nil || d.Case.Point(collection.ChannelWhatsApp).OptedOut {
		t.Errorf("WhatsApp stays opted out: %v", err)
	}
}

func TestANewAddressForgetsQualityAndConsentButNoRefusal(t *testing.T) {
	d, meta := pointCase(t)
	steps := []error{
		d.ChangePoint(meta, collection.ContactPointChanged{
			Channel: collection.ChannelWhatsApp, OnFile: true, Quality: collection.PointOK, Consent: true,
		}),
		d.Degrade(meta, collection.ChannelSMS, collection.PointDead),
		d.Degrade(meta, collection.ChannelSMS, collection.PointSuspect), // dead stays dead
		d.OptOut(meta, collection.OptOutReply, collection.ChannelSMS),
	}
	if err := errors.Join(steps...); err != nil {
		t.Fatal(err)
	}
	if p := d.Case.Point(collection.ChannelSMS); p.Quality != collection.PointDead || !p.OptedOut {
		t.Fatalf("before: %+v", p)
	}
	if err := d.Record(meta, collection.ParticipantRevised{
		Standing: collection.StandingActive, UF: "SP", HasPhone: true, Renewed: collection.SameAddress(collection.ChannelPhone),
	}); err != nil {
		t.Fatal(err)
	}
	if p := d.Case.Point(collection.ChannelSMS); p.Quality != collection.PointOK || !p.OptedOut || !p.OnFile {
		t.Errorf("text messages: %+v", p)
	}
	if p := d.Case.Point(collection.ChannelWhatsApp); p.Consent {
		t.Errorf("WhatsApp: %+v", p)
	}
	if d.Case.Point(collection.ChannelEmail).OnFile {
		t.Error("an e-mail address that was taken off is on file")
	}
	if err := d.ChangePoint(meta, collection.ContactPointChanged{Channel: "pigeon"}); !errors.Is(err, collection.ErrInvalid) {
		t.Errorf("a channel that there is none: %v", err)
	}
}
