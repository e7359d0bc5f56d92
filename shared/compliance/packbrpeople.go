package compliance

import "github.com/regua/regua/shared/collection"

// brazilPeople are the rules on what people asked for.
func brazilPeople() []Rule {
	const (
		registry = "PA Lei 9.263/2021 (g1.globo.com/pa 2021-04-27); SP Não Me Ligue extended 2021 (g1 2021-03-17, secondary)"
		platform = "WhatsApp Business policy (business.whatsapp.com/policy): the platform's, no law"
		optOut   = "Lei 13.709/2018 art. 18, Lei 8.078/1990 art. 42; project proposal"
	)
	listed := []string{"PA", "SP"}
	return []Rule{
		{
			ID: "BR-REGISTRY", Title: "Who has stood in a state's registry for more than 30 days is not called and gets no texts.",
			Source: registry, Mark: Secondary, Kind: KindAge, Verdict: Block, Channels: calls, Purposes: all, States: listed,
			Date: DateRegistryListed, From: 31,
		},
		{
			ID: "BR-REGISTRY", Title: "In the first 30 days after enrolment contacts may come, with a warning.", Source: registry, Mark: Secondary,
			Kind: KindAge, Verdict: Allow, Notice: NoticeRegistry, Channels: calls, Purposes: all, States: listed,
			Date: DateRegistryListed, To: 30,
		},
		{
			ID: "BR-REGISTRY", Title: "The copy of the registry is at most seven days old.", Source: "project proposal", Mark: Guess, Kind: KindAge,
			Verdict: Block, Channels: calls, States: listed, Date: DateRegistrySnapshot, From: 8, WhenUnknown: true,
		},
		{
			ID: "BR-WHATSAPP", Title: "The person opted in to WhatsApp from this business.", Source: platform, Mark: Read, Kind: KindFacts,
			Verdict: Block, Channels: texts[1:], None: FactWhatsAppOptIn,
		},
		{
			ID: "BR-WHATSAPP", Title: "An opt-out is respected however it was said.", Source: platform, Mark: Read, Kind: KindFacts,
			Verdict: Block, Channels: texts[1:], Any: FactOptOut | FactOptOutAll,
		},
		{
			ID: "BR-WHATSAPP", Title: "Free text only within 24 hours of the person's message; else an approved template.", Source: platform,
			Mark: Memory, Kind: KindInbound, Verdict: Require, Notice: NoticeTemplate, Channels: texts[1:], Purposes: all, Hours: 24,
			None: FactTemplateApproved,
		},
		{
			ID: "BR-OPTOUT", Title: "Nothing by a channel that the person opted out of.", Source: optOut, Mark: Guess, Kind: KindFacts,
			Verdict: Block, Any: FactOptOut,
		},
		{
			ID: "BR-OPTOUT", Title: "Nothing that asks for money once the person opted out of everything.", Source: optOut, Mark: Guess,
			Kind: KindFacts, Verdict: Block, Purposes: asking, Any: FactOptOutAll,
		},
		{
			ID: "BR-OPTOUT", Title: "Then a notice that a law demands goes by letter alone.", Source: optOut, Mark: Guess, Kind: KindFacts,
			Verdict: Block, Channels: immediate, Purposes: notice, Any: FactOptOutAll,
		},
	}
}

// brazilDebts are the rules on what the debt's age and the person's debts forbid.
func brazilDebts() []Rule {
	const (
		barred = "Código Civil art. 206 par. 5 I (memory); STJ 3ª Turma; Tema 1264 pending (amazonasdireito.com.br)"
		claims = "Lei 14.181/2021, Lei 8.078/1990 art. 54-A, 104-A; Decreto 11.150/2022"
	)
	return []Rule{
		{
			ID: "BR-PRESCR", Title: "A time-barred debt is not collected: five years after it fell due.", Source: barred, Mark: Read,
			Kind: KindBarred, Verdict: Block, Purposes: ofDebt, Years: 5,
		},
		{
			ID: "BR-PRESCR", Title: "Staff decide when the limitation date is not known.", Source: barred, Mark: Read, Kind: KindFacts,
			Verdict: Require, Notice: NoticeStaff, Purposes: ofDebt, Any: FactLimitationUnknown,
		},
		{
			ID: "BR-PRESCR", Title: "A person who logs in sees it without urgency.", Source: barred, Mark: Read, Kind: KindBarred, Verdict: Allow,
			Notice: NoticeNoUrgency, Purposes: reply, Years: 5,
		},
		{
			ID: "BR-PRESCR", Title: "Pressing for time over a time-barred debt is blocked.", Source: barred, Mark: Read, Kind: KindBarred,
			Verdict: Block, Purposes: reply, Years: 5, All: FactUrgency,
		},
		{
			ID: "BR-SUPER", Title: "A claim of over-indebtedness goes to staff, and the ruler rests.", Source: claims, Mark: Read, Kind: KindFacts,
			Verdict: Block, Purposes: asking, All: FactOverIndebted,
		},
		{
			ID: "BR-SUPER", Title: "After a summons to a repayment plan nothing is sent automatically.", Source: claims, Mark: Read, Kind: KindFacts,
			Verdict: Block, All: FactSummons,
		},
	}
}

// brazilTrades are the rules of one trade or one technique.
func brazilTrades() []Rule {
	const (
		ans   = "Lei 9.656/1998 art. 13, RN ANS 593/2023 art. 8, 9 (plasc.org.br)"
		voice = "Anatel: 0304 for collection 2022-11 (portaldoholanda; correio24horas), optional 2025-08 (tropiquim.com 2025-08-14)"
	)
	means := func(title, verdict, asks string, when Rule) Rule {
		when.ID, when.Title, when.Source, when.Mark, when.Kind = "BR-ANS-50D", title, ans, Read, KindFacts
		when.Verdict, when.Notice, when.Purposes, when.Regulator = verdict, asks, notice, RegulatorANS
		return when
	}
	return []Rule{
		means("The notice of default goes to registered contact data only.", Block, "", Rule{None: FactRegisteredContact}),
		means("A push message is none of the means.", Block, "", Rule{Channels: []Channel{collection.ChannelPush}}),
		means("A call counts when it is recorded and the data are checked.", Block, "", Rule{Channels: spoken, None: FactRecorded}),
		means("A text counts only when the person answers it.", Allow, NoticeAnswer, Rule{Channels: texts}),
		means("An e-mail counts only with a certificate or a confirmation that it was read.", Allow, NoticeRead, Rule{
			Channels: []Channel{collection.ChannelEmail},
		}),
		{
			ID: "BR-ANATEL", Title: "Calls that collect carry the prefix 0304; never texts.", Source: voice, Mark: Read, Kind: KindFacts,
			Verdict: Allow, Notice: NoticePrefix, Channels: spoken, ValidFrom: on("2022-11-01"), ValidTo: on("2025-08-31"),
		},
		{
			ID: "BR-ANATEL", Title: "High-volume callers authenticate their calls (Origem Verificada).", Source: voice, Mark: Read, Kind: KindFacts,
			Verdict: Allow, Notice: NoticeAuthentication, Channels: spoken, ValidFrom: on("2025-09-01"),
		},
	}
}
