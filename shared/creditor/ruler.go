package creditor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/regua/regua/shared/collection"
	"github.com/regua/regua/shared/contract"
	"github.com/regua/regua/shared/form"
)

const maxRungs = 50

type rulerFile struct {
	Version string     `json:"version"`
	Rungs   []rungFile `json:"rungs"`
}

type rungFile struct {
	Name      string `json:"name"`
	Day       int    `json:"day"`
	Channel   string `json:"channel"`
	Template  string `json:"template"`
	Mandatory bool   `json:"mandatory"`
}

// rungName is the form of short names in a file.
var rungName = form.New(`^[a-z0-9-]{1,30}$`)

func (f rulerFile) domain(c *checker) collection.Ruler {
	c.text("ruler.version", f.Version, 40)
	c.between("number of ruler.rungs", len(f.Rungs), 1, maxRungs)
	r := collection.Ruler{Version: f.Version}
	names := map[string]bool{}
	for i, g := range f.Rungs {
		at := fmt.Sprintf("ruler.rungs[%d]", i)
		c.check(rungName.MatchString(g.Name) && !names[g.Name], at+".name must be unique and have 1 to 30 lower-case letters, digits and hyphens")
		names[g.Name] = true
		c.between(at+".day", g.Day, -30, 1800)
		c.check(i == 0 || g.Day > f.Rungs[i-1].Day, at+".day must be later than the rung before it")
		c.check(g.Channel == string(collection.ChannelEmail), at+".channel must be email")
		templates := contract.ReminderTemplates()
		c.check(slices.Contains(templates, g.Template), at+".template must be one of "+strings.Join(templates, ", "))
		r.Rungs = append(r.Rungs, collection.Rung{
			Name: g.Name, Day: g.Day, Channels: []collection.Channel{collection.Channel(g.Channel)}, Template: g.Template, Mandatory: g.Mandatory,
		})
	}
	return r
}
