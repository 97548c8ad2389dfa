package lab

import (
	"cmp"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/netmirror/netmirror/internal/lab/fabric"
)

// ControlHandler is the control API: what the Go methods of Switch do, for
// people and programs outside the process. It has no authentication: listen
// on loopback only.
//
//	GET  /switches                        names, addresses, host keys of those with a
//	                                      command line, addresses of agents
//	GET  /authority                       the certificate that signed those of gNMI servers, PEM
//	GET  /switches/{name}/stats           Stats
//	GET  /switches/{name}/counters        counters of all ports, as the command line shows them
//	PUT  /switches/{name}/counters        ?port=: body: Sums, what the columns are to be
//	POST /switches/{name}/counters/clear  ?port=: as "clear counters"
//	POST /switches/{name}/counters/reset  ?port=&told=true: from zero; told: the agent says so
//	POST /switches/{name}/means           the mean rates become those of this moment
//	GET  /switches/{name}/interfaces      the ports as a management agent counts them
//	POST /switches/{name}/renumber        each port gets the number of the next one
//	PUT  /switches/{name}/traffic         ?port=&direction=in|out: body: a list of generators
//	                                      without at and direction, which replaces them
//	GET  /switches/{name}/running-config  text; also startup-config
//	GET  /switches/{name}/faults          Faults; PUT replaces them
//	GET  /switches/{name}/timing          Timing; PUT replaces it
//	POST /switches/{name}/exec            body: lines typed on the console, by which
//	                                      a test plays people and other controllers
//	POST /switches/{name}/netconf/lock    ?datastore=candidate: a further session locks it;
//	                                      DELETE gives it back
//	POST /switches/{name}/reload          restart
//	POST /switches/{name}/drop            cut all connections
func (l *Lab) ControlHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /switches", func(w http.ResponseWriter, _ *http.Request) {
		type entry struct {
			Name    string `json:"name"`
			Address string `json:"address,omitempty"`
			HostKey string `json:"hostKey,omitempty"`
			SNMP    string `json:"snmp,omitempty"`
			GNMI    string `json:"gnmi,omitempty"`
			NETCONF string `json:"netconf,omitempty"`
		}
		list := []entry{}
		for _, sw := range l.switches {
			list = append(list, entry{sw.Name(), sw.Addr(), sw.HostKey(), sw.SNMPAddr(), sw.GNMIAddr(), sw.NETCONFAddr()})
		}
		writeJSON(w, list)
	})
	mux.HandleFunc("GET /authority", func(w http.ResponseWriter, _ *http.Request) {
		pem, err := l.Authority()
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		writeText(w, string(pem))
	})
	on := func(pattern string, h func(*Switch, http.ResponseWriter, *http.Request)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			sw := l.Switch(r.PathValue("name"))
			if sw == nil {
				http.Error(w, "no such switch", http.StatusNotFound)
				return
			}
			h(sw, w, r)
		})
	}
	on("GET /switches/{name}/stats", func(sw *Switch, w http.ResponseWriter, _ *http.Request) { writeJSON(w, sw.Stats()) })
	controlCounters(on)
	on("GET /switches/{name}/running-config", func(sw *Switch, w http.ResponseWriter, _ *http.Request) { writeText(w, sw.RunningConfig()) })
	on("GET /switches/{name}/startup-config", func(sw *Switch, w http.ResponseWriter, _ *http.Request) { writeText(w, sw.StartupConfig()) })
	on("GET /switches/{name}/faults", func(sw *Switch, w http.ResponseWriter, _ *http.Request) { writeJSON(w, sw.Faults()) })
	on("GET /switches/{name}/timing", func(sw *Switch, w http.ResponseWriter, _ *http.Request) { writeJSON(w, sw.Timing()) })
	on("PUT /switches/{name}/faults", func(sw *Switch, w http.ResponseWriter, r *http.Request) {
		var f Faults
		if !readJSON(w, r, &f) {
			return
		}
		if err := sw.SetFaults(f); err != nil {
			http.Error(w, err.Error(), http.StatusUnprocessableEntity)
			return
		}
		writeJSON(w, sw.Faults())
	})
	on("PUT /switches/{name}/timing", func(sw *Switch, w http.ResponseWriter, r *http.Request) {
		var t Timing
		if !readJSON(w, r, &t) {
			return
		}
		sw.SetTiming(t)
		writeJSON(w, sw.Timing())
	})
	on("POST /switches/{name}/exec", func(sw *Switch, w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxControlBody))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if sw.speaker == nil {
			http.Error(w, sw.Exec(), http.StatusUnprocessableEntity)
			return
		}
		writeText(w, sw.Exec(strings.Split(strings.TrimRight(string(body), "\n"), "\n")...)+"\n")
	})
	on("POST /switches/{name}/netconf/lock", func(sw *Switch, w http.ResponseWriter, r *http.Request) {
		done(w, sw.HoldLock(cmp.Or(r.URL.Query().Get("datastore"), "candidate")))
	})
	on("DELETE /switches/{name}/netconf/lock", func(sw *Switch, w http.ResponseWriter, _ *http.Request) {
		sw.ReleaseLock()
		w.WriteHeader(http.StatusNoContent)
	})
	on("POST /switches/{name}/reload", func(sw *Switch, w http.ResponseWriter, _ *http.Request) {
		sw.Reload()
		w.WriteHeader(http.StatusNoContent)
	})
	on("POST /switches/{name}/drop", func(sw *Switch, w http.ResponseWriter, _ *http.Request) {
		sw.DropConnections()
		w.WriteHeader(http.StatusNoContent)
	})
	return mux
}

