package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/regua/regua/shared/calendar"
	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/offer"
	"github.com/regua/regua/shared/reminder"
)

// chartWidth is how many characters the longest bar of the text chart has.
const chartWidth = 50

// column is a day of the chart.
type column struct {
	day  calendar.Date
	sent map[collection.Channel]int
	held int
}

func (c column) total() (n int) {
	for _, one := range c.sent {
		n += one
	}
	return n
}

// columns are the days in Brasília, also those without any message, and the largest number of messages of one.
func (p preview) columns() (all []column, most int) {
	first := offer.Today(p.from)
	for i := range p.days {
		all = append(all, column{day: first.AddDays(i), sent: map[collection.Channel]int{}})
	}
	for _, o := range p.told {
		i := first.DaysUntil(offer.Today(o.At))
		if i < 0 || i >= len(all) {
			continue
		}
		if o.Outcome == reminder.OutcomeSend {
			all[i].sent[o.Channel]++
		} else {
			all[i].held++
		}
		most = max(most, all[i].total())
	}
	return all, most
}

// mark is how the chart shows a channel.
type mark struct {
	channel        collection.Channel
	letter, colour string
}

func marks() []mark {
	return []mark{
		{collection.ChannelEmail, "e", "#1f5f8b"}, {collection.ChannelSMS, "s", "#c8553d"}, {collection.ChannelWhatsApp, "w", "#2a9d5c"},
		{collection.ChannelPush, "p", "#8a5fbf"},
	}
}

// chart prints a bar for each day, a letter for each channel.
func (p preview) chart(out io.Writer) {
	all, most := p.columns()
	scale := max(1, (most+chartWidth-1)/chartWidth)
	fmt.Fprintf(out, "messages by day (e email, s sms, w whatsapp, p push; one letter for up to %d)\n", scale)
	for _, c := range all {
		var bar strings.Builder
		for _, s := range marks() {
			bar.WriteString(strings.Repeat(s.letter, (c.sent[s.channel]+scale-1)/scale))
		}
		line := fmt.Sprintf("%s %s %5d %s", c.day, c.day.Weekday().String()[:3], c.total(), bar.String())
		if c.held > 0 {
			line += fmt.Sprintf(" (%d held back)", c.held)
		}
		fmt.Fprintln(out, strings.TrimRight(line, " "))
	}
}

// svg draws the same as stacked bars.
func (p preview) svg() []byte {
	const wide, gap, high, foot = 18, 4, 240, 40
	all, most := p.columns()
	var b bytes.Buffer
	width := len(all)*(wide+gap) + 60
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="10">`+"\n",
		width, high+foot+30)
	fmt.Fprintf(&b, `<title>Messages by day, %s and %d days</title>`+"\n", all[0].day, p.days)
	for i, c := range all {
		x, y := 50+i*(wide+gap), high+10
		for _, s := range marks() {
			n := c.sent[s.channel]
			if n == 0 {
				continue
			}
			h := max(1, n*high/max(1, most))
			y -= h
			fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%d" height="%d" fill="%s"><title>%s: %d by %s</title></rect>`+"\n",
				x, y, wide, h, s.colour, c.day, n, s.channel)
		}
		if i%7 == 0 {
			fmt.Fprintf(&b, `<text x="%d" y="%d">%s</text>`+"\n", x, high+24, c.day)
		}
	}
	fmt.Fprintf(&b, `<text x="4" y="20">%d</text><text x="4" y="%d">0</text>`+"\n", most, high+10)
	for i, s := range marks() {
		x := 50 + i*110
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="10" height="10" fill="%s"/><text x="%d" y="%d">%s</text>`+"\n",
			x, high+foot, s.colour, x+14, high+foot+9, s.channel)
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}
