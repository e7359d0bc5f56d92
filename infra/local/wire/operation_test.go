package wire

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
)

func TestFormsStandForDocuments(t *testing.T) {
	for form, want := range map[string]string{
		"Action=Publish&Version=2010-03-31&Message=a%2Bb":          `{"Message":"a+b"}`,
		"L.member.2.Id=b&L.member.1.Id=a&L.member.4.Id=d":          `{"L":[{"Id":"a"},{"Id":"b"}]}`,
		"M.entry.1.Name=type&M.entry.1.Value.V=x":                  `{"M":{"type":{"V":"x"}}}`,
		"L.member.1.M.entry.7.Name=n&L.member.1.M.entry.7.Value=v": `{"L":[{"M":{"n":"v"}}]}`,
		"M.entry.1=x&L.member=y":                                   `{"L":{"member":"y"},"M":{}}`,
		"":                                                         `{}`,
	} {
		values, err := url.ParseQuery(form)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := json.Marshal(document(values)); err != nil || string(got) != want {
			t.Errorf("%s: got %s, %v, want %s", form, got, err, want)
		}
	}
}

func TestQueryOperations(t *testing.T) {
	type entry struct{ ID string }
	operations := Operations{"Put": Query("Bad", func(in struct{ Names []string }) (any, error) {
		var out struct {
			Done []entry `xml:"Done>member"`
		}
		for _, name := range in.Names {
			out.Done = append(out.Done, entry{name})
		}
		return out, nil
	})}
	for form, want := range map[string]string{
		"Action=Put&Names.member.1=a%3Cb": "<PutResponse><PutResult><Done><member><ID>a&lt;b</ID></member></Done></PutResult></PutResponse>",
		"Action=Put":                      "<PutResponse><PutResult><Done></Done></PutResult></PutResponse>",
		"Action=Put&Other=x":              "<Code>Bad</Code>",
		"Action=Put&Names=x":              "<Code>Bad</Code>",
		"Action=Put&Names=%zz":            "<Code>Bad</Code>",
		"Action=Get":                      "<Code>UnknownOperationException</Code>",
	} {
		if _, body := do(t, NewRouter(map[string]Engine{"sns": operations}), request("sns", "", form)); !strings.Contains(body, want) {
			t.Errorf("%s: got %s, want %s", form, body, want)
		}
	}
}

func FuzzForms(f *testing.F) {
	f.Add("A.member.1.B.entry.1.Name=x&A.member.1=y")
	f.Add("..=x&.entry=1&member.1.member=2")
	f.Fuzz(func(t *testing.T, form string) {
		values, err := url.ParseQuery(form)
		if err != nil {
			return
		}
		if text, err := json.Marshal(document(values)); err != nil || text[0] != '{' && text[0] != '[' {
			t.Errorf("%q: %s, %v", form, text, err)
		}
	})
}
