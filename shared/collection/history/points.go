package history

import "github.com/regua/regua/shared/collection"

func (w *Walk) channel() collection.Channel {
	return collection.Channels()[w.chance.Intn(len(collection.Channels()))]
}

func (w *Walk) changePoint() error {
	quality := w.one(string(collection.PointOK), string(collection.PointSuspect), string(collection.PointDead))
	return w.Dossier.ChangePoint(w.meta("webhook"), collection.ContactPointChanged{
		Channel: w.channel(), OnFile: w.chance.Intn(4) > 0, Quality: collection.PointQuality(quality), Consent: w.chance.Intn(2) == 0,
	})
}

func (w *Walk) optOut() error {
	source := w.one(string(collection.OptOutLink), string(collection.OptOutReply), string(collection.OptOutComplaint),
		string(collection.OptOutPreferences), string(collection.OptOutStaff))
	return w.Dossier.OptOut(w.meta("participant"), collection.OptOutSource(source), collection.SameAddress(w.channel())...)
}

func (w *Walk) optIn() error { return w.Dossier.OptIn(w.meta("participant"), w.channel()) }
