package demo

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"strings"
)

// maxRecord bounds what is read in search of a quote's end, in bytes.
const maxRecord = 1 << 20

// brokenRecord is what is wrong with a record; the next one can be read.
type brokenRecord struct{ error }

// errOpenQuote is that of a record whose quote is not closed.
var errOpenQuote = brokenRecord{errors.New(`a quote (") is not closed`)}

// records reads the records of a CSV file. Unlike csv.Reader it loses one line at
// most to a quote that is out of place: the next record begins on the next line,
// not where that quote happens to end.
type records struct {
	source *bufio.Reader
	again  []string // lines that are to be read once more
	line   int      // the number of the last line that was read
}

func newRecords(r io.Reader) *records { return &records{source: bufio.NewReader(r)} }

// next returns a record and the line on which it begins; io.EOF at the end. The
// error is a brokenRecord, or that of the source.
func (r *records) next() (record []string, line int, err error) {
	first, err := r.readLine()
	for err == nil && strings.Trim(first, "\r\n") == "" {
		first, err = r.readLine()
	}
	if err != nil {
		return nil, r.line, err
	}
	line = r.line
	rest, err := r.quoted(first)
	if err == nil {
		record, err = csvRecord(first + strings.Join(rest, ""))
	}
	if err != nil {
		r.again = append(rest, r.again...)
		r.line = line
	}
	return record, line, err
}

// quoted returns the lines that a quote which is open at the end of the first one
// reaches over.
func (r *records) quoted(first string) (rest []string, err error) {
	size := len(first)
	for open := isOdd(first); open; {
		next, err := r.readLine()
		if errors.Is(err, io.EOF) {
			return rest, errOpenQuote
		}
		if err != nil {
			return rest, err
		}
		rest = append(rest, next)
		if size += len(next); size > maxRecord {
			return rest, errOpenQuote
		}
		open = open != isOdd(next)
	}
	return rest, nil
}

// isOdd reports whether the quotes of a line open or close a field that reaches
// over several lines: escaped ones count twice.
func isOdd(line string) bool { return strings.Count(line, `"`)%2 == 1 }

func csvRecord(text string) ([]string, error) {
	record, err := csv.NewReader(strings.NewReader(text)).Read()
	var broken *csv.ParseError
	if errors.As(err, &broken) {
		return nil, brokenRecord{broken.Err}
	}
	return record, err
}

// readLine returns a line with its end.
func (r *records) readLine() (string, error) {
	if len(r.again) > 0 {
		line := r.again[0]
		r.again = r.again[1:]
		r.line++
		return line, nil
	}
	line, err := r.source.ReadString('\n')
	if line == "" {
		return "", err
	}
	r.line++
	return line, nil
}
