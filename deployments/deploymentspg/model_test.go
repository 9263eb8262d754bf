package deploymentspg_test

import (
	"errors"
	"flag"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/switchyard/switchyard/deployments"
	"github.com/switchyard/switchyard/design"
	"github.com/switchyard/switchyard/internal/fault"
	"github.com/switchyard/switchyard/runtime/bundle"
	"github.com/switchyard/switchyard/runtime/definition"
	"github.com/switchyard/switchyard/tenants"
)

const strategies = 2

// content is a package as the model knows it: the numbers by which documents
// differ, 0 for a document that is not part of it.
type content struct {
	macro      int
	flowchart  int
	strategies [strategies]int
	retired    [strategies]bool // of the offers of those strategies that are part of it
}

// object is a flowchart or a strategy.
type object struct {
	value int
	mark  design.MarkFor
}

// past is a deployment that was made.
type past struct {
	group   string
	content *content // nil: an undeployment
	moved   bool
}

// model is a channel and its two groups as a design team imagines them.
type model struct {
	team
	macro      int
	flowchart  object
	strategies [strategies]object
	retired    [strategies]bool
	active     map[string]*content
	past       []past // by number - 1
}

// TestModel makes random changes and deployments over the real services on
// PostgreSQL, and compares after each with the model.
//
// Its checks are in many lanes, each a goroutine: what the race detector keeps of a
// goroutine grows with each check, until it takes more time than the check itself.
func TestModel(t *testing.T) {
	t.Parallel()
	const checks, lanes = 200, 40
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue {
		require.NoError(t, f.Value.Set(fmt.Sprint(checks/lanes)))
	}
	p := newPlatform(t)
	for lane := range lanes {
		t.Run(fmt.Sprintf("lane %d", lane), func(t *testing.T) {
			t.Parallel()
			teams := 0
			rapid.Check(t, func(r *rapid.T) {
				teams++
				name := fmt.Sprintf("team-%d-%d", lane, teams)
				m := &model{team: p.newTeam(t.Context(), r, name), macro: 1, flowchart: object{value: 1}, active: map[string]*content{}}
				for i := range m.strategies {
					m.strategies[i].value = 1
				}
				m.basics(r)
				actions := []func(*rapid.T){
					m.edit, m.tryMark, m.tryMark, m.cancelMark, m.editMacro, m.retire, m.tryDeploy, m.tryDeploy, m.tryDeploy, m.redeployStale, m.undeploy, m.rollBack, m.rollBack,
				}
				for range rapid.IntRange(8, 20).Draw(r, "steps") {
					actions[rapid.IntRange(0, len(actions)-1).Draw(r, "action")](r)
					m.check(r)
				}
			})
		})
	}
}

// pick draws a flowchart or a strategy.
func (m *model) pick(r *rapid.T) (o *object, kind definition.Kind, name string, document func(value int) definition.Document) {
	i := rapid.IntRange(-1, strategies-1).Draw(r, "object")
	if i < 0 {
		return &m.flowchart, definition.KindFlowchart, "visitors", func(value int) definition.Document { return flowchart(value) }
	}
	return &m.strategies[i], definition.KindStrategy, strategyNames[i], func(value int) definition.Document { return strategy(i, value) }
}

func value(r *rapid.T) int { return rapid.IntRange(1, 3).Draw(r, "value") }

func (m *model) edit(r *rapid.T) {
	o, _, name, document := m.pick(r)
	to := value(r)
	err := m.put(name, document(to))
	if o.mark != "" && o.value != to {
		requireFault(r, err, fault.Conflict, "locked")
		return
	}
	require.NoError(r, err)
	o.value = to
}

func (m *model) tryMark(r *rapid.T) {
	o, kind, name, _ := m.pick(r)
	what := design.ForDeployment
	if rapid.IntRange(0, 3).Draw(r, "undeployment") == 0 {
		what = design.ForUndeployment
	}
	_, err := m.designs.Mark(m.ctx, ada, m.tenant, of(kind, name), tenants.AnyVersion, what)
	if o.mark != "" && o.mark != what {
		requireFault(r, err, fault.Conflict, "locked")
		return
	}
	require.NoError(r, err)
	o.mark = what
}

