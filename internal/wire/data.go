package wire

import "strings"

// Data returns the JSON text that a request carries as its body, or as the parameter data of a form in its body or of its
// query, in base64 and gzip as Packed reads them, whatever the headers say. It is for Request.Unwrap.
func Data(r *Request) (string, error) {
	text := strings.TrimLeft(strings.TrimPrefix(r.Body, "\ufeff"), " \t\r\n")
	if text == "" {
		if data, ok := QueryValue(r.Query, "data"); ok {
			return r.Packed(data)
		}
		return "", NewMalformed("there is neither a body nor data in the query")
	}
	if text[0] == '{' || text[0] == '[' || text[0] == '"' {
		return r.Body, nil
	}
	if data, ok := QueryValue(text, "data"); ok {
		return r.Packed(data)
	}
	return r.Packed(text)
}
