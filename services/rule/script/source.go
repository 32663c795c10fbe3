package script

import (
	"bytes"
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
	if err := checkSource(file, source); err != nil {
		return nil, err
	}
	tree, err := options.Parse(file, source, 0)
	if err != nil {
		return nil, explained(file, err)
	}
	return tree, nil
}

// checkSource refuses what no rule needs and a parser may choke on.
func checkSource(file string, source []byte) error {
	if len(source) > mostSource {
		return &Error{File: file, Line: 1, Col: 1, Text: "the file is larger than 256 KiB; put tables into the scheme's parameters"}
	}
	if i := bytes.IndexByte(source, 0); i >= 0 {
		return here(file, source, i, "the file has a NUL character in it; save it as text")
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
