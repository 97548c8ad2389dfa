package api

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"reflect"
	"strconv"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humachi"
	"github.com/go-chi/chi/v5"

	"github.com/netmirror/netmirror/internal/engine"
	"github.com/netmirror/netmirror/internal/mirror"
)

// Base is the path that all resources of this version begin with.
const Base = "/api/v1"

// Bounds of the server; a zero field of Config takes these.
const (
	DefaultMaxBody        = 1 << 20          // octets of a request body
	DefaultRequestTimeout = 60 * time.Second // of one request, a wait asked for by Prefer added
	DefaultBodyTimeout    = 15 * time.Second // for a request body to arrive
	DefaultMaxInFlight    = 256              // reads served at one time, health apart; as many writes, and as many that wait
	MaxWait               = 60 * time.Second // of "Prefer: wait"
)

// Config is what New needs. Engine is required.
type Config struct {
	Engine  *engine.Engine
	Log     *slog.Logger // nil = slog.Default()
	Version string       // of netmirror, shown in the document and by /healthz
	Metrics http.Handler // answers /metrics once the token is checked, nil = there is none

	// Front, of NewServer alone, is what stands before the API and asks it: the page for
	// people. nil = the API alone.
	Front func(api http.Handler) http.Handler

	// CheckHost refuses requests whose Host header is neither a loopback address
	// nor one of Hosts, on any port. It belongs to a listener on loopback, which
	// a web page could otherwise reach under a name of its own (DNS rebinding).
	CheckHost bool
	Hosts     []string

	MaxBody        int64         // octets
	RequestTimeout time.Duration // without the wait that Prefer asks for
	BodyTimeout    time.Duration
	// RateLimit is how many requests a second one token may make, 0 = any number.
	RateLimit float64

	MaxInFlight int // of reads, of writes, and of requests that wait; each
	MaxStreams  int // of events
	StreamBeat  time.Duration

	// Of connections, for NewServer. WriteTimeout and Linger hold for New too.
	HeaderTimeout, WriteTimeout, IdleTimeout, Linger time.Duration
}

