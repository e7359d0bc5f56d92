package collection

import (
	"fmt"
	"slices"
	"time"
)

// PointQuality says how likely an address is to reach its participant.
type PointQuality string

// The qualities: nothing is known against the address, something was returned or failed once, or it is gone for good.
const (
	PointOK      PointQuality = "ok"
	PointSuspect PointQuality = "suspect"
	PointDead    PointQuality = "dead"
)

// ContactPoint is what a case knows of one way to reach its participant. The address itself is sealed with the participant; text messages,
// WhatsApp and calls share the telephone number, yet what is known of each is its own.
type ContactPoint struct {
	Channel Channel
	OnFile  bool // there is an address, or for push a subscription
	Quality PointQuality
	// Consent is what WhatsApp and push ask for before the first message; it is of no account elsewhere.
	Consent  bool
	OptedOut bool
	At       time.Time // of the last change; zero when nothing was ever said of it
}

// ContactPointChanged says how a contact point stands now. Its opt-out is not part of it.
type ContactPointChanged struct {
	Channel Channel
	OnFile  bool
	Quality PointQuality
	Consent bool
}

// OptOutSource says by which way a participant opted out.
type OptOutSource string

// The ways: the link or the mail program's own button, an answer to a message, a complaint to the mailbox provider, the preferences page,
// or an employee who was told.
const (
	OptOutLink        OptOutSource = "link"
	OptOutReply       OptOutSource = "reply"
	OptOutComplaint   OptOutSource = "complaint"
	OptOutPreferences OptOutSource = "preferences"
	OptOutStaff       OptOutSource = "staff"
)

// ParticipantOptedOut says that the participant wants no more messages by some channels, never none.
type ParticipantOptedOut struct {
	Channels []Channel
	Source   OptOutSource
}

// ParticipantOptedIn says that the participant takes an opt-out back.
type ParticipantOptedIn struct {
	Channels []Channel
}

// Type implements Event.
func (ContactPointChanged) Type() string { return "contact_point.changed" }

// Type implements Event.
func (ParticipantOptedOut) Type() string { return "participant.opted_out" }

// Type implements Event.
func (ParticipantOptedIn) Type() string { return "participant.opted_in" }

// Point is the contact point of a channel, whether or not anything was ever said of it.
func (c Case) Point(channel Channel) ContactPoint {
	p := ContactPoint{Channel: channel, Quality: PointOK}
	if i := c.point(channel); i >= 0 {
		p = c.Points[i]
	}
	switch channel {
	case ChannelEmail:
		p.OnFile = c.HasEmail
	case ChannelSMS, ChannelWhatsApp, ChannelPhone:
		p.OnFile = c.HasPhone
	case ChannelPush, ChannelLetter: // as it was said last
	}
	return p
}

// SameAddress are the channels that reach the participant at the address of one: all that share a telephone number, or that one alone.
func SameAddress(channel Channel) []Channel {
	if channel == ChannelSMS || channel == ChannelWhatsApp || channel == ChannelPhone {
		return []Channel{ChannelSMS, ChannelWhatsApp, ChannelPhone}
	}
	return []Channel{channel}
}

// OptOut records that the participant wants no more messages by some channels; those that were opted out before add nothing.
func (d *Dossier) OptOut(meta Meta, source OptOutSource, channels ...Channel) error {
	out := d.channels(channels, func(p ContactPoint) bool { return !p.OptedOut })
	if len(out) == 0 {
		return nil
	}
	return d.Record(meta, ParticipantOptedOut{Channels: out, Source: source})
}

// OptIn takes opt-outs back; channels that were not opted out add nothing.
func (d *Dossier) OptIn(meta Meta, channels ...Channel) error {
	in := d.channels(channels, func(p ContactPoint) bool { return p.OptedOut })
	if len(in) == 0 {
		return nil
	}
	return d.Record(meta, ParticipantOptedIn{Channels: in})
}

// ChangePoint records how a contact point stands, unless it stands so already.
func (d *Dossier) ChangePoint(meta Meta, changed ContactPointChanged) error {
	p := d.Case.Point(changed.Channel)
	if changed == (ContactPointChanged{p.Channel, p.OnFile, p.Quality, p.Consent}) {
		return nil
	}
	return d.Record(meta, changed)
}

// Degrade records that an address is suspect or dead; one that is dead stays so.
func (d *Dossier) Degrade(meta Meta, channel Channel, to PointQuality) error {
	p := d.Case.Point(channel)
	if p.Quality == PointDead {
		return nil
	}
	return d.ChangePoint(meta, ContactPointChanged{channel, p.OnFile, to, p.Consent})
}

// channels are those of the list, each once and in the order of Channels, whose point fits.
func (d *Dossier) channels(list []Channel, fits func(ContactPoint) bool) []Channel {
	return slices.DeleteFunc(Channels(), func(c Channel) bool { return !slices.Contains(list, c) || !fits(d.Case.Point(c)) })
}

func (e ContactPointChanged) apply(d *Dossier, _ int64, at time.Time) error {
	if !slices.Contains(Channels(), e.Channel) {
		return fmt.Errorf("%w: channel %.20q", ErrInvalid, e.Channel)
	}
	d.Case.setPoint(e.Channel, at, func(p *ContactPoint) { p.OnFile, p.Quality, p.Consent = e.OnFile, e.Quality, e.Consent })
	return nil
}

func (e ParticipantOptedOut) apply(d *Dossier, _ int64, at time.Time) error {
	for _, c := range e.Channels {
		d.Case.setPoint(c, at, func(p *ContactPoint) { p.OptedOut = true })
	}
	return nil
}

func (e ParticipantOptedIn) apply(d *Dossier, _ int64, at time.Time) error {
	for _, c := range e.Channels {
		d.Case.setPoint(c, at, func(p *ContactPoint) { p.OptedOut = false })
	}
	return nil
}

// renew forgets what is known of an address that another one took the place of: its quality, and a consent that was given for it. What the
// participant refused stays refused.
func (c *Case) renew(channels []Channel, at time.Time) {
	for _, channel := range channels {
		if c.point(channel) >= 0 {
			c.setPoint(channel, at, func(p *ContactPoint) { p.Quality, p.Consent = PointOK, false })
		}
	}
}

// setPoint changes a point, which it adds at its place when nothing was said of it before.
func (c *Case) setPoint(channel Channel, at time.Time, change func(*ContactPoint)) {
	p := c.Point(channel)
	change(&p)
	p.At = at
	if i := c.point(channel); i >= 0 {
		c.Points[i] = p
		return
	}
	c.Points = append(slices.Clone(c.Points), p)
	order := Channels()
	slices.SortFunc(c.Points, func(a, b ContactPoint) int { return slices.Index(order, a.Channel) - slices.Index(order, b.Channel) })
}

func (c Case) point(channel Channel) int {
	return slices.IndexFunc(c.Points, func(p ContactPoint) bool { return p.Channel == channel })
}
