package collection

// hold keeps the revision of each loaded part before an event changes it: a store writes a changed part only over that revision.
func (d *Dossier) hold() {
	if d.held == nil {
		d.held = map[string]int64{}
	}
	keep := func(id string, revision int64) {
		if _, ok := d.held[id]; !ok && !d.Changed(revision) {
			d.held[id] = revision
		}
	}
	for _, x := range d.Debts {
		keep(x.ID.String(), x.Revision)
	}
	for _, x := range d.Proposals {
		keep(x.ID.String(), x.Revision)
	}
	for _, x := range d.Agreements {
		keep(x.ID.String(), x.Revision)
	}
	for _, x := range d.Intents {
		keep(x.ID.String(), x.Revision)
	}
	for _, x := range d.Contacts {
		keep(x.ID.String(), x.Revision)
	}
}

// HeldRevision is the revision that the store held of a changed part when it was loaded, by the part's id; 0 says that the part is new.
func (d *Dossier) HeldRevision(id string) int64 { return d.held[id] }
