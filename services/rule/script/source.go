package script

import (
	"bytes"
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.starlark.net/syntax"
)

// What a text may be at most, before the parser sees it.
const (
	mostSource  = 256 << 10
	mostNesting = 64
)

// parse reads the text into a syntax tree.
func parse(file string, source []byte) (*syntax.File, error) {
	if len(source) <= mostSource {
		source = normal(source)
	}
	if err := checkSource(file, source); err != nil {
		return nil, err
	}
	tree, err := options.Parse(file, source, 0)
	var wrong syntax.Error
	if errors.As(err, &wrong) {
		wrong.Pos = startOf(source, wrong)
		return nil, explained(file, wrong)
	}
	if err != nil {
		return nil, explained(file, err)
	}
	return tree, nil
}

// normal is the text without what some editors put before it and at the ends of its lines.
func normal(source []byte) []byte {
	source = bytes.TrimPrefix(source, []byte("\ufeff"))
	return bytes.ReplaceAll(source, []byte("\r\n"), []byte("\n"))
}

// startOf is where the word begins that the parser stumbled over; it names the place behind it.
func startOf(source []byte, wrong syntax.Error) syntax.Position {
	at := wrong.Pos
	behind := strings.HasPrefix(wrong.Msg, "got ") && !strings.HasSuffix(wrong.Msg, "primary expression")
	if !behind && !strings.Contains(wrong.Msg, "not associate") {
		return at
	}
	if at.Col == 1 && at.Line > 1 && strings.HasPrefix(wrong.Msg, "got newline") { // the end of the line before
		at.Line--
		at.Col = int32(len(lineAt(source, at.Line))) + 1
		return at
	}
	before := lineAt(source, at.Line)
	before = before[:max(0, min(int(at.Col)-1, len(before)))]
	for _, kind := range []func(rune) bool{isWordRune, isOperatorRune} {
		if n := len(before) - trailing(before, kind); n > 0 {
			at.Col -= int32(n)
			return at
		}
	}
	at.Col = max(at.Col-1, 1)
	return at
}

func lineAt(source []byte, line int32) []rune {
	lines := bytes.SplitN(source, []byte{'\n'}, int(line)+1)
	return []rune(string(lines[min(int(line), len(lines))-1]))
}

// trailing is the length of the text without the runes of the kind at its end.
func trailing(text []rune, kind func(rune) bool) int {
	n := len(text)
	for n > 0 && kind(text[n-1]) {
		n--
	}
	return n
}

func isWordRune(r rune) bool     { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
func isOperatorRune(r rune) bool { return strings.ContainsRune("<>=!+-*/%|&^~", r) }

// checkSource refuses what no rule needs and a parser may choke on.
func checkSource(file string, source []byte) error {
	if len(source) > mostSource {
		return &Error{File: file, Line: 1, Col: 1, Text: "the file is larger than 256 KiB; put tables into the scheme's parameters"}
	}
	if i := bytes.IndexByte(source, 0); i >= 0 {
		return here(file, source, i, "the file has a NUL character in it; save it as text")
	}
	if i := bytes.IndexByte(source, '\r'); i >= 0 {
		return here(file, source, i, "the file has a carriage return in a line; save it with the ends of lines of Unix or Windows")
	}
	if i := invalidUTF8(source); i >= 0 {
		return here(file, source, i, "the file is not UTF-8 from here; save it as UTF-8")
	}
	if i := tooDeep(source); i >= 0 {
		return here(file, source, i, "more than 64 brackets are open here; give the inner part a name")
	}
	return nil
}

func here(file string, source []byte, at int, text string) *Error {
	before := source[:at]
	line := before[bytes.LastIndexByte(before, '\n')+1:]
	return &Error{File: file, Line: bytes.Count(before, []byte{'\n'}) + 1, Col: utf8.RuneCount(line) + 1, Text: text}
}

// invalidUTF8 is where the text stops being UTF-8; -1 where it is all of it.
func invalidUTF8(source []byte) int {
	for i := 0; i < len(source); {
		r, size := utf8.DecodeRune(source[i:])
		if r == utf8.RuneError && size == 1 {
			return i
		}
		i += size
	}
	return -1
}

// tooDeep is where more brackets are open than may be, outside texts and comments; -1 where that is nowhere.
func tooDeep(source []byte) int {
	open := 0
	for i := 0; i < len(source); i++ {
		switch source[i] {
		case '(', '[', '{':
			open++
		case ')', ']', '}':
			open--
		case '#':
			i += lengthTo(source[i:], '\n')
		case '"', '\'':
			i += quoted(source[i:]) - 1
		}
		if open > mostNesting {
			return i
		}
	}
	return -1
}

func lengthTo(source []byte, end byte) int {
	if n := bytes.IndexByte(source, end); n >= 0 {
		return n
	}
	return len(source)
}

// quoted is the length of the text in quotation marks that begins here, or of its line where it has no end.
func quoted(source []byte) int {
	mark := source[:1]
	if triple := bytes.Repeat(mark, 3); bytes.HasPrefix(source, triple) {
		mark = triple
	}
	for i := len(mark); i < len(source); i++ {
		switch {
		case source[i] == '\\':
			i++
		case bytes.HasPrefix(source[i:], mark):
			return i + len(mark)
		case source[i] == '\n' && len(mark) == 1:
			return i
		}
	}
	return len(source)
}
