package api

import (
	_ "embed"
	"encoding/json"
	"net/http"
	"strconv"
	"sync"

	"github.com/danielgtaylor/huma/v2"
)

// examplesFile is what a test asked a controller with a simulated switch, and what was
// answered (TestExamples, which writes it anew with -update).
//
//go:embed examples.json
var examplesFile []byte

// An exchange is a request and its answer. Times, ids, addresses and the like are
// replaced by others of the same shape, so that it is the same every time.
type exchange struct {
	Operation string          `json:"operation"`
	Name      string          `json:"name"`    // of the example, once in an operation
	Request   string          `json:"request"` // method and path
	Media     string          `json:"media,omitempty"`
	Body      json.RawMessage `json:"body,omitempty"`
	Status    int             `json:"status"`
	Answer    json.RawMessage `json:"answer,omitempty"` // JSON, or a text
	Type      string          `json:"type,omitempty"`   // media type of the answer
}

// exchanges are those of the file by operation.
var exchanges = sync.OnceValue(func() map[string][]exchange {
	var list []exchange
	if err := json.Unmarshal(examplesFile, &list); err != nil {
		panic("api: examples.json: " + err.Error()) // it is a part of the program
	}
	out := map[string][]exchange{}
	for _, x := range list {
		out[x.Operation] = append(out[x.Operation], x)
	}
	return out
})

// addExamples shows in the document what was asked and answered.
func (s *server) addExamples() {
	for _, item := range s.api.OpenAPI().Paths {
		for _, op := range operationsOf(item) {
			for _, x := range exchanges()[op.OperationID] {
				x.show(op)
			}
		}
	}
}

func operationsOf(item *huma.PathItem) (out []*huma.Operation) {
	for _, op := range []*huma.Operation{item.Get, item.Put, item.Patch, item.Post, item.Delete} {
		if op != nil {
			out = append(out, op)
		}
	}
	return out
}

// show adds an exchange to its operation, where the document has that answer.
func (x exchange) show(op *huma.Operation) {
	if x.Body != nil && op.RequestBody != nil {
		addExample(op.RequestBody.Content[x.Media], x.Name, x.Request, x.Body)
	}
	if r := op.Responses[strconv.Itoa(x.Status)]; r != nil && x.Answer != nil {
		addExample(r.Content[x.Type], x.Name, x.Request+": "+http.StatusText(x.Status), x.Answer)
	}
}

func addExample(m *huma.MediaType, name, summary string, value json.RawMessage) {
	if m == nil {
		return
	}
	if m.Examples == nil {
		m.Examples = map[string]*huma.Example{}
	}
	m.Examples[name] = &huma.Example{Summary: summary, Value: value}
}
