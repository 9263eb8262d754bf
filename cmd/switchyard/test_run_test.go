package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/switchyard/switchyard/client"
)

// finished is a test run of a strategy with one of everything.
var finished = client.TestRun{
	ID: "0190", Solution: "cards", Group: "staging", Strategy: "credit", Level: "individual", State: "succeeded", Server: "cards-1",
	Done: 4, Total: 4, Result: &client.TestRunResult{
		Rows: 4, Profiles: 3, Broken: 1, UnknownColumns: []string{"shoe"},
		BrokenRows: []client.BrokenRow{{Line: 5, Message: "the row has 2 fields, expected 3 as in the header"}},
		Flowcharts: []client.TestedFlowchart{{Name: "life-stage", Runs: 3, Boxes: []client.TestedBox{
			{Name: "start", Visitors: 3, Passed: 3},
			{Name: "stage", Visitors: 3, Passed: 2, Branches: []client.TestedBranch{{Name: "studying", Visitors: 2}, {Name: "retired"}}, Failed: 1, Failure: "when: no such value", FailedKey: "c-3"},
		}}},
		Segments: []client.TestedSegment{
			{Name: "young", Visitors: 2, Samples: []client.TestedProfile{
				{Key: "c-1", Offers: []client.TestedChoice{{Point: "home", Offers: []string{"loan"}}}}, {Key: "c-2"}, {Key: "hidden"},
			}},
			{Name: "old"},
		},
		Outside: []client.TestedProfile{{Key: "c-3"}},
		Points:  []client.TestedPoint{{Name: "home", Decisions: 3, Default: 1}},
		Offers: []client.TestedOffer{
			{Code: "card", Dropped: map[string]int{"outscored": 2, "not-in-segment": 1}, Never: &client.NeverWins{Text: "it was outscored each time, most often by loan"}},
			{Code: "ghost", Never: &client.NeverWins{Certain: true, Text: "no flowchart puts anybody in segment ghosts"}},
			{Code: "loan", Won: 2},
		},
	},
}

const finishedText = `3 profiles of 4 rows, run by server cards-1
columns that audience level individual does not have: shoe
1 rows are broken and were left out:
  line 5: the row has 2 fields, expected 3 as in the header

flowchart life-stage, 3 visitors
BOX    VISITORS  WENT ON  BRANCHES               FAILED
start  3         3        -                      -
stage  3         2        studying 2, retired 0  1, first c-3: when: no such value

SEGMENT    PROFILES  SHARE  FOR EXAMPLE
young      2         66.7%  c-1 (home: loan), c-2
old        0         0.0%   -
(in none)                   c-3

POINT  DECISIONS  WITHOUT AN OFFER
home   3          1

OFFER  WON  DROPPED
card   0    outscored 2, not-in-segment 1
ghost  0    -
loan   2    -

never can win:
  ghost  no flowchart puts anybody in segment ghosts

did not win with these profiles:
  card  it was outscored each time, most often by loan
`

// plane answers as a control plane would.
func plane(t *testing.T, answer func(r *http.Request) any) (flags []string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(answer(r))
	}))
	t.Cleanup(server.Close)
	key := filepath.Join(t.TempDir(), "key")
	require.NoError(t, os.WriteFile(key, []byte("a key\n"), 0o600))
	return []string{"--control-plane", server.URL, "--key-file", key}
}

func written(t *testing.T, text string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "profiles.csv")
	require.NoError(t, os.WriteFile(file, []byte(text), 0o600))
	return file
}

func TestTestRunShowsProgressAndResult(t *testing.T) {
	t.Parallel()
	var asked client.NewTestRun
	states := []client.TestRun{{State: "requested"}, {State: "running"}, {State: "running", Done: 2, Total: 4}, finished}
	flags := plane(t, func(r *http.Request) any {
		if r.Method == http.MethodPost {
			_ = json.NewDecoder(r.Body).Decode(&asked)
			return finished
		}
		next := states[0]
		states = states[min(1, len(states)-1):]
		return next
	})
	var out, problems strings.Builder
	args := append([]string{"test-run", "harborbank/web", "--group", "staging", "--strategy", "credit", "--samples", "2",
		"--profiles", written(t, "id,age\nc-1,2\n")}, flags...)
	require.Zero(t, run(args, &out, &problems), problems.String())
	require.Equal(t, "id,age\nc-1,2\n", asked.Profiles.CSV)
	require.Equal(t, "credit", asked.Strategy)
	require.Equal(t, `test run 0190 on cards/staging
  requested
  running
  running 2 of 4 rows
  succeeded 4 of 4 rows
`+finishedText, out.String())
}