func (m *model) cancelMark(r *rapid.T) {
	o, kind, name, _ := m.pick(r)
	m.unmark(r, kind, name)
	o.mark = ""
}

func (m *model) editMacro(r *rapid.T) {
	m.macro = value(r)
	m.mustPut(r, "dear", macro(m.macro))
}

func (m *model) retire(r *rapid.T) {
	i := rapid.IntRange(0, strategies-1).Draw(r, "offer")
	m.retired[i] = !m.retired[i]
	m.mustPut(r, offerName(i), definition.Offer{Retired: m.retired[i]})
}

// next is the content that a deployment of the kind would bring to the group.
func (m *model) next(group string, kind deployments.Kind) (content, error) {
	active := m.active[group]
	marks := m.flowchart.mark == design.ForDeployment
	for _, o := range m.strategies {
		marks = marks || o.mark == design.ForDeployment
	}
	switch {
	case active == nil && kind == deployments.Redeploy:
		return content{}, errors.New("nothing-deployed")
	case active == nil && !marks:
		return content{}, errors.New("nothing-marked")
	case active == nil:
		active = &content{}
	}
	choose := func(o object, last int) int {
		switch {
		case kind == deployments.Redeploy || o.mark == "":
			return last
		case o.mark == design.ForDeployment:
			return o.value
		default:
			return 0
		}
	}
	next := content{macro: m.macro, flowchart: choose(m.flowchart, active.flowchart)}
	for i, o := range m.strategies {
		next.strategies[i] = choose(o, active.strategies[i])
		next.retired[i] = next.strategies[i] > 0 && m.retired[i]
	}
	if m.active[group] != nil && next == *m.active[group] {
		return content{}, errors.New("nothing-to-deploy")
	}
	return next, nil
}

// drawCourse draws how a deployment goes.
func drawCourse(r *rapid.T) (c course, cancelled bool) {
	how := rapid.IntRange(0, 9).Draw(r, "course")
	return course{refuse: how == 1, twice: how > 5}, how == 0
}

// carryOut asks for a deployment that is expected to bring next, or to be refused,
// and plays it.
func (m *model) carryOut(r *rapid.T, input deployments.NewDeployment, next *content, refused error) {
	d, err := m.create(input)
	if refused != nil {
		known, ok := fault.As(err)
		require.True(r, ok, "%v was expected, not %v", refused, err)
		require.Equal(r, refused.Error(), known.Type)
		return
	}
	require.NoError(r, err)
	m.play(r, d, next)
}

func (m *model) play(r *rapid.T, d deployments.Deployment, next *content) {
	course, cancelled := drawCourse(r)
	if cancelled {
		_, err := m.deployments.Cancel(m.ctx, ada, m.tenant, "web", d.Number)
		require.NoError(r, err)
	}
	m.drive(r, d.ID, course)
	state := m.get(r, d.Number).State
	moved := !cancelled && (!course.refuse || d.Kind == deployments.Undeploy)
	m.past = append(m.past, past{group: d.Group.Name, content: next, moved: moved})
	require.EqualValues(r, len(m.past), d.Number)
	switch {
	case cancelled:
		require.Equal(r, deployments.Cancelled, state)
	case !moved:
		require.Equal(r, deployments.Failed, state)
	default:
		require.Equal(r, deployments.Succeeded, state)
		m.active[d.Group.Name] = next
		if d.Kind == deployments.Deploy && d.Group.Name == "production" {
			m.release()
		}
	}
}

func (m *model) release() {
	m.flowchart.mark = ""
	for i := range m.strategies {
		m.strategies[i].mark = ""
	}
}

func group(r *rapid.T) string {
	return rapid.SampledFrom([]string{"production", "staging"}).Draw(r, "group")
}

func (m *model) tryDeploy(r *rapid.T) {
	to := group(r)
	next, refused := m.next(to, deployments.Deploy)
	m.carryOut(r, deployments.NewDeployment{Group: to}, &next, refused)
}

