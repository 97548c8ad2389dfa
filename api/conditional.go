package api

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/netmirror/netmirror/internal/mirror"
)

// An ETag is the version of what was asked for (a session's generation), quoted.
// It does not change with the status, so it serves If-Match and not caches.
func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// tags is a parsed If-Match.
type tags struct {
	any      bool    // "*"
	versions []int64 // strong tags that could be ours
}

// parseTags reads a list of entity tags (RFC 9110, section 8.8.3). Weak tags and
// tags that we never gave out are legal and match nothing.
func parseTags(header string) (tags, bool) {
	header = strings.TrimSpace(header)
	if header == "*" {
		return tags{any: true}, true
	}
	var out tags
	for {
		weak := strings.HasPrefix(header, "W/")
		header = strings.TrimPrefix(header, "W/")
		if !strings.HasPrefix(header, `"`) {
			return tags{}, false
		}
		opaque, rest, ok := strings.Cut(header[1:], `"`)
		if !ok {
			return tags{}, false
		}
		if n, err := strconv.ParseInt(opaque, 10, 64); err == nil && !weak && n > 0 && strconv.FormatInt(n, 10) == opaque {
			out.versions = append(out.versions, n)
		}
		rest = strings.TrimSpace(rest)
		if rest == "" {
			return out, true
		}
		if !strings.HasPrefix(rest, ",") {
			return tags{}, false
		}
		header = strings.TrimSpace(rest[1:])
	}
}

// Conditions are the preconditions of a write.
type Conditions struct {
	IfMatch     string `header:"If-Match" doc:"write only if the ETag is still one of these (strong comparison), or * for: only if it exists. Otherwise 412."`
	IfNoneMatch string `header:"If-None-Match" doc:"only * is served: write only if there is no such resource yet. Otherwise 412."`
}

// MatchParam is the precondition of a write to what must exist anyway.
type MatchParam struct {
	IfMatch string `header:"If-Match" doc:"write only if the ETag is still one of these (strong comparison), or * for: only if it exists. Otherwise 412."`
}

// mustNotExist is the version that a resource has before it is created.
const mustNotExist = 0

// resolve turns the preconditions into the version that the engine compares
// within its transaction; nil asks for none. current is called only where one
// version is not enough to say it.
func (c Conditions) resolve(current func() (int64, error)) (*int64, error) {
	if c.IfNoneMatch != "" {
		if c.IfMatch != "" {
			return nil, badParameter("header.If-None-Match", "contradicts If-Match")
		}
		if strings.TrimSpace(c.IfNoneMatch) != "*" {
			return nil, badParameter("header.If-None-Match", "only * is served")
		}
		zero := int64(mustNotExist)
		return &zero, nil
	}
	if c.IfMatch == "" {
		return nil, nil
	}
	t, ok := parseTags(c.IfMatch)
	if !ok {
		return nil, badParameter("header.If-Match", `must be * or a list of quoted tags such as "3"`)
	}
	if !t.any && len(t.versions) == 1 {
		return &t.versions[0], nil
	}
	version, err := current()
	switch {
	case isNotFound(err):
		return nil, fmt.Errorf("there is none: %w", mirror.ErrPrecondition)
	case err != nil:
		return nil, err
	case t.matches(version):
		return &version, nil
	}
	return nil, fmt.Errorf("the version is another: %w", mirror.ErrPrecondition)
}

func (t tags) matches(version int64) bool {
	for _, v := range t.versions {
		if v == version {
			return true
		}
	}
	return t.any
}

// resolve is that of Conditions.
func (m MatchParam) resolve(current func() (int64, error)) (*int64, error) {
	return Conditions{IfMatch: m.IfMatch}.resolve(current)
}

// PreferParam documents Prefer; identify has read it, because the request's
// deadline depends on it.
type PreferParam struct {
	Prefer string `header:"Prefer" doc:"wait=N waits up to N seconds (at most 60) for the rollout (RFC 7240)"`
}

// preferredWait reads the wait preference, bounded by MaxWait. Preferences are
// wishes: what is not understood is ignored (RFC 7240, section 2).
func preferredWait(headers []string) time.Duration {
	for p := range strings.SplitSeq(strings.Join(headers, ","), ",") {
		p, _, _ = strings.Cut(p, ";")
		name, value, ok := strings.Cut(p, "=")
		if !ok || !strings.EqualFold(strings.TrimSpace(name), "wait") {
			continue
		}
		n, err := strconv.ParseUint(strings.Trim(strings.TrimSpace(value), `"`), 10, 32)
		if err != nil {
			return 0
		}
		return min(time.Duration(n)*time.Second, MaxWait)
	}
	return 0
}

// preferenceApplied is the answer's header for a wait that was honoured.
func preferenceApplied(wait time.Duration) string {
	if wait <= 0 {
		return ""
	}
	return "wait=" + strconv.Itoa(int(wait/time.Second))
}

const maxAttempts = 4 // of a read-change-write that others disturb

// retryChanged runs a read-change-write again when somebody else wrote in
// between and the client did not ask for a version itself.
func retryChanged[O any](may bool, f func() (O, error)) (O, error) {
	for attempt := 1; ; attempt++ {
		out, err := f()
		if !may || !errors.Is(err, mirror.ErrPrecondition) {
			return out, err
		}
		if attempt == maxAttempts {
			return out, fmt.Errorf("others keep changing it: %w", mirror.ErrConflict)
		}
	}
}
