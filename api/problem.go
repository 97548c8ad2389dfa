package api

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/netmirror/netmirror/internal/mirror"
)

const (
	mediaJSON       = "application/json"
	mediaMergePatch = "application/merge-patch+json"
	mediaProblem    = "application/problem+json"

	problemType = "urn:netmirror:problem:" // + code
	maxDetail   = 600                      // runes of a detail or message
)

// Problem is an RFC 9457 problem document. It never holds what the client sent.
type Problem struct {
	Type      string   `json:"type" doc:"urn:netmirror:problem: followed by the code"`
	Title     string   `json:"title" doc:"what kind of problem it is; the same for every occurrence of the code"`
	Status    int      `json:"status" doc:"the HTTP status"`
	Code      string   `json:"code" doc:"stable word for programs, such as invalid-request, cannot-be-done, conflict"`
	Detail    string   `json:"detail,omitempty" doc:"this occurrence, for people"`
	RequestID string   `json:"requestId,omitempty" doc:"finds the request in netmirror's log"`
	Errors    []Reason `json:"errors,omitempty" doc:"every reason at once"`

	Forecast  []Forecast      `json:"forecast,omitempty" doc:"of code oversubscribed: what was reckoned for each end of the copies"`
	Objects   []PlannedObject `json:"objects,omitempty" doc:"of a plan that is refused: what would become of each object, and why not"`
	Proposals []Proposal      `json:"proposals,omitempty" doc:"of code oversubscribed: changes of the session that would be accepted, the best first"`
}

// Reason is one reason of a problem.
type Reason struct {
	Pointer   string `json:"pointer,omitempty" doc:"JSON pointer (RFC 6901) into the request body"`
	Parameter string `json:"parameter,omitempty" doc:"path, query or header parameter at fault, such as query.limit"`
	Code      string `json:"code" doc:"stable word for programs"`
	Message   string `json:"message" doc:"one sentence for people"`
	Source    string `json:"source,omitempty" doc:"where a platform's limit is documented"`
}

// Error makes a Problem an error.
func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

// GetStatus tells huma the status.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType tells huma the media type.
func (p *Problem) ContentType(string) string { return mediaProblem }

// newProblem takes title and status from the table in errors.go.
func newProblem(code, detail string, reasons ...Reason) *Problem {
	c := codes[code]
	return &Problem{Type: problemType + code, Title: c.title, Status: c.status, Code: code, Detail: clean(detail), Errors: reasons}
}

// badParameter is a reason against a parameter, such as query.limit.
func badParameter(parameter, message string) *Problem {
	return newProblem(codeInvalid, "a parameter of the request is not valid",
		Reason{Parameter: parameter, Code: "bad-parameter", Message: message})
}

// write sends the problem outside huma's handlers.
func (p *Problem) write(w http.ResponseWriter, r *http.Request) {
	p.RequestID = requestOf(r.Context()).id
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // texts and numbers: a programming mistake
	}
	w.Header().Set("Content-Type", mediaProblem)
	// The client knows where the answer ends, also while its body is thrown away.
	w.Header().Set("Content-Length", strconv.Itoa(len(b)+1))
	w.WriteHeader(p.Status)
	_, _ = w.Write(append(b, '\n')) // the client may be gone; nothing is left to do then
}

// reasonsOf translates the domain's reasons, a bounded number of them.
func reasonsOf(in []mirror.Reason) []Reason {
	in = mirror.CutReasons(in)
	out := make([]Reason, len(in))
	for i, r := range in {
		out[i] = Reason{Pointer: r.Pointer, Code: r.Code, Message: clean(r.Message), Source: clean(r.Source)}
	}
	return out
}

// clean makes a text of ours or of a device fit for an answer: bounded, valid
// and without control bytes.
func clean(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "?"))
	if utf8.RuneCountInString(text) > maxDetail {
		text = string([]rune(text)[:maxDetail]) + " ..."
	}
	return text
}
