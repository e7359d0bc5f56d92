package contactmask

import (
	"crypto/sha256"
	"encoding/binary"
	"regexp"
	"strings"
	"testing"
)

func seed(n int) [32]byte { return sha256.Sum256(binary.BigEndian.AppendUint64(nil, uint64(n))) }

// The shapes of masks of real contacts.
var (
	realEmail = regexp.MustCompile(`^[a-z0-9]?\*\*\*[a-z0-9]?@\*\*\*$`)
	realPhone = regexp.MustCompile(`^\([1-9][1-9]\) \*{5}-[0-9]{4}$`)
)

func TestDecoysLookReal(t *testing.T) {
	for _, mask := range []string{Email("maria.silva@gmail.com"), Email("ze@uol.com.br")} {
		if !realEmail.MatchString(mask) {
			t.Fatalf("the mask of a real address is %q", mask)
		}
	}
	if mask := Phone("+5511987654321"); !realPhone.MatchString(mask) {
		t.Fatalf("the mask of a real phone is %q", mask)
	}
	for n := range 2_000 {
		if mask := Decoy(seed(n), "email"); !realEmail.MatchString(mask) {
			t.Fatalf("decoy address %q", mask)
		}
		for _, channel := range []string{"sms", "whatsapp"} {
			if mask := Decoy(seed(n), channel); !realPhone.MatchString(mask) {
				t.Fatalf("decoy phone %q", mask)
			}
		}
	}
}

// A new release must not change the decoy that somebody already saw.
func TestDecoyIsStable(t *testing.T) {
	for channel, want := range map[string]string{"email": "9***o@***", "sms": "(11) *****-0860", "whatsapp": "(11) *****-0860"} {
		for range 2 {
			if got := Decoy(seed(7), channel); got != want {
				t.Errorf("decoy for %s is %q, want %q", channel, got, want)
			}
		}
	}
}

func TestDecoysDifferBetweenSeeds(t *testing.T) {
	emails, phones, areas := map[string]int{}, map[string]int{}, map[string]int{}
	const many = 5_000
	for n := range many {
		emails[Decoy(seed(n), "email")]++
		phone := Decoy(seed(n), "sms")
		phones[phone]++
		areas[phone[1:3]]++
	}
	if len(emails) < 400 || len(phones) < many*9/10 {
		t.Errorf("%d addresses and %d phones among %d decoys", len(emails), len(phones), many)
	}
	if len(areas) != 67 {
		t.Errorf("%d area codes, want all 67", len(areas))
	}
	if areas["11"] < 2*areas["21"] {
		t.Errorf("São Paulo has %d numbers, Rio %d", areas["11"], areas["21"])
	}
	short := 0
	for mask, count := range emails {
		if strings.HasPrefix(mask[1:], "***@") {
			short += count
		}
	}
	if short == 0 || short > many/20 {
		t.Errorf("%d of %d local parts are short", short, many)
	}
}

// A real mask that no decoy can look like would tell that its contract exists.
func TestEveryMaskIsADecoyTo(t *testing.T) {
	decoys := map[string]bool{}
	for n := range 200_000 {
		local, _, _ := strings.Cut(Decoy(seed(n), "email"), "@")
		first, last, _ := strings.Cut(local, "***")
		decoys["first "+first], decoys["last "+last] = true, true
	}
	for _, r := range "abcdefghijklmnopqrstuvwxyz0123456789-_.+" {
		local, _, _ := strings.Cut(Email(string(r)+"xyz"+string(r)+"@rara.example"), "@")
		first, last, _ := strings.Cut(local, "***")
		if !decoys["first "+first] || !decoys["last "+last] {
			t.Errorf("no decoy looks like %q", local)
		}
	}
}

func TestAreaCodesAreThoseInUse(t *testing.T) {
	inUse := "11 12 13 14 15 16 17 18 19 21 22 24 27 28 31 32 33 34 35 37 38 41 42 43 44 45 46 47 48 49 51 53 54 55 " +
		"61 62 63 64 65 66 67 68 69 71 73 74 75 77 79 81 82 83 84 85 86 87 88 89 91 92 93 94 95 96 97 98 99"
	seen := map[string]bool{}
	for _, group := range decoyAreas {
		for _, code := range strings.Fields(group.codes) {
			if seen[code] || !strings.Contains(inUse, code) {
				t.Errorf("area code %s is listed twice or not in use", code)
			}
			seen[code] = true
		}
	}
	if len(seen) != len(strings.Fields(inUse)) {
		t.Errorf("%d area codes, want %d", len(seen), len(strings.Fields(inUse)))
	}
}
