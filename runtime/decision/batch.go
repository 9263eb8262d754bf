package decision

import (
	"errors"
	"runtime"
	"sync"

	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/runtime/scope"
)

// batch compiles the expressions of many documents on all cores.
type batch struct {
	documents []*document
	tasks     []*task
}

type document struct {
	level    *scope.Level
	name     definition.Reference
	document definition.Document
	tasks    map[string]*task // by path
	programs scope.Programs
	lenient  bool // what does not compile is left out
}

type task struct {
	level      *scope.Level
	expression definition.Expression
	program    *scope.Program
	err        error
}

func (b *batch) add(l *scope.Level, name definition.Reference, d definition.Document) *document {
	added := &document{level: l, name: name, document: d, tasks: map[string]*task{}}
	for _, e := range definition.Expressions(d) {
		t := &task{level: l, expression: e}
		b.tasks = append(b.tasks, t)
		added.tasks[e.Path] = t
	}
	b.documents = append(b.documents, added)
	return added
}

// compile returns the places of what does not compile.
func (b *batch) compile() []fault.Place {
	queue := make(chan *task)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), len(b.tasks)) {
		workers.Go(func() {
			for t := range queue {
				t.program, t.err = t.level.Compile(t.expression)
			}
		})
	}
	for _, t := range b.tasks {
		queue <- t
	}
	close(queue)
	workers.Wait()

	var places []fault.Place
	for _, d := range b.documents {
		places = append(places, d.collect()...)
	}
	return places
}

// collect takes the programs of a document, or the places where there are none.
func (d *document) collect() []fault.Place {
	d.programs = make(scope.Programs, len(d.tasks))
	var failed error
	for path, t := range d.tasks {
		if d.lenient && t.err != nil {
			continue
		}
		d.programs[path] = t.program
		failed = errors.Join(failed, t.err)
	}
	if failed == nil {
		return nil
	}
	_, places := d.level.CompileDocument(d.document, nil)
	return definition.Below(d.name.String(), places)
}
