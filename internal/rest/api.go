package rest

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"
	"github.com/valyala/fasthttp"
)

// API is a set of operations over one listener.
type API struct {
	o       Options
	log     *slog.Logger
	app     *fiber.App
	huma    huma.API
	routes  *routes
	metrics *metrics
	rate    *limiter
	guesses *guesses
	holding *holding

	operations []Operation
	documents  []documentRoute

	// streaming ends when the API shuts down, and with it every stream.
	streaming    context.Context
	endStreaming context.CancelFunc

	mu       sync.Mutex
	mounted  bool
	listener net.Listener
	shutdown bool
	drained  chan struct{} // closed once Shutdown is through
}

// The defaults of Options, and what is not for options.
const (
	defaultBodyLimit     = 1 << 20
	defaultBodyValues    = 50_000
	defaultReadTimeout   = 15 * time.Second
	defaultHandleTimeout = 30 * time.Second
	defaultKeepAlive     = 10 * time.Second

	idleTimeout  = 2 * time.Minute
	writeTimeout = 30 * time.Second
	// headLimit bounds the request line and the headers together.
	headLimit = 8 << 10
	// grace is how long requests may go on when the context of Serve ends.
	grace = 10 * time.Second
)

// New returns an API without operations.
func New(o Options) *API {
	if o.Logger == nil {
		panic("rest: no logger")
	}
	if o.BodyLimit == 0 {
		o.BodyLimit = defaultBodyLimit
	}
	if o.BodyValues == 0 {
		o.BodyValues = defaultBodyValues
	}
	if o.ReadTimeout == 0 {
		o.ReadTimeout = defaultReadTimeout
	}
	if o.HandleTimeout == 0 {
		o.HandleTimeout = defaultHandleTimeout
	}
	if o.KeepAlive == 0 {
		o.KeepAlive = defaultKeepAlive
	}
	if o.Connections == 0 {
		o.Connections = mostConnections()
	}
	if o.Holding == 0 {
		o.Holding = mostHeld
	}
	if o.Rate == (Rate{}) {
		o.Rate = DefaultRate
	}
	a := &API{
		o:       o,
		log:     o.Logger,
		routes:  &routes{},
		metrics: newMetrics(o.Registry),
		rate:    newLimiter(o.Rate),
		guesses: newGuesses(),
		drained: make(chan struct{}),
		holding: &holding{most: o.Holding},
	}
	a.streaming, a.endStreaming = context.WithCancel(context.Background())
	a.app = fiber.New(fiber.Config{
		BodyLimit:             o.BodyLimit,
		CaseSensitive:         true,
		DisableStartupMessage: true,
		// Forms of several parts are nothing that an operation takes.
		DisablePreParseMultipartForm: true,
		ErrorHandler:                 a.protocolError,
		IdleTimeout:                  idleTimeout,
		Immutable:                    true, // strings of a request outlive it
		ReadBufferSize:               headLimit,
		ReadTimeout:                  o.ReadTimeout,
		StrictRouting:                true,
		WriteTimeout:                 writeTimeout,
	})
	a.app.Server().CloseOnShutdown = true
	a.app.Use(a.edge)
	a.huma = humafiber.NewV2WithGroup(a.app, a.routes, a.humaConfig())
	return a
}

// Operations are all that were registered, in order.
func (a *API) Operations() []Operation { return slices.Clone(a.operations) }

// mount makes the routes known to Fiber; nothing is registered after it.
func (a *API) mount() {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.mounted {
		return
	}
	a.mounted = true
	a.mountReference()
	a.mountDocuments()
	a.routes.mount(a.app)
	handle := a.app.Handler()
	a.app.Server().Handler = func(c *fasthttp.RequestCtx) {
		if !slices.Contains(fiber.DefaultMethods, string(c.Method())) {
			a.unknownMethod(c)
			return
		}
		handle(c)
	}
}

// Serve answers on the listener until ctx ends or Shutdown is called, and returns
// nil once requests have come to their end. The listener is closed.
func (a *API) Serve(ctx context.Context, listener net.Listener) error {
	a.mount()
	if !a.listen(listener) {
		return listener.Close()
	}
	stop := context.AfterFunc(ctx, func() {
		last, cancel := context.WithTimeout(context.Background(), grace)
		defer cancel()
		if err := a.Shutdown(last); err != nil {
			a.log.Warn("requests cut off at shutdown", "error", err)
		}
	})
	defer stop()
	bounded := &boundedListener{Listener: listener, holding: a.holding, most: a.o.Connections, closed: make(chan struct{})}
	if err := a.app.Listener(bounded); err != nil {
		return fmt.Errorf("serve on %s: %w", listener.Addr(), err)
	}
	<-a.drained
	return nil
}

// listen notes the listener for Shutdown; false if that came first.
func (a *API) listen(listener net.Listener) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.shutdown {
		return false
	}
	a.listener = listener
	return true
}

// Shutdown ends streams, lets requests finish until ctx ends, and closes. A second
// call waits for the first.
func (a *API) Shutdown(ctx context.Context) error {
	a.mu.Lock()
	first := !a.shutdown
	a.shutdown = true
	listener := a.listener
	a.mu.Unlock()
	if !first {
		select {
		case <-a.drained:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	defer close(a.drained)
	a.endStreaming()
	err := a.app.ShutdownWithContext(ctx)
	if listener != nil {
		_ = listener.Close() // Fiber misses one that it is only about to serve
	}
	if err != nil {
		return fmt.Errorf("shut down: %w", err)
	}
	return nil
}
