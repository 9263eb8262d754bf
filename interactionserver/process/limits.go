package process

import (
	"time"

	"github.com/switchyard/switchyard/internal/duration"
)

// Bounds of a document.
const (
	// MaxDocument is the size of a document in bytes.
	MaxDocument = 1 << 20
	// MaxDepth is how deep mappings and lists may be nested.
	MaxDepth = 20
	// MaxSteps is the number of steps of a document, nested ones included.
	MaxSteps = 500
	// MaxQueues is the number of queues that a document declares.
	MaxQueues = 100
	// MaxTargets is the number of targets of a route step.
	MaxTargets = 50
	// MaxOffers is how many offers one step asks for.
	MaxOffers = 50
	// MaxExpressions is the number of expressions of a document, and
	// MaxExpressionText the bytes of all of them: checking them takes the longest.
	MaxExpressions    = 2000
	MaxExpressionText = 64 << 10
	// MaxProblems is how many problems Parse reports at once.
	MaxProblems = 50
	// maxName is the length in bytes of a name of the runtime.
	maxName = 200
	// maxNodes bounds the scalars, lists and mappings of a document.
	maxNodes = 200_000
)

// Bounds of an interaction's run.
const (
	// MaxExecuted is how many steps one interaction may execute.
	MaxExecuted = 1000
	// MaxValues is the size in bytes, as JSON, of the variables of one
	// interaction, and of one HTTP answer.
	MaxValues = 256 << 10
	// maxReason is the length of a stop reason in characters.
	maxReason = 200
	// maxEndpoint is the length of a URL in bytes.
	maxEndpoint = 2048
	// maxPriority is the highest priority, either sign.
	maxPriority = 1_000_000
)

// Bounds of durations.
const (
	maxDuration = duration.Max

	minWait = time.Millisecond

	minInvite     = 100 * time.Millisecond
	maxInvite     = 24 * time.Hour
	defaultInvite = 30 * time.Second

	minCallTimeout     = 100 * time.Millisecond
	maxCallTimeout     = time.Minute
	defaultCallTimeout = 10 * time.Second

	maxAttempts       = 10
	maxRetryDelay     = time.Minute
	defaultRetryDelay = time.Second
)