// service is what the handlers use of *engine.Engine. It exists because the
// tests of decoding, conditions and problems need an engine that answers what
// the test says.
type service interface {
	PutDevice(ctx context.Context, w engine.Write, d mirror.Device) (engine.DeviceView, bool, error)
	PlanDevice(ctx context.Context, w engine.Write, d mirror.Device) (engine.EntryPlan, error)
	PlanWebhook(ctx context.Context, w engine.Write, h mirror.Webhook) (engine.EntryPlan, error)
	PlanTrigger(ctx context.Context, w engine.Write, t mirror.Trigger) (engine.EntryPlan, error)
	PlanTool(ctx context.Context, w engine.Write, t mirror.Tool) (engine.EntryPlan, error)
	PlanDelete(ctx context.Context, w engine.Write, kind, name string) (engine.EntryPlan, error)
	DeleteDevice(ctx context.Context, w engine.Write, name string) error
	Device(ctx context.Context, name string) (engine.DeviceView, error)
	SelectDevices(ctx context.Context, sel mirror.Selection, pick engine.DevicePick, p mirror.Page) (views []engine.DeviceView, next string, err error)
	Sync(ctx context.Context, w engine.Write, name string) (engine.DeviceView, error)
	Release(ctx context.Context, w engine.Write, name string) (engine.DeviceView, error)
	CheckDevice(ctx context.Context, w engine.Write, name string) (engine.DeviceCheck, error)
	Observed(ctx context.Context, q engine.ObservedQuery) ([]engine.ObservedSession, error)
	SessionLoad(ctx context.Context, name string, past engine.Span) (engine.LoadView, error)
	ToolLoad(ctx context.Context, name string, past engine.Span) (engine.LoadView, error)
	DeviceLoad(ctx context.Context, name string, past engine.Span) (engine.LoadView, error)
	PutTool(ctx context.Context, w engine.Write, t mirror.Tool) (engine.ToolView, bool, error)
	DeleteTool(ctx context.Context, w engine.Write, name string) error
	Tool(ctx context.Context, name string) (engine.ToolView, error)
	WorstTools(ctx context.Context, s mirror.Selection, p mirror.Page) ([]engine.ToolView, string, error)
	WorstDevices(ctx context.Context, s mirror.Selection, pick engine.DevicePick, p mirror.Page) ([]engine.DeviceView, string, error)
	SelectTools(ctx context.Context, sel mirror.Selection, p mirror.Page) (views []engine.ToolView, next string, err error)
	Loads() []engine.EndView
	PutFilter(ctx context.Context, w engine.Write, f mirror.Filter) (engine.FilterView, bool, error)
	PlanFilter(ctx context.Context, w engine.Write, f mirror.Filter) ([]engine.Planned, error)
	DeleteFilter(ctx context.Context, w engine.Write, name string) error
	Filter(ctx context.Context, name string) (engine.FilterView, error)
	SelectFilters(ctx context.Context, sel mirror.Selection, p mirror.Page) (views []engine.FilterView, next string, err error)
	Submit(ctx context.Context, w engine.Write, s mirror.Session) (engine.SubmitResult, error)
	Plan(ctx context.Context, w engine.Write, s mirror.Session) (engine.Planned, error)
	Ways(ctx context.Context, s mirror.Session, vlans mirror.VLANSet) (engine.Ways, error)
	PlanRemove(ctx context.Context, w engine.Write, name, policy string) (engine.Planned, error)
	PlanRenew(ctx context.Context, w engine.Write, name string, lease *mirror.Lease) (engine.Planned, error)
	PlanAdopt(ctx context.Context, w engine.Write, device, nativeID string, with mirror.Session) (engine.Planned, error)
	PlanRelease(ctx context.Context, name string) (mirror.PlanPart, error)
	MakePlan(ctx context.Context, w engine.Write, m mirror.Manifest) (engine.PlanRecord, error)
	PreviewPlan(ctx context.Context, w engine.Write, m mirror.Manifest) (engine.PlanRecord, error)
	KeepPlan(ctx context.Context, w engine.Write, m mirror.Manifest, fingerprint string) (engine.PlanRecord, error)
	ApplyPlan(ctx context.Context, w engine.Write, id string) (engine.PlanRecord, error)
	PlanOf(ctx context.Context, id string) (engine.PlanRecord, error)
	Plans(ctx context.Context, before string, limit int) (heads []engine.PlanHead, more bool, err error)
	Renew(ctx context.Context, w engine.Write, name string, lease *mirror.Lease) (engine.SubmitResult, error)
	OrderRelief(ctx context.Context, w engine.Write, name string, order engine.ReliefOrder) (engine.SubmitResult, error)
	PlanRelief(ctx context.Context, w engine.Write, name string, order engine.ReliefOrder) (engine.Planned, error)
	Adopt(ctx context.Context, w engine.Write, device, nativeID string, with mirror.Session) (engine.SubmitResult, error)
	Remove(ctx context.Context, w engine.Write, name, policy string) (engine.SubmitResult, error)
	Session(ctx context.Context, name string) (engine.SessionView, error)
	SelectSessions(ctx context.Context, sel mirror.Selection, pick engine.SessionPick, p mirror.Page) (views []engine.SessionView, next string, err error)
	Operation(ctx context.Context, id string) (mirror.Operation, error)
	FindOperations(ctx context.Context, q mirror.OperationQuery) (mirror.OperationPage, error)
	WaitOperation(ctx context.Context, id string, within time.Duration) (mirror.Operation, error)
	FindEvents(ctx context.Context, q mirror.EventQuery) (mirror.EventPage, error)
	LastEvent(ctx context.Context) (int64, error)
	FindCopies(ctx context.Context, q mirror.CopyQuery) (mirror.CopyPage, error)
	EventAdded() <-chan struct{}
	PutWebhook(ctx context.Context, w engine.Write, h mirror.Webhook) (engine.WebhookView, bool, error)
	DeleteWebhook(ctx context.Context, w engine.Write, name string) error
	Webhook(ctx context.Context, name string) (engine.WebhookView, error)
	SelectWebhooks(ctx context.Context, sel mirror.Selection, p mirror.Page) (views []engine.WebhookView, next string, err error)
	TestWebhook(ctx context.Context, w engine.Write, name string) (engine.WebhookTest, error)
	Deliveries(ctx context.Context, name, state string, after int64, limit int) (out []engine.Delivery, next int64, err error)
	Resend(ctx context.Context, w engine.Write, name string, event int64) (int, error)
	PutTrigger(ctx context.Context, w engine.Write, t mirror.Trigger) (engine.TriggerView, bool, error)
	DeleteTrigger(ctx context.Context, w engine.Write, name string) error
	Trigger(ctx context.Context, name string) (engine.TriggerView, error)
	SelectTriggers(ctx context.Context, sel mirror.Selection, p mirror.Page) (views []engine.TriggerView, next string, err error)
	FireTrigger(ctx context.Context, w engine.Write, name string, body []byte, dryRun bool) (engine.FiredAll, error)
	Credentials(ctx context.Context) ([]engine.CredentialsView, error)
	Authenticate(ctx context.Context, bearer string) (engine.Actor, error)
	Ready(ctx context.Context) error
	Totals(ctx context.Context) (engine.Totals, error)
	Problems(ctx context.Context, after string, limit int) (page []engine.Problem, next string, err error)
	ProblemsOf(ctx context.Context, about mirror.Object) ([]engine.Problem, error)
	Holdings(ctx context.Context, session string) ([]engine.Holding, error)
	Nearest(ctx context.Context, kind, name string) ([]string, error)
	ImportFrom(ctx context.Context, w engine.Write, in engine.Imported, dryRun bool) ([]engine.PlanObject, error)
	Controller(ctx context.Context) (engine.ControllerView, error)
	Resume(ctx context.Context, w engine.Write) (engine.ControllerView, error)
}

