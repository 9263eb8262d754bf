package demo

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"unicode/utf8"
)

// Bounds of a file of interactions.
const (
	maxRows       = 1_000_000
	maxFieldBytes = 64 << 10
)

// BrokenRow is a row that could not be used; the rest of the file goes on.
type BrokenRow struct {
	Line   int
	Reason string
}

// LoadWork reads interactions from a CSV file with a header. It stops after
// count rows of work; 0 means all. Broken rows are returned beside the work, by
// line.
func LoadWork(name string, mapping *Mapping, count int) ([]Work, []BrokenRow, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, nil, fmt.Errorf("open interactions: %w", err)
	}
	defer func() { _ = file.Close() }()
	work, broken, err := readWork(file, mapping, count)
	if err == nil && len(work) == 0 {
		err = noneOf(broken)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("interactions %s: %w", name, err)
	}
	return work, broken, nil
}

// noneOf says why there is no work.
func noneOf(broken []BrokenRow) error {
	if len(broken) == 0 {
		return errors.New("there are no rows after the header")
	}
	return fmt.Errorf("none of %d rows can be used; line %d: %s", len(broken), broken[0].Line, broken[0].Reason)
}

func readWork(r io.Reader, mapping *Mapping, count int) ([]Work, []BrokenRow, error) {
	reader := newRecords(r)
	header, err := readHeader(reader, mapping)
	if err != nil {
		return nil, nil, err
	}
	var work []Work
	var broken []BrokenRow
	lines := map[externalID]int{}
	for number := 1; number <= maxRows && (count == 0 || len(work) < count); number++ {
		record, line, err := reader.next()
		if errors.Is(err, io.EOF) {
			return work, broken, nil
		}
		if err != nil && !errors.As(err, &brokenRecord{}) {
			return nil, nil, err
		}
		var item Work
		if err == nil {
			item, err = parseRow(mapping, header, number, record)
		}
		if err == nil {
			err = once(lines, item, line)
		}
		if err != nil {
			broken = append(broken, BrokenRow{Line: line, Reason: err.Error()})
			continue
		}
		work = append(work, item)
	}
	return work, broken, nil
}

// externalID is what a server knows an interaction by that is handed in.
type externalID struct{ solution, source, id string }

// once notes the line of a row's external id: with the same one a row would be taken
// for a repetition.
func once(lines map[externalID]int, item Work, line int) error {
	key := externalID{item.Solution, item.Source, item.ExternalID}
	if before, ok := lines[key]; ok {
		return fmt.Errorf("external id %q is that of line %d", item.ExternalID, before)
	}
	lines[key] = line
	return nil
}

func readHeader(reader *records, mapping *Mapping) ([]string, error) {
	header, _, err := reader.next()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty; expected a header line")
	}
	if err != nil {
		return nil, fmt.Errorf("header: %w", err)
	}
	header[0] = strings.TrimPrefix(header[0], "\uFEFF")
	if err := checkHeader(header); err != nil {
		return nil, err
	}
	for _, column := range mapping.Columns() {
		if at := slices.Index(header, column); at >= 0 && slices.Contains(header[at+1:], column) {
			return nil, fmt.Errorf("header: column %q, which the mapping names, is there twice", column)
		}
		if !slices.Contains(header, column) {
			return nil, fmt.Errorf("the mapping names column %q; the file has %s", column, strings.Join(header, ", "))
		}
	}
	return header, nil
}

func checkHeader(header []string) error {
	switch all := strings.Join(header, ""); {
	case !utf8.ValidString(all) || strings.ContainsRune(all, 0):
		return errors.New("header: expected text in UTF-8; this may be UTF-16 or Latin-1")
	case len(header) == 1 && strings.Contains(all, ";"):
		return errors.New("header: expected commas between the columns; there are semicolons")
	case len(header) == 1 && strings.Contains(all, "\t"):
		return errors.New("header: expected commas between the columns; there are tabs")
	}
	return nil
}

// parseRow makes work of one record.
func parseRow(mapping *Mapping, header []string, number int, record []string) (Work, error) {
	if len(record) != len(header) {
		return Work{}, fmt.Errorf("%d fields; the header has %d", len(record), len(header))
	}
	row := make(map[string]string, len(header))
	for i, value := range record {
		if len(value) > maxFieldBytes {
			return Work{}, fmt.Errorf("field %q is longer than %d KiB", header[i], maxFieldBytes>>10)
		}
		if !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
			return Work{}, fmt.Errorf("field %q is not valid UTF-8 text", header[i])
		}
		row[header[i]] = value
	}
	return mapping.apply(number, row)
}

// The example tenant's own interactions, within its folder.
const (
	exampleInteractions = "interactions.csv"
	exampleMapping      = "interactions-mapping.yaml"
)

// LoadExample reads the small set that lies in a tenant's folder. When count is
// more than it has, the set is repeated under other external ids; 0 means once.
func LoadExample(files fs.FS, folder string, count int) ([]Work, []BrokenRow, error) {
	rules, err := fs.ReadFile(files, path.Join(folder, exampleMapping))
	if err != nil {
		return nil, nil, fmt.Errorf("read the example's mapping: %w", err)
	}
	mapping, err := parseMapping(rules)
	if err != nil {
		return nil, nil, fmt.Errorf("the example's mapping: %w", err)
	}
	rows, err := fs.ReadFile(files, path.Join(folder, exampleInteractions))
	if err != nil {
		return nil, nil, fmt.Errorf("read the example's interactions: %w", err)
	}
	set, broken, err := readWork(bytes.NewReader(rows), mapping, 0)
	if err != nil || len(set) == 0 {
		return nil, nil, fmt.Errorf("the example's interactions, %d rows: %w", len(set), err)
	}
	return repeat(set, count), broken, nil
}

func repeat(set []Work, count int) []Work {
	if count == 0 {
		count = len(set)
	}
	work := make([]Work, 0, count)
	for i := range count {
		item := set[i%len(set)]
		if round := i / len(set); round > 0 {
			item.ExternalID = fmt.Sprintf("%s-%d", item.ExternalID, round+1)
		}
		work = append(work, item)
	}
	return work
}
