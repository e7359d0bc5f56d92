package deed

import (
	"strings"
	"unicode"
)

// BlockKind is how a part of a contract's text is set.
type BlockKind int

// The kinds of block.
const (
	Heading BlockKind = iota
	Paragraph
	Item
)

// Block is one part of a contract's text. Its text may hold line breaks.
type Block struct {
	Kind BlockKind
	Text string
}

// Blocks parts a contract's text for reading, as the portal does: empty lines part blocks; a line without a small letter is a heading; a
// line that begins with a hyphen is an item, which takes in the indented lines after it.
func Blocks(text string) []Block {
	var out []Block
	open := false
	for line := range strings.SplitSeq(text, "\n") {
		switch last := len(out) - 1; {
		case strings.TrimSpace(line) == "":
			open = false
		case isHeading(line):
			out, open = append(out, Block{Heading, line}), false
		case strings.HasPrefix(line, "- "):
			out, open = append(out, Block{Item, line}), true
		case open && (out[last].Kind == Paragraph || strings.HasPrefix(line, "  ")):
			out[last].Text += joint(out[last].Text, line) + strings.TrimLeft(line, " ")
		default:
			out, open = append(out, Block{Paragraph, strings.TrimLeft(line, " ")}), true
		}
	}
	return out
}

// maxHeading is the longest line that is taken for a heading: a party's name in capitals on a line of its own must stay text.
const maxHeading = 120

// isHeading wants three capitals in a row and no small letter.
func isHeading(line string) bool {
	capitals, found := 0, false
	for _, r := range line {
		switch {
		case unicode.IsLower(r):
			return false
		case unicode.IsUpper(r):
			capitals++
			found = found || capitals == 3
		default:
			capitals = 0
		}
	}
	return found && len([]rune(line)) <= maxHeading
}

// joint is what stands between two lines: a blank where the line break is only the width of the source, which a sentence that goes on
// tells.
func joint(before, line string) string {
	first, last := []rune(strings.TrimLeft(line, " ")), []rune(before)
	if unicode.IsLower(first[0]) && !strings.ContainsRune(".:;", last[len(last)-1]) {
		return " "
	}
	return "\n"
}