var _ service = (*engine.Engine)(nil)

type server struct {
	engine   service
	log      *slog.Logger
	version  string
	router   chi.Router
	api      huma.API
	registry huma.Registry
	places   places
	hosts    map[string]bool // nil = any
	rates    *rates

	maxBody                     int64
	requestTimeout, bodyTimeout time.Duration
	writeTimeout, linger        time.Duration
	streamBeat                  time.Duration
	closing                     chan struct{} // closed when the server ends: streams end then
}

// New builds the handler of the whole API. It starts nothing.
func New(c Config) http.Handler { return newServer(c, c.Engine).router }

func newServer(c Config, e service) *server {
	overrideHuma()
	s := &server{
		engine: e, log: c.Log, version: c.Version,
		places:         newPlaces(cmp.Or(c.MaxInFlight, DefaultMaxInFlight), cmp.Or(c.MaxStreams, DefaultMaxStreams)),
		streamBeat:     cmp.Or(c.StreamBeat, DefaultStreamBeat),
		closing:        make(chan struct{}),
		hosts:          allowedHosts(c),
		rates:          newRates(c.RateLimit),
		maxBody:        cmp.Or(c.MaxBody, DefaultMaxBody),
		requestTimeout: cmp.Or(c.RequestTimeout, DefaultRequestTimeout),
		bodyTimeout:    cmp.Or(c.BodyTimeout, DefaultBodyTimeout),
		writeTimeout:   cmp.Or(c.WriteTimeout, DefaultWriteTimeout),
		linger:         cmp.Or(c.Linger, DefaultLinger),
	}
	if s.log == nil {
		s.log = slog.Default()
	}
	s.router = chi.NewRouter()
	s.router.Use(headAsGet, s.bounds, s.identify, s.logRequests, s.recoverPanics, securityHeaders, s.checkHost, s.deadline)
	s.router.NotFound(notFound)
	s.router.MethodNotAllowed(methodNotAllowed(s.router))
	s.api = humachi.New(s.router, s.humaConfig())
	s.registry = s.api.OpenAPI().Components.Schemas
	s.api.UseMiddleware(s.guard)

	s.registerHealth()
	s.registerMetrics(c.Metrics)
	s.registerController()
	s.registerImports()
	s.registerSummary()
	s.registerWhoami()
	s.registerDevices()
	s.registerCredentials()
	s.registerObserved()
	s.registerLoads()
	s.registerHoldings()
	s.registerTools()
	s.registerFilters()
	s.registerSessions()
	s.registerWays()
	s.registerPlans()
	s.registerOperations()
	s.registerEvents()
	s.registerWebhooks()
	s.registerTriggers()
	s.registerCopies()
	s.registerDocs() // last: it renders what was registered
	s.addExamples()
	return s
}

