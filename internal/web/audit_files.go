package web

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/netmirror/netmirror/client"
)

// reportPage is how many copies one call of the API is asked for.
const reportPage = 500

func writeCopiesJSON(w http.ResponseWriter, v *visit, opts client.ListCopiesOptions) error {
	w.Header().Set("Content-Type", "application/json")
	opts.Limit, opts.Cursor = reportPage, ""
	out := json.NewEncoder(w)
	comma := []byte("[\n")
	for c, err := range v.cl.AllCopies(v.Context(), opts) {
		if err != nil {
			return err
		}
		if _, err := w.Write(comma); err != nil {
			return err
		}
		if err := out.Encode(c); err != nil {
			return err
		}
		comma = []byte(",")
	}
	if len(comma) == 2 {
		_, err := w.Write([]byte("[]\n"))
		return err
	}
	_, err := w.Write([]byte("]\n"))
	return err
}

// writeCopiesCSV joins the tables of the API; each page begins with the names of columns,
// of which one line is enough.
func writeCopiesCSV(w http.ResponseWriter, v *visit, opts client.ListCopiesOptions) error {
	w.Header().Set("Content-Type", "text/csv; charset=utf-8")
	next := &url.URL{Path: client.Base + "/copies", RawQuery: csvQuery(opts).Encode()}
	for first := true; next != nil; first = false {
		var table []byte
		meta, err := v.cl.Do(v.Context(), client.Request{Method: http.MethodGet, Path: next.Path, Query: next.Query()}, &table)
		if err != nil {
			return err
		}
		if !first {
			if _, rest, ok := bytes.Cut(table, []byte("\n")); ok {
				table = rest
			}
		}
		if _, err := w.Write(table); err != nil {
			return err
		}
		if next = nil; meta.Next != "" {
			if next, err = url.Parse(meta.Next); err != nil {
				return err
			}
		}
	}
	return nil
}

func csvQuery(o client.ListCopiesOptions) url.Values {
	q := url.Values{"format": {"csv"}, "limit": {"500"}}
	for name, value := range map[string]string{"session": o.Session, "device": o.Device, "interface": o.Interface, "actor": o.Actor, "since": rfc3339(o.Since), "until": rfc3339(o.Until)} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}
