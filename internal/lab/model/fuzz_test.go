package model

import "testing"

func FuzzDecodeJSON(f *testing.F) {
	f.Add([]byte(plot))
	f.Add([]byte(`{"base:system":{"more:mirror":{"session":[{"id":1,"kind":"x","remote":{"key":1}}]}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := garden()
		n, err := s.DecodeJSON(data)
		if err != nil {
			return
		}
		_ = s.Validate(n)
		if back, err := s.DecodeJSON(n.JSON()); err != nil || !back.Equal(n) {
			t.Fatalf("%s: %v", n.JSON(), err)
		}
		if back, err := s.DecodeXML(s.XML(n)); err != nil || !back.Equal(n) {
			t.Fatalf("%s: %v", s.XML(n), err)
		}
	})
}

func FuzzEditXML(f *testing.F) {
	f.Add([]byte(`<port xmlns="urn:test:base"` + nc + ` nc:operation="replace"><name>a</name><mtu>70</mtu></port>`))
	f.Add([]byte(`<system xmlns="urn:test:base"><mirror xmlns="urn:test:more"` + yi + `><rule y:insert="before" y:key="[name='a']"><name>c</name><action>drop</action></rule></mirror></system>`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s := garden()
		n, err := s.DecodeJSON([]byte(plot))
		if err != nil {
			t.Fatal(err)
		}
		x, err := ParseXML(data)
		if err != nil {
			return
		}
		_ = s.Filter(n, x)
		next, err := s.Edit(n, x, OpMerge, nil)
		if err != nil {
			return
		}
		_ = s.Validate(next)
		if back, err := s.DecodeXML(s.XML(next)); err != nil || !back.Equal(next) {
			t.Fatalf("%s: %v", s.XML(next), err)
		}
	})
}

func FuzzPath(f *testing.F) {
	f.Add(`/base:port[name=e1/10]/unit[index=*]`)
	f.Add(`/.../x[a=\]]`)
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePath(text)
		if err != nil {
			return
		}
		again, err := ParsePath(p.String())
		if err != nil || again.String() != p.String() {
			t.Fatalf("%q is written %q: %v", text, p, err)
		}
		s := garden()
		n, _ := s.DecodeJSON([]byte(plot))
		_, _ = s.Find(n, p)
		_, _ = s.Set(n, []Path{p}, nil, nil)
		_, _ = s.Set(n, nil, []Update{{Path: p, JSON: []byte(`{}`)}}, nil)
	})
}
