package definition

import (
	"github.com/switchyard/switchyard/internal/fault"
)

// Check implements Document.
func (d Strategy) Check() []fault.Place {
	c := &checker{}
	c.optional("audienceLevel", d.AudienceLevel)
	if !c.count("rules", len(d.Rules), 0, MaxRules, "rules") {
		return c.places
	}
	once := c.once()
	for i, rule := range d.Rules {
		path := index("rules", i)
		c.name(path+".name", rule.Name)
		once(path+".name", rule.Name)
		c.optional(path+".segment", rule.Segment)
		c.optional(path+".zone", rule.Zone)
		c.name(path+".offer", rule.Offer)
		if rule.Score != nil {
			c.between(path+".score", *rule.Score, 0, 100)
		}
		c.condition(path+".scoreExpression", rule.ScoreExpression)
		c.condition(path+".when", rule.When)
		c.dates(rule.Effective, rule.Expires, path+".effective", path+".expires")
		c.computed(path+".computed", rule.Computed, nameProblem)
	}
	return c.places
}

// boxTypes are all types of boxes.
var boxTypes = []BoxType{BoxInteraction, BoxSelect, BoxDecision, BoxSample, BoxSnapshot, BoxSegment}

// Check implements Document.
func (d Flowchart) Check() []fault.Place {
	c := &checker{}
	c.optional("audienceLevel", d.AudienceLevel)
	if !c.count("boxes", len(d.Boxes), 1, MaxBoxes, "boxes") {
		return c.places
	}
	names, derived := c.once(), c.once()
	for i, box := range d.Boxes {
		path := index("boxes", i)
		c.name(path+".name", box.Name)
		names(path+".name", box.Name)
		c.box(path, box, derived)
	}
	if len(c.places) == 0 {
		c.graph(d.Boxes)
	}
	return c.places
}

// box checks a box by itself.
func (c *checker) box(path string, box Box, derived func(path, name string)) {
	if !oneOf(c, path+".type", box.Type, boxTypes) {
		return
	}
	for _, field := range []struct {
		name string
		set  bool
		of   []BoxType
	}{
		{"next", len(box.Next) > 0, []BoxType{BoxInteraction, BoxSelect, BoxSnapshot, BoxSegment}},
		{"when", box.When != "", []BoxType{BoxSelect}},
		{"derive", len(box.Derive) > 0, []BoxType{BoxSelect}},
		{"branches", len(box.Branches) > 0, []BoxType{BoxDecision, BoxSample}},
		{"otherwise", len(box.Otherwise) > 0, []BoxType{BoxDecision, BoxSample}},
		{"seed", box.Seed != "", []BoxType{BoxSample}},
		{"attributes", len(box.Attributes) > 0, []BoxType{BoxSnapshot}},
		{"segment", box.Segment != "", []BoxType{BoxSegment}},
	} {
		belongs(c, path, field.name, field.set, box.Type, field.of...)
	}
	c.names(path+".next", box.Next, 0, 20, "boxes")
	c.names(path+".otherwise", box.Otherwise, 0, 20, "boxes")
	c.condition(path+".when", box.When)
	c.text(path+".seed", box.Seed, 63)
	c.identifiers(path+".attributes", box.Attributes, 50)
	c.derive(path+".derive", box.Derive, derived)

	switch box.Type {
	case BoxDecision, BoxSample:
		c.branches(path+".branches", box)
	case BoxSegment:
		c.name(path+".segment", box.Segment)
	case BoxSnapshot:
		if len(box.Attributes) == 0 {
			c.problem(path+".attributes", "a snapshot needs at least one attribute")
		}
	case BoxInteraction, BoxSelect:
	}
}

func (c *checker) derive(path string, fields []DerivedField, once func(path, name string)) {
	if !c.count(path, len(fields), 0, 50, "fields") {
		return
	}
	for i, field := range fields {
		at := index(path, i)
		c.why(at+".name", identifierProblem(field.Name))
		once(at+".name", field.Name)
		c.typed(at, field.Type, nil)
		c.expression(at+".expression", field.Expression)
	}
}

func (c *checker) branches(path string, box Box) {
	if !c.count(path, len(box.Branches), 1, 50, "branches") {
		return
	}
	once := c.once()
	shares := 0.0
	for i, b := range box.Branches {
		at := index(path, i)
		c.name(at+".name", b.Name)
		once(at+".name", b.Name)
		c.names(at+".next", b.Next, 0, 20, "boxes")
		belongs(c, at, "when", b.When != "", box.Type, BoxDecision)
		belongs(c, at, "share", b.Share != 0, box.Type, BoxSample)
		if box.Type == BoxDecision {
			c.expression(at+".when", b.When)
		} else {
			c.between(at+".share", b.Share, 0, 100)
			shares += b.Share
		}
	}
	// Shares such as three times 33.33 and a rest add up to 100 but for rounding.
	if shares > 100+1e-9 {
		c.problem(path, "the shares add up to %v, more than 100", shares)
	}
}

// exits are the boxes that a visitor may go on to, with the path of each.
func exits(path string, box Box) (to []string, paths []string) {
	add := func(at string, names []string) {
		for i, name := range names {
			to = append(to, name)
			paths = append(paths, index(at, i))
		}
	}
	add(path+".next", box.Next)
	for i, b := range box.Branches {
		add(index(path+".branches", i)+".next", b.Next)
	}
	add(path+".otherwise", box.Otherwise)
	return to, paths
}

// graph checks how the boxes hang together: one entry, no unknown box, no circle,
// none that cannot be reached.
func (c *checker) graph(boxes []Box) {
	byName := make(map[string]int, len(boxes))
	entry := -1
	for i, box := range boxes {
		byName[box.Name] = i
		if box.Type != BoxInteraction {
			continue
		}
		if entry >= 0 {
			c.problem(index("boxes", i)+".type", "%s is a second box of type interaction, %s is the first", box.Name, boxes[entry].Name)
			return
		}
		entry = i
	}
	if entry < 0 {
		c.problem("boxes", "no box of type interaction: visitors need one to enter by")
		return
	}
	next := make([][]int, len(boxes))
	for i, box := range boxes {
		to, paths := exits(index("boxes", i), box)
		for j, name := range to {
			target, ok := byName[name]
			switch {
			case !ok:
				c.problem(paths[j], "there is no box %s", name)
			case target == entry:
				c.problem(paths[j], "%s is the entry, no box leads to it", name)
			default:
				next[i] = append(next[i], target)
			}
		}
	}
	if len(c.places) > 0 {
		return
	}
	reached := make([]bool, len(boxes))
	if circle := Circle(len(boxes), []int{entry}, func(i int) []int { return next[i] }, reached); circle != nil {
		c.problem(index("boxes", circle[0]), "the boxes form a circle: %s", Trail(circle, func(i int) string { return boxes[i].Name }))
		return
	}
	for i, box := range boxes {
		if !reached[i] {
			c.problem(index("boxes", i), "no way leads from the entry to %s", box.Name)
		}
	}
}