func TestTestRunLeavesNamesOutThatDoNotFit(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("long-", 10)
	var out strings.Builder
	require.NoError(t, showFlowchart(client.TestedFlowchart{Boxes: []client.TestedBox{
		{Name: "stage", Branches: []client.TestedBranch{{Name: long + "a", Visitors: 5}, {Name: long + "b", Visitors: 7}}},
	}}, &out))
	require.Contains(t, out.String(), "5 / 7")
	require.NotContains(t, out.String(), long)
}

func TestTestRunSaysThatThereIsNobody(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, flag, value, want string }{
		{"InTheTable", "--table", "individual", "no profiles of level individual are loaded into cards/staging: load some with 'switchyard profiles load'\n"},
		{"InTheFile", "--profiles", written(t, "id,age\n"), " has a header and no profiles\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			empty := finished
			empty.Result = &client.TestRunResult{}
			flags := plane(t, func(*http.Request) any { return empty })
			var out, problems strings.Builder
			args := append([]string{"test-run", "harborbank/web", "--group", "staging", "--flowchart", "x", tt.flag, tt.value}, flags...)
			require.Equal(t, exitFailed, run(args, &out, &problems))
			require.Contains(t, out.String(), tt.want)
			require.NotContains(t, out.String(), "BOX")
		})
	}
}

func TestTestRunFailsWithTheReason(t *testing.T) {
	t.Parallel()
	failed := client.TestRun{ID: "0190", Solution: "cards", Group: "staging", State: "failed", Reason: "no server of group staging is alive"}
	flags := plane(t, func(*http.Request) any { return failed })
	var out, problems strings.Builder
	args := append([]string{"test-run", "harborbank/web", "--group", "staging", "--flowchart", "x", "--table", "individual"}, flags...)
	require.Equal(t, exitFailed, run(args, &out, &problems))
	require.Contains(t, out.String(), "failed: no server of group staging is alive")
}

func TestTestRunWantsOneOfEach(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"--flowchart", "x"},
		{"--table", "individual"},
		{"--flowchart", "x", "--strategy", "y", "--table", "individual"},
	} {
		var out, problems strings.Builder
		require.Equal(t, exitUsage, run(append([]string{"test-run", "harborbank/web", "--group", "staging"}, args...), &out, &problems), args)
	}
}

func TestProfilesAreLoadedInBatches(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	text.WriteString("id,note\n")
	for range 30_000 {
		text.WriteString("c,\"" + strings.Repeat("x", 40) + "\nsecond line\"\n")
	}
	batches := 0
	flags := plane(t, func(r *http.Request) any {
		require.Equal(t, "/v1/tenants/harborbank/solutions/cards/server-groups/staging/profiles/individual:load", r.URL.Path)
		var batch client.ProfileBatch
		require.NoError(t, json.NewDecoder(r.Body).Decode(&batch))
		require.True(t, strings.HasPrefix(batch.CSV, "id,note\nc,"))
		batches++
		return client.LoadedProfiles{
			Loaded: strings.Count(batch.CSV, "c,") - 1, Broken: 1, BrokenRows: []client.BrokenRow{{Line: 4, Message: "it is broken"}},
			UnknownColumns: []string{"note"},
		}
	})
	var out, problems strings.Builder
	args := append([]string{"profiles", "load", written(t, text.String()), "--group", "harborbank/cards/staging", "--level", "individual"}, flags...)
	require.Equal(t, exitFailed, run(args, &out, &problems), problems.String())
	require.Equal(t, 2, batches)
	require.True(t, strings.HasPrefix(out.String(), "29998 profiles of level individual are loaded into cards/staging\n"+
		"columns that the level does not have: note\n2 rows are broken and were left out:\n  line 4: it is broken\n  line "), out.String())
	require.NotContains(t, out.String(), "line 4: it is broken\n  line 4:")
}
