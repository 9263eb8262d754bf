package versions

import (
	"time"

	"github.com/switchyard/switchyard/runtime/bundle"
)

// Serving is what a server serves of a channel. It never changes: whoever holds
// it goes on with it while the server has moved to another.
type Serving struct {
	Version
	// Taken is when the server began to serve it, by the server's clock.
	Taken time.Time
	// Compiled is nil when the channel was taken off.
	Compiled *bundle.Compiled
}

// Contents counts the definitions of a package.
type Contents struct {
	AudienceLevels    int
	Macros            int
	OfferAttributes   int
	Campaigns         int
	LearningModels    int
	HistoryMappings   int
	Segments          int
	Offers            int
	Zones             int
	InteractionPoints int
	Events            int
	EventPatterns     int
	Flowcharts        int
	Strategies        int
	Rules             int // of all strategies
}

// Contents counts what is served.
func (s *Serving) Contents() Contents {
	if s.Compiled == nil {
		return Contents{}
	}
	c := &s.Compiled.Package.Content
	counted := Contents{
		AudienceLevels:    len(c.AudienceLevels),
		Macros:            len(c.Macros),
		OfferAttributes:   len(c.OfferAttributes),
		Campaigns:         len(c.Campaigns),
		LearningModels:    len(c.LearningModels),
		HistoryMappings:   len(c.HistoryMappings),
		Segments:          len(c.Segments),
		Offers:            len(c.Offers),
		Zones:             len(c.Zones),
		InteractionPoints: len(c.InteractionPoints),
		Events:            len(c.Events),
		EventPatterns:     len(c.EventPatterns),
		Flowcharts:        len(c.Flowcharts),
		Strategies:        len(c.Strategies),
	}
	for _, strategy := range c.Strategies {
		counted.Rules += len(strategy.Rules)
	}
	return counted
}

// Channel is the state of one channel at a server.
type Channel struct {
	Name string
	// Serving is nil while nothing was taken yet.
	Serving *Serving
	// Problem is why the server cannot take the group's active version.
	Problem string
}