// humaConfig has none of huma's own routes: its documentation pages load
// scripts from elsewhere, and $schema links would be fields that no request
// may hold.
func (s *server) humaConfig() huma.Config {
	format := huma.Format{Marshal: marshal, Unmarshal: noBody}
	c := huma.DefaultConfig("netmirror", cmp.Or(s.version, "unknown"))
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.CreateHooks = nil
	c.Formats = map[string]huma.Format{"application/json": format, "json": format}
	c.RejectUnknownQueryParameters = true
	c.Info.Description = "Configures port mirroring (SPAN, RSPAN, ERSPAN) on switches and keeps it so. " +
		"Enumerations in answers are open: tolerate values you do not know. HEAD is served wherever GET is. " +
		"What is deprecated is marked here and answers with Deprecation, Sunset and Link; it stays for six months at least."
	c.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer": {Type: "http", Scheme: "bearer", Description: "A netmirror token. Access: viewer reads, operator also writes sessions, tools and filters and may sync, check and release devices, admin also writes devices, and has to do with webhooks and credentials, and writes triggers. Access trigger fires one trigger, and does nothing else."},
	}
	return c
}

// An endpoint declares one operation: what huma needs, who may call it, and
// every status that it answers with.
type endpoint struct {
	id, method, path, tag string
	summary, doc          string
	access                mirror.Access // "" = no token needed
	fires                 bool          // a token of the trigger that the path names may, too
	anyToken              bool          // a token of a trigger may, too
	body                  reflect.Type  // of the request, nil = none
	patch                 bool          // the body is a merge patch of that type
	optional              bool          // the body may be left out
	answers               []answer      // the first is the usual one
	problems              []int         // beyond those every endpoint may have
	rawAnswer             string        // media type, when the answer is not JSON of answers[0]
	also                  string        // media type that the answer has, too, where the client asks for that and not for JSON
	rawAlso               []string      // media types that it has where the client asks for them
	deprecated            *deprecation  // nil = it stays
}

// answer is one status of success with the type of its body, nil for none.
type answer struct {
	status int
	body   reflect.Type
	also   reflect.Type // a second possible body, such as the plan of a dry run
}

const metaEndpoint = "endpoint"

// register declares an endpoint and wraps its handler so that every error
// leaves through the one table in errors.go.
func register[I, O any](s *server, e endpoint, handle func(context.Context, *I) (*O, error)) {
	mustShow(reflect.TypeFor[I]())
	op := huma.Operation{
		OperationID: e.id, Method: e.method, Path: e.path, Tags: []string{e.tag},
		Summary: e.summary, Description: e.doc,
		DefaultStatus: e.answers[0].status,
		Metadata:      map[string]any{metaEndpoint: e},
		// Bodies are no business of huma's: guard reads them and decode.go looks at
		// them, with pointers and without echo. A deadline set after the body was
		// read, as huma's would be, is taken by net/http for a client that has
		// gone: it would cut off a request that waits.
		SkipValidateBody: true, MaxBodyBytes: -1, BodyReadTimeout: -1,
		Responses: map[string]*huma.Response{},
	}
	if e.access != "" {
		op.Security = []map[string][]string{{"bearer": {}}}
		op.Description += "\n\nNeeds access " + string(e.access) + "."
	}
	e.deprecated.describe(&op)
	s.describeAnswers(&op, e)
	huma.Register(s.api, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, s.nearby(ctx, e, in, problemOf(ctx, err))
		}
		return out, nil
	})
	s.describeBody(e) // only now: huma reads the body of what has one in the document
	s.copyHeaders(op, e)
}

