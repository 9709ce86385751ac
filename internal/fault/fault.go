// Package fault is the one vocabulary of errors that cross a service's border.
//
// A service returns *Error for everything that its caller can act on; any other error is internal and its text is
// never shown to a client. Values are immutable after they are built and safe for concurrent use.
package fault

import (
	"errors"
	"maps"
	"strings"
)

// Code is the coarse class of an error, part of the public API (extensions.code).
type Code string

// The codes of the public API.
const (
	Unauthenticated    Code = "UNAUTHENTICATED"
	Forbidden          Code = "FORBIDDEN"
	NotFound           Code = "NOT_FOUND"
	InvalidInput       Code = "INVALID_INPUT"
	Conflict           Code = "CONFLICT"
	FailedPrecondition Code = "FAILED_PRECONDITION"
	RateLimited        Code = "RATE_LIMITED"
	Unavailable        Code = "UNAVAILABLE"
	Internal           Code = "INTERNAL"
)

// Field is one refused field of an input.
type Field struct {
	// Path names the field as the client wrote it, e.g. "input.properties[2].constraints.pattern".
	Path string `json:"path"`
	// Reason is a stable identifier that a client can translate, e.g. "required", "too_long".
	Reason string `json:"reason"`
	// Message is the English text for people.
	Message string `json:"message"`
}

// Error is an error with a public face.
type Error struct {
	Code    Code
	Reason  string         // stable, snake_case; what a client translates
	Message string         // English text for people; contains nothing internal
	Params  map[string]any // the parameters of Reason
	Fields  []Field        // refused fields, for InvalidInput
	cause   error          // for the log only
}

// New returns an error with the given class, reason and public message.
func New(code Code, reason, message string) *Error {
	return &Error{Code: code, Reason: reason, Message: message}
}

// Invalid returns an InvalidInput error that lists the refused fields.
func Invalid(fields ...Field) *Error {
	texts := make([]string, len(fields))
	for i, f := range fields {
		texts[i] = f.Path + ": " + f.Message
	}
	return &Error{Code: InvalidInput, Reason: "invalid_input", Message: strings.Join(texts, "; "), Fields: fields}
}

// NotFoundf says that the object of the given type, known to the client as name, does not exist or may not be seen.
func NotFoundf(typ, name string) *Error {
	return New(NotFound, "not_found", typ+" "+quote(name)+" does not exist").With("type", typ).With("name", name)
}

// With returns a copy of e with one more parameter.
func (e *Error) With(key string, value any) *Error {
	c := *e
	c.Params = make(map[string]any, len(e.Params)+1)
	maps.Copy(c.Params, e.Params)
	c.Params[key] = value
	return &c
}

// Because returns a copy of e that wraps cause; the cause is logged, never shown.
func (e *Error) Because(cause error) *Error {
	c := *e
	c.cause = cause
	return &c
}

// Error returns the public message.
func (e *Error) Error() string { return e.Message }

// Unwrap returns the cause, which is for logs.
func (e *Error) Unwrap() error { return e.cause }

// CodeOf returns the class of err: the code of the first *Error in its chain, or Internal.
func CodeOf(err error) Code {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	return Internal
}

// Is reports whether err carries the given code.
func Is(err error, code Code) bool { return err != nil && CodeOf(err) == code }

// Fields collects refused fields during validation; the zero value is ready.
type Fields []Field

// Add notes one refused field.
func (f *Fields) Add(path, reason, message string) {
	*f = append(*f, Field{Path: path, Reason: reason, Message: message})
}

// Err returns nil when nothing was refused, else an InvalidInput error with all fields.
func (f *Fields) Err() error {
	if len(*f) == 0 {
		return nil
	}
	return Invalid(*f...)
}

func quote(s string) string { return "“" + s + "”" }
