package node

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Health is asked for often at first, ever less often as a start takes longer,
// and once a second when the server is ready.
const (
	probeFirst   = 20 * time.Millisecond
	probeReady   = time.Second
	probeTimeout = 4 * time.Second // the page's own checks take up to two
)

// health is the answer of a server's health page.
type health struct {
	ready    bool
	answered bool   // it answered at all
	problem  string // why it is not ready
}

// probe asks for /readyz below base.
func probe(ctx context.Context, client *http.Client, base string) health {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/readyz", nil)
	if err != nil {
		return health{problem: err.Error()}
	}
	response, err := client.Do(request)
	if err != nil {
		return health{problem: "no answer from its health page"}
	}
	defer response.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(response.Body, 2000))
	if response.StatusCode == http.StatusOK {
		return health{ready: true, answered: true}
	}
	return health{answered: true, problem: fmt.Sprintf("not ready: %s", reason(body, response.Status))}
}

// reason names the checks that fail, or is the page's first line.
func reason(body []byte, status string) string {
	var page struct {
		Checks map[string]string `json:"checks"`
	}
	if json.Unmarshal(body, &page) == nil && len(page.Checks) > 0 {
		var failing []string
		for name, result := range page.Checks {
			if result != "ok" {
				failing = append(failing, name+": "+result)
			}
		}
		slices.Sort(failing)
		return strings.Join(failing, "; ")
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(body)), "\n")
	return strings.ToValidUTF8(cmp.Or(line, status), "")
}

// watch probes until ctx ends and gives each answer to report.
func watch(ctx context.Context, client *http.Client, base string, report func(health)) {
	interval := probeFirst
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		answer := probe(ctx, client, base)
		if ctx.Err() != nil {
			return
		}
		report(answer)
		interval = min(interval+interval/10, probeReady)
		if answer.ready {
			interval = probeReady
		}
		timer.Reset(interval)
	}
}