// mustShow panics when an input embeds a type that is not exported: huma passes
// over such a one in silence, and a precondition would be read by nobody.
func mustShow(input reflect.Type) {
	for i := range input.NumField() {
		if f := input.Field(i); f.Anonymous && !f.IsExported() {
			panic("api: " + input.Name() + " embeds " + f.Name + ", which huma does not see")
		}
	}
}

func (s *server) describeBody(e endpoint) {
	if e.body == nil {
		return
	}
	item := s.api.OpenAPI().Paths[e.path]
	op := map[string]*huma.Operation{http.MethodPut: item.Put, http.MethodPatch: item.Patch, http.MethodPost: item.Post}[e.method]
	schema, content := s.registry.Schema(e.body, true, ""), []string{mediaJSON}
	if e.patch {
		schema, content = patchSchema(s.registry, schema), []string{mediaMergePatch, mediaJSON}
	}
	op.RequestBody = &huma.RequestBody{Required: !e.optional, Content: map[string]*huma.MediaType{}}
	for _, c := range content {
		op.RequestBody.Content[c] = &huma.MediaType{Schema: schema}
	}
}

func (s *server) describeAnswers(op *huma.Operation, e endpoint) {
	for _, a := range e.answers {
		r := &huma.Response{Description: http.StatusText(a.status)}
		switch {
		case e.rawAnswer != "":
			r.Content = map[string]*huma.MediaType{e.rawAnswer: {Schema: &huma.Schema{}}}
			for _, media := range e.rawAlso {
				r.Content[media] = &huma.MediaType{Schema: &huma.Schema{}}
			}
		case a.body != nil:
			schema := s.registry.Schema(a.body, true, "")
			if a.also != nil {
				schema = &huma.Schema{OneOf: []*huma.Schema{schema, s.registry.Schema(a.also, true, "")}}
			}
			r.Content = map[string]*huma.MediaType{mediaJSON: {Schema: schema}}
			if e.also != "" {
				r.Content[e.also] = &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
			}
		}
		op.Responses[strconv.Itoa(a.status)] = r
	}
	problem := s.registry.Schema(reflect.TypeFor[Problem](), true, "")
	for _, status := range e.allProblems() {
		op.Responses[strconv.Itoa(status)] = &huma.Response{
			Description: http.StatusText(status),
			Content:     map[string]*huma.MediaType{mediaProblem: {Schema: problem}},
		}
	}
}

// allProblems lists the statuses of refusal: those of the guard and those the
// endpoint names.
func (e endpoint) allProblems() []int {
	out := append([]int{http.StatusBadRequest, http.StatusMisdirectedRequest, http.StatusInternalServerError, http.StatusGatewayTimeout}, e.problems...)
	if e.access != "" {
		out = append(out, http.StatusUnauthorized, http.StatusForbidden, http.StatusNotAcceptable, http.StatusTooManyRequests, http.StatusServiceUnavailable)
	}
	if e.body != nil {
		out = append(out, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	}
	return out
}

// copyHeaders gives every answer the headers that huma found for the usual one.
func (s *server) copyHeaders(op huma.Operation, e endpoint) {
	usual := op.Responses[strconv.Itoa(e.answers[0].status)].Headers
	for _, a := range e.answers[1:] {
		op.Responses[strconv.Itoa(a.status)].Headers = usual
	}
}

// overrideHuma replaces huma's package-wide makers of errors, the only way the
// library offers: its own echo the rejected value and, for an unknown field,
// the whole body. It also says that our lists are never null.
var overrideHuma = sync.OnceFunc(func() {
	huma.DefaultArrayNullable = false
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
		return problemOfHuma(context.Background(), status, msg, errs)
	}
	huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
		return problemOfHuma(ctx.Context(), status, msg, errs)
	}
})
