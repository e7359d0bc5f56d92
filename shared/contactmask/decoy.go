package contactmask

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
)

// How often local parts begin and end with each character, roughly, in a Brazilian
// portfolio: each is drawn as often as it is listed. Decoys need the frequencies as
// much as the alphabet, or a crowd of them would stand out; and each character that
// a real mask can show, or hide, must occur, or one real mask would.
var (
	firstLetters = strings.Repeat("aaaaaabbccccddddeeefffgggghiiijjjjjjkllllllmmmmmmmmmnooppprrrrrsssstttvvwy", 8) + "qqquuuxzzzzz-0123456789"
	lastLetters  = strings.Repeat("aaaaaaaaaaeeeiiilllmnnnnoooooooorrrssssssszz0011122334455667788990", 8) +
		"bbbccccddddddfffgggghhhhjjjkkkkppppqttttttuuuuuuvvwwxxxyyyyyy-"
)

// shortLocals is the share, in 256, of local parts of three characters or fewer.
const shortLocals = 4

var decoyAreas = []struct {
	weight uint64
	codes  string
}{
	{20, "11"},
	{6, "21 31"},
	{4, "19 41 51 61 62 71 81 85"},
	{2, "12 13 15 16 17 27 34 47 48 91 92 98"},
	{1, "14 18 22 24 28 32 33 35 37 38 42 43 44 45 46 49 53 54 55 63 64 65 66 67 68 69 73 74 75 77 79 82 83 84 86 87 88 89 93 94 95 96 97 99"},
}

// Decoy returns a made-up mask for channel "email", and for any other channel
// that of a mobile phone. It is a pure function of both arguments: whoever asks
// again sees the same mask again, as with a real contact. The seed must be a keyed
// hash of what was asked (creditor, document and contract) under a secret key, so
// that nobody outside can compute the decoy and so tell it from a real mask.
func Decoy(seed [32]byte, channel string) string {
	if channel == "email" {
		return Email(decoyLocal(draws(seed, "email")) + "@-")
	}
	d := draws(seed, "phone")
	digits := []byte("+55" + decoyArea(d.next()) + "900000000")
	for i := len(digits) - 4; i < len(digits); i++ {
		digits[i] = '0' + byte(d.next()%10)
	}
	return Phone(string(digits))
}

func decoyLocal(d *drawing) string {
	first := firstLetters[d.next()%uint64(len(firstLetters))]
	last := lastLetters[d.next()%uint64(len(lastLetters))]
	if d.next()%256 < shortLocals {
		return string(first)
	}
	return string(first) + "--" + string(last)
}

// decoyArea draws among all 67 area codes in use.
func decoyArea(n uint64) string {
	var weighted []string
	for _, group := range decoyAreas {
		for _, code := range strings.Fields(group.codes) {
			for range group.weight {
				weighted = append(weighted, code)
			}
		}
	}
	return weighted[n%uint64(len(weighted))]
}

// drawing hands out independent numbers derived from a seed.
type drawing struct {
	seed  [32]byte
	count uint64
}

func draws(seed [32]byte, purpose string) *drawing {
	return &drawing{seed: sha256.Sum256(append(seed[:], purpose...))}
}

func (d *drawing) next() uint64 {
	d.count++
	block := sha256.Sum256(binary.BigEndian.AppendUint64(d.seed[:], d.count))
	return binary.BigEndian.Uint64(block[:])
}
