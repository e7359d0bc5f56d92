package dynamo

import (
	"time"

	"github.com/regua/regua/events"
	"github.com/regua/regua/shared/collection"
)

// pointPayload maps the events of contact points to their payloads.
func pointPayload(event collection.Event) (any, bool) {
	switch e := event.(type) {
	case collection.ContactPointChanged:
		return events.ContactPointChanged{Channel: string(e.Channel), OnFile: e.OnFile, Quality: string(e.Quality), Consent: e.Consent}, true
	case collection.ParticipantOptedOut:
		return events.ParticipantOptedOut{Channels: each(e.Channels, channelText), Source: string(e.Source)}, true
	case collection.ParticipantOptedIn:
		return events.ParticipantOptedIn{Channels: each(e.Channels, channelText)}, true
	}
	return nil, false
}

func pointEvent(payload any) collection.Event {
	switch e := payload.(type) {
	case events.ContactPointChanged:
		return collection.ContactPointChanged{
			Channel: collection.Channel(e.Channel), OnFile: e.OnFile, Quality: collection.PointQuality(e.Quality), Consent: e.Consent,
		}
	case events.ParticipantOptedOut:
		return collection.ParticipantOptedOut{Channels: back(e.Channels, channelOf), Source: collection.OptOutSource(e.Source)}
	case events.ParticipantOptedIn:
		return collection.ParticipantOptedIn{Channels: back(e.Channels, channelOf)}
	}
	return nil
}

func channelText(c collection.Channel) string { return string(c) }

func channelOf(text string) collection.Channel { return collection.Channel(text) }

// pointBody is a contact point within a case's body.
type pointBody struct {
	Channel  string    `json:"channel"`
	OnFile   bool      `json:"onFile"`
	Quality  string    `json:"quality"`
	Consent  bool      `json:"consent"`
	OptedOut bool      `json:"optedOut"`
	At       time.Time `json:"at"`
}

func wirePoint(p collection.ContactPoint) pointBody {
	return pointBody{string(p.Channel), p.OnFile, string(p.Quality), p.Consent, p.OptedOut, utc(p.At)}
}

func domainPoint(b pointBody) collection.ContactPoint {
	return collection.ContactPoint{
		Channel: collection.Channel(b.Channel), OnFile: b.OnFile, Quality: collection.PointQuality(b.Quality), Consent: b.Consent,
		OptedOut: b.OptedOut, At: utc(b.At),
	}
}
