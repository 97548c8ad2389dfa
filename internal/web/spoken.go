package web

import (
	"strconv"
	"strings"
)

// A saying is a piece of a message: our words, or those of a device, which are never
// rephrased and stand on a ground of their own.
type saying struct {
	Text  string
	Quote bool
}

// spoken takes a message apart: messages put the words of a device in quotation marks, as
// strconv.Quote does.
func spoken(message string) (out []saying) {
	for message != "" {
		start := strings.IndexByte(message, '"')
		quoted, err := "", error(nil)
		if start >= 0 {
			quoted, err = strconv.QuotedPrefix(message[start:])
		}
		if start < 0 || err != nil {
			return append(out, saying{Text: message})
		}
		words, err := strconv.Unquote(quoted)
		if err != nil || words == "" {
			words = quoted
		}
		if start > 0 {
			out = append(out, saying{Text: message[:start]})
		}
		out = append(out, saying{Text: words, Quote: true})
		message = message[start+len(quoted):]
	}
	return out
}

// machineWords is a message that nobody of ours wrote, such as an error of the network.
func machineWords(text string) []saying {
	if text == "" {
		return nil
	}
	return []saying{{Text: text, Quote: true}}
}
