package profiles

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// batchSize is how large a batch grows, in bytes; escaped in JSON it is larger.
const batchSize = 1 << 20

// Batches cuts a CSV text of any size into ones that can be loaded, each with the
// header. Rows are not looked into: what is broken is told by who loads them.
type Batches struct {
	lines   *bufio.Reader
	header  string
	height  int // lines of the header
	line    int // that is read next, from 1
	pending string
	at      int // line of what is pending
}

// Batch is a part of the text.
type Batch struct {
	Text   string
	height int
	first  int // line in the whole text of its first row
}

// Line is the line in the whole text of a line in the batch.
func (b Batch) Line(line int) int {
	if line <= b.height {
		return line
	}
	return line - b.height - 1 + b.first
}

// NewBatches reads the header.
func NewBatches(text io.Reader) (*Batches, error) {
	b := &Batches{lines: bufio.NewReaderSize(text, 64<<10), line: 1}
	header, err := b.row()
	if errors.Is(err, io.EOF) {
		return nil, malformed(1, "expected a header with the names of attributes")
	}
	if err != nil {
		return nil, err
	}
	if len(header) > maxRow {
		return nil, malformed(1, "the header has %d bytes, at most %d are allowed", len(header), maxRow)
	}
	b.header, b.height = strings.TrimRight(header, "\r\n")+"\n", b.line-1
	return b, nil
}

// Next returns the next batch; io.EOF at the end.
func (b *Batches) Next() (Batch, error) {
	var text strings.Builder
	text.WriteString(b.header)
	batch := Batch{height: b.height}
	for text.Len() < batchSize {
		row, at := b.pending, b.at
		if b.pending = ""; row == "" {
			var err error
			at = b.line
			if row, err = b.row(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				return Batch{}, err
			}
		}
		if batch.first > 0 && text.Len()+len(row) > batchSize {
			b.pending, b.at = row, at
			break
		}
		if batch.first == 0 {
			batch.first = at
		}
		text.WriteString(row)
	}
	if batch.first == 0 {
		return Batch{}, io.EOF
	}
	batch.Text = text.String()
	return batch, nil
}

// row reads a row with its end: it goes on over lines while a quote is open.
func (b *Batches) row() (string, error) {
	var row strings.Builder
	for quotes := 0; ; {
		part, err := b.lines.ReadSlice('\n')
		row.Write(part)
		quotes += strings.Count(string(part), `"`)
		if row.Len() > batchSize {
			return "", fmt.Errorf("the row that begins before line %d is longer than %d bytes: is a quote missing?", b.line+1, batchSize)
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF):
			if row.Len() == 0 {
				return "", io.EOF
			}
			b.line++
			return row.String(), nil
		case err != nil:
			return "", err
		}
		b.line++
		if quotes%2 == 0 {
			return row.String(), nil
		}
	}
}
