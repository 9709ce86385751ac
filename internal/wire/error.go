package wire

import (
	"errors"

	"github.com/waymarkhq/waymark/internal/capture"
)

// Error says why a payload cannot be read.
type Error struct {
	// Kind is Malformed or TooLarge.
	Kind Kind
	// Reason is for the developer of the sender, in English.
	Reason string
	cause  error
}

// Error returns the reason.
func (e *Error) Error() string { return e.Reason }

// Unwrap returns the cause, if there is one.
func (e *Error) Unwrap() error { return e.cause }

func malformed(reason string, cause error) *Error { return &Error{Malformed, reason, cause} }

// NewMalformed returns the error of a payload that is not what its format says.
func NewMalformed(reason string) *Error { return malformed(reason, nil) }

// NewTooLarge returns the error of a payload beyond a limit.
func NewTooLarge(reason string) *Error { return &Error{TooLarge, reason, nil} }

// Refusal returns the outcome of a request whose body or payload could not be read: that of the *Error in err's chain,
// or a Malformed one (the sender went away or broke the transfer off).
func Refusal(err error) Outcome {
	if e, ok := errors.AsType[*Error](err); ok {
		return Outcome{Kind: e.Kind, Reason: e.Reason}
	}
	return Outcome{Kind: Malformed, Reason: "the body could not be read"}
}

func jsonError(err error) *Error {
	if errors.Is(err, capture.ErrNodes) {
		return &Error{TooLarge, err.Error(), err}
	}
	return malformed("the body is not JSON: "+err.Error(), err)
}
