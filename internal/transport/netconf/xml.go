package netconf

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

// errDTD: RFC 6241 section 3.1 allows none.
var errDTD = errors.New("it has a document type declaration")

// decoder reads XML as the protocol allows it.
func decoder(text []byte) *xml.Decoder {
	d := xml.NewDecoder(bytes.NewReader(text))
	d.CharsetReader = func(charset string, _ io.Reader) (io.Reader, error) {
		return nil, fmt.Errorf("charset %q is not UTF-8", charset)
	}
	return d
}

// root finds the document's element, past comments and the declaration.
func root(d *xml.Decoder) (xml.StartElement, error) {
	for {
		token, err := d.Token()
		switch x := token.(type) {
		case xml.StartElement:
			return x.Copy(), nil
		case xml.CharData:
			if len(bytes.TrimSpace(x)) > 0 {
				return xml.StartElement{}, fmt.Errorf("text %q before the first element", clip(string(x)))
			}
		case xml.Directive:
			return xml.StartElement{}, errDTD
		}
		if errors.Is(err, io.EOF) {
			return xml.StartElement{}, errors.New("there is no element")
		}
		if err != nil {
			return xml.StartElement{}, err
		}
	}
}

// trailing is nil when nothing but comments and blanks stands behind the element.
func trailing(d *xml.Decoder) error {
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch x := token.(type) {
		case xml.CharData:
			if len(bytes.TrimSpace(x)) > 0 {
				return fmt.Errorf("text %q behind the last element", clip(string(x)))
			}
		case xml.StartElement:
			return fmt.Errorf("a second element <%s>", x.Name.Local)
		case xml.Directive:
			return errDTD
		}
	}
}

// unmarshal is xml.Unmarshal of exactly one element.
func unmarshal(text []byte, into any) (xml.Name, error) {
	d := decoder(text)
	start, err := root(d)
	if err != nil {
		return xml.Name{}, err
	}
	if err := d.DecodeElement(into, &start); err != nil {
		return xml.Name{}, err
	}
	return start.Name, trailing(d)
}

// checkElement is nil for one well-formed element without a declaration.
func checkElement(text string) error {
	d := decoder([]byte(text))
	roots := 0
	for depth := 0; ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) && roots != 1 {
			return fmt.Errorf("it has %d elements", roots)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch x := token.(type) {
		case xml.StartElement:
			if depth == 0 {
				roots++
			}
			depth++
		case xml.EndElement:
			depth--
		case xml.CharData:
			if depth == 0 && len(bytes.TrimSpace(x)) > 0 {
				return fmt.Errorf("text %q outside of an element", clip(string(x)))
			}
		case xml.Directive:
			return errDTD
		case xml.ProcInst:
			return errors.New("it has a processing instruction")
		}
	}
}

// clip shortens a quotation.
func clip(s string) string {
	const most = 200
	s = strings.TrimSpace(s)
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "..."
	}
	return s
}

// Escape writes text for an element, or for the value of an attribute.
func Escape(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a strings.Builder takes everything
	return b.String()
}