func (m *model) redeployStale(r *rapid.T) {
	again, err := m.deployments.RedeployStale(m.ctx, ada, m.tenant, "again", func(deployments.Stale) bool { return true })
	require.NoError(r, err)
	i := 0
	for _, to := range []string{"production", "staging"} {
		if active := m.active[to]; active == nil || active.macro == m.macro {
			continue
		}
		require.Greater(r, len(again), i)
		require.NoError(r, again[i].Problem)
		require.Equal(r, to, again[i].Group.Name)
		next, refused := m.next(to, deployments.Redeploy)
		require.NoError(r, refused)
		m.play(r, again[i].Deployment, &next)
		i++
	}
	require.Len(r, again, i)
}

func (m *model) undeploy(r *rapid.T) {
	to := group(r)
	var refused error
	if m.active[to] == nil {
		refused = errors.New("nothing-deployed")
	}
	m.carryOut(r, deployments.NewDeployment{Group: to, Kind: deployments.Undeploy, Confirm: "web"}, nil, refused)
}

func (m *model) rollBack(r *rapid.T) {
	if len(m.past) == 0 {
		return
	}
	number := rapid.IntRange(1, len(m.past)).Draw(r, "of")
	of := m.past[number-1]
	input := deployments.NewDeployment{Group: of.group, Kind: deployments.Rollback, Of: int64(number)}
	if !of.moved || of.content == nil {
		m.carryOut(r, input, nil, errors.New("invalid-input"))
		return
	}
	var refused error
	for i, value := range of.content.strategies {
		if value > 0 && m.retired[i] && !of.content.retired[i] {
			refused = errors.New("dead-offers")
		}
	}
	if active := m.active[of.group]; refused == nil && active != nil && *active == *of.content {
		refused = errors.New("nothing-to-deploy")
	}
	m.carryOut(r, input, of.content, refused)
}

// check compares what the groups serve, what is stale and what is marked.
func (m *model) check(r *rapid.T) {
	versions, err := m.deployments.Versions(m.ctx, m.tenant, "web")
	require.NoError(r, err)
	require.Len(r, versions, 2)
	for _, v := range versions {
		require.Empty(r, v.Open)
		want := m.active[v.Group.Name]
		if want == nil {
			require.Empty(r, v.Hash, "group %s", v.Group.Name)
			continue
		}
		pack, err := m.deployments.PackageOf(m.ctx, m.tenant, "web", v.Hash)
		require.NoError(r, err)
		require.Equal(r, *want, contentOf(r, pack), "group %s", v.Group.Name)
		require.Equal(r, want.macro != m.macro, len(v.Stale) > 0, "group %s is stale", v.Group.Name)
	}
	present, err := m.designs.Snapshot(m.ctx, m.tenant, "web")
	require.NoError(r, err)
	require.Contains(r, present.Flowcharts, "visitors")
	require.Equal(r, m.flowchart.mark != "", present.Flowcharts["visitors"].Object.Mark != nil)
	for i, o := range m.strategies {
		require.Contains(r, present.Strategies, strategyNames[i])
		require.Equal(r, o.mark != "", present.Strategies[strategyNames[i]].Object.Mark != nil)
	}
}

// contentOf reads the numbers out of a package.
func contentOf(r *rapid.T, pack *bundle.Package) content {
	var c content
	for n := 1; n <= 3; n++ {
		if pack.Content.Macros["dear"] == macro(n) {
			c.macro = n
		}
		if f, ok := pack.Content.Flowcharts["visitors"]; ok && f.Boxes[1].When == flowchart(n).Boxes[1].When {
			c.flowchart = n
		}
	}
	for i, name := range strategyNames {
		s, ok := pack.Content.Strategies[name]
		if !ok {
			continue
		}
		require.Len(r, s.Rules, 1)
		c.strategies[i] = int(*s.Rules[0].Score)
		c.retired[i] = pack.Content.Offers[offerName(i)].Retired
	}
	return c
}
