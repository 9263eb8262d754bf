package apply

import (
	"fmt"
	"strings"
)

// Problem is one thing that is wrong in the files.
type Problem struct {
	File    string
	Line    int    // 1-based; 0 where there is none
	Path    string // "serverGroups[0].servers[1].account"
	Message string
}

// String is "tenant.yaml:12: members[3]: no account amira".
func (p Problem) String() string {
	var text strings.Builder
	text.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&text, ":%d", p.Line)
	}
	if p.Path != "" {
		fmt.Fprintf(&text, ": %s", p.Path)
	}
	fmt.Fprintf(&text, ": %s", p.Message)
	return text.String()
}

// Problems is the error of files that cannot be applied. Nothing was changed.
type Problems []Problem

const maxShownProblems = 50

// Error has one problem a line.
func (p Problems) Error() string {
	var text strings.Builder
	noun := "problems"
	if len(p) == 1 {
		noun = "problem"
	}
	fmt.Fprintf(&text, "%d %s; nothing was changed", len(p), noun)
	for i, problem := range p {
		if i == maxShownProblems {
			fmt.Fprintf(&text, "\n  … and %d more", len(p)-i)
			break
		}
		text.WriteString("\n  " + problem.String())
	}
	return text.String()
}

// orNil is p as an error, nil when there is no problem.
func (p Problems) orNil() error {
	if len(p) == 0 {
		return nil
	}
	return p
}
