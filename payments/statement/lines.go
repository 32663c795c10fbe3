package statement

import (
	"bufio"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
)

const (
	maxLine   = 64 << 10 // bytes; what a line has beyond them is dropped, and the line says so
	maxJoined = 5        // lines that one record may take when a quoted cell holds line breaks
)

// physical is a line as it stands in the file.
type physical struct {
	number int
	text   string
	whole  bool   // it ended with a line break, inside maxLine
	beyond string // digest of what maxLine cut off, so that two cut lines keep their own references
}

// lines takes a file apart at its line breaks and can look ahead.
type lines struct {
	in    *bufio.Reader
	count int
	ahead []physical
	err   error
}

// next gives the next line of the file.
func (l *lines) next() (physical, error) {
	p, err := l.peek(0)
	if err != nil {
		return physical{}, err
	}
	l.skip(1)
	return p, nil
}

// peek gives the line that is i lines ahead, without taking it.
func (l *lines) peek(i int) (physical, error) {
	for len(l.ahead) <= i && l.err == nil {
		var p physical
		if p, l.err = l.scan(); l.err == nil {
			l.ahead = append(l.ahead, p)
		}
	}
	if len(l.ahead) > i {
		return l.ahead[i], nil
	}
	return physical{}, l.err
}

// skip takes n lines that were looked at.
func (l *lines) skip(n int) { l.ahead = append(l.ahead[:0], l.ahead[n:]...) }

// scan reads up to the next line break. What stands before a failure of the disk or network is not delivered as a
// line, because more of it may be missing than can be seen; a file that just ends is another matter.
func (l *lines) scan() (physical, error) {
	text, beyond, err := l.untilBreak()
	if err != nil && !errors.Is(err, io.EOF) {
		return physical{}, fmt.Errorf("read statement line %d: %w", l.count+1, err)
	}
	if err != nil && text == "" {
		return physical{}, io.EOF
	}
	l.count++
	p := physical{number: l.count, whole: err == nil && beyond == "", beyond: beyond}
	p.text = strings.TrimPrefix(strings.TrimRight(text, "\r\n"), "\ufeff")
	return p, nil
}

// untilBreak gives the text of a line with its break, as far as maxLine, and the digest of the rest.
func (l *lines) untilBreak() (text, beyond string, err error) {
	var kept []byte
	var rest hash.Hash
	for {
		chunk, err := l.in.ReadSlice('\n')
		fit := min(len(chunk), maxLine-len(kept))
		kept = append(kept, chunk[:fit]...)
		if fit < len(chunk) {
			rest = cmp.Or(rest, sha256.New())
			rest.Write(chunk[fit:])
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if rest != nil {
			beyond = string(rest.Sum(nil))
		}
		return string(kept), beyond, err
	}
}

// record is one line of the statement taken apart: usually one line of the file, sometimes a few.
type record struct {
	cut
	number int
	whole  bool
	beyond string
}

// record takes the next record, given how many cells the header has.
func (l *lines) record(width int) (record, error) {
	p, err := l.next()
	if err != nil {
		return record{}, err
	}
	alone := record{cut: split(p.text), number: p.number, whole: p.whole, beyond: p.beyond}
	if !alone.open || !p.whole {
		return alone, nil
	}
	if joined, more, ok := l.join(p.text, width); ok {
		l.skip(more)
		alone.cut = joined
	}
	return alone, nil
}

// join tries whether a quote left open is closed a few lines further down. It believes so only if nothing else could
// be meant: no further line is a record of its own, and together they are one record without a single odd quote.
// Otherwise the quote is a stray one and the lines below are none of its business (S2).
func (l *lines) join(text string, width int) (joined cut, more int, ok bool) {
	for more = 1; more < maxJoined; more++ {
		p, err := l.peek(more - 1)
		if err != nil || len(split(p.text).cells) >= width || len(text)+1+len(p.text) > maxLine {
			return cut{}, 0, false
		}
		text += "\n" + p.text
		joined = split(text)
		if joined.strict && len(joined.cells) == width {
			return joined, more, true
		}
		if !joined.open {
			return cut{}, 0, false
		}
	}
	return cut{}, 0, false
}
