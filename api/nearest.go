package api

import (
	"context"
	"strings"

	"github.com/netmirror/netmirror/internal/mirror"
)

func (n NameParam) named() string { return n.Name }

// nearby adds to a problem about a name that is none those that may have been meant.
func (s *server) nearby(ctx context.Context, e endpoint, in any, p *Problem) *Problem {
	kind := map[string]string{"sessions": mirror.ObjectSession, "devices": mirror.ObjectDevice, "tools": mirror.ObjectTool, "filters": mirror.ObjectFilter}[e.tag]
	of, ok := in.(interface{ named() string })
	if p.Code != codeNotFound || kind == "" || !ok || strings.ReplaceAll(p.Detail, `"`, "") != kind+" "+of.named() {
		return p
	}
	near, err := s.engine.Nearest(ctx, kind, of.named())
	if err != nil { // the answer is right without
		requestOf(ctx).log.WarnContext(ctx, "names like one that is none", "req", requestOf(ctx).id, "err", err)
	}
	switch len(near) {
	case 0:
	case 1:
		p.Detail += "; the nearest is " + near[0]
	default:
		p.Detail += "; the nearest are " + strings.Join(near, ", ")
	}
	return p
}