// controlCounters is what the control API does with traffic and counters. Without a
// port it is done to all.
func controlCounters(on func(pattern string, h func(*Switch, http.ResponseWriter, *http.Request))) {
	on("GET /switches/{name}/counters", func(sw *Switch, w http.ResponseWriter, _ *http.Request) { writeJSON(w, sw.Counters()) })
	on("GET /switches/{name}/interfaces", func(sw *Switch, w http.ResponseWriter, _ *http.Request) {
		list, _ := sw.Interfaces()
		writeJSON(w, list)
	})
	on("PUT /switches/{name}/counters", func(sw *Switch, w http.ResponseWriter, r *http.Request) {
		var to fabric.Sums
		if readJSON(w, r, &to) {
			done(w, sw.PutCounters(r.URL.Query().Get("port"), to))
		}
	})
	on("POST /switches/{name}/counters/clear", func(sw *Switch, w http.ResponseWriter, r *http.Request) {
		done(w, sw.ClearCounters(r.URL.Query().Get("port")))
	})
	on("POST /switches/{name}/counters/reset", func(sw *Switch, w http.ResponseWriter, r *http.Request) {
		done(w, sw.ResetCounters(r.URL.Query().Get("port"), r.URL.Query().Get("told") == "true"))
	})
	on("PUT /switches/{name}/traffic", func(sw *Switch, w http.ResponseWriter, r *http.Request) {
		var ts []TrafficSpec
		if readJSON(w, r, &ts) {
			done(w, sw.SetTraffic(r.URL.Query().Get("port"), r.URL.Query().Get("direction"), ts...))
		}
	})
	on("POST /switches/{name}/means", func(sw *Switch, w http.ResponseWriter, _ *http.Request) {
		sw.SteadyMeans()
		done(w, nil)
	})
	on("POST /switches/{name}/renumber", func(sw *Switch, w http.ResponseWriter, _ *http.Request) {
		sw.Renumber()
		done(w, nil)
	})
}

// done answers what has no content.
func done(w http.ResponseWriter, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

const maxControlBody = 1 << 20

func readJSON(w http.ResponseWriter, r *http.Request, v any) bool {
	dec := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxControlBody))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return false
	}
	return true
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(v)
}

func writeText(w http.ResponseWriter, s string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Write([]byte(s))
}
