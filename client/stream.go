package client

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"iter"
	"strings"
)

// StreamEvent is one event of a stream (text/event-stream).
type StreamEvent struct {
	ID   string // of the last event that had one: where to go on from, as Last-Event-ID
	Type string // "message" where the stream says none
	Data []byte
}

// maxStreamLine bounds a line of a stream, in octets.
const maxStreamLine = 1 << 20

// ReadStream gives the events of a stream until it ends, which is an error only
// where it broke off. Comments, which keep a connection alive, are passed over.
func ReadStream(r io.Reader) iter.Seq2[StreamEvent, error] {
	return func(yield func(StreamEvent, error) bool) {
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, maxStreamLine)
		e := StreamEvent{Type: "message"}
		var data [][]byte
		for lines.Scan() {
			line := bytes.TrimSuffix(lines.Bytes(), []byte("\r"))
			if len(line) == 0 {
				if data != nil {
					e.Data = bytes.Join(data, []byte("\n"))
					if !yield(e, nil) {
						return
					}
				}
				e, data = StreamEvent{ID: e.ID, Type: "message"}, nil
				continue
			}
			field, value, _ := strings.Cut(string(line), ":")
			value = strings.TrimPrefix(value, " ")
			switch field {
			case "id":
				e.ID = value
			case "event":
				e.Type = value
			case "data":
				data = append(data, []byte(value))
			}
		}
		if err := lines.Err(); err != nil {
			yield(StreamEvent{}, fmt.Errorf("the stream broke off: %w", err))
		}
	}
}
