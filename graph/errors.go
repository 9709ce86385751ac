package graph

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"

	"github.com/99designs/gqlgen/graphql"
	"github.com/99designs/gqlgen/graphql/errcode"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/waymarkhq/waymark/internal/fault"
)

// internalMessage is all that a client learns of an error that is not for it.
const internalMessage = "something went wrong on the server; its log says what"

// present turns any error into its public face: code, reason, parameters and refused fields in the extensions.
func present(log *slog.Logger) graphql.ErrorPresenterFunc {
	return func(ctx context.Context, err error) *gqlerror.Error {
		if e, ok := errors.AsType[*fault.Error](err); ok {
			logCause(ctx, log, e)
			return faceOf(ctx, e)
		}
		if g, ok := errors.AsType[*gqlerror.Error](err); ok && isInput(ctx, g) {
			return ofDocument(g)
		}
		if !errors.Is(err, context.Canceled) {
			log.ErrorContext(ctx, "resolver failed", "path", graphql.GetPath(ctx).String(), "error", err)
		}
		return faceOf(ctx, fault.New(fault.Internal, "internal", internalMessage))
	}
}

func logCause(ctx context.Context, log *slog.Logger, e *fault.Error) {
	if cause := e.Unwrap(); cause != nil && (e.Code == fault.Internal || e.Code == fault.Unavailable) {
		log.WarnContext(ctx, "request refused", "reason", e.Reason, "error", cause)
	}
}

// isInput says whether g is the refusal of a document or of the values in it: it came before any field was executed, or
// from an argument, whose name gqlgen puts behind the path of the field. Whatever else comes from a field is its resolver's.
func isInput(ctx context.Context, g *gqlerror.Error) bool {
	if graphql.GetFieldContext(ctx) == nil {
		return g.Err == nil || len(g.Path) > 0
	}
	return len(g.Path) > len(graphql.GetPath(ctx))
}

// ofDocument gives an error of the document itself, or of the values in it, our code.
func ofDocument(g *gqlerror.Error) *gqlerror.Error {
	reason := "invalid_document"
	if code, _ := g.Extensions["code"].(string); code == errcode.ParseFailed {
		reason = "syntax"
	}
	if r, ok := g.Extensions["reason"].(string); ok {
		reason = r
	}
	message := g.Message
	if message == "operation  not found" { // gqlgen's, where the name is empty
		message = "the document holds several operations; say which with operationName"
	}
	if variable, ok := strings.CutPrefix(g.Path.String(), "variable."); ok {
		message = "$" + variable + " " + message
	}
	return &gqlerror.Error{
		Message: message, Path: g.Path, Locations: g.Locations,
		Extensions: map[string]any{"code": string(fault.InvalidInput), "reason": reason},
	}
}

func faceOf(ctx context.Context, e *fault.Error) *gqlerror.Error {
	ext := map[string]any{"code": string(e.Code), "reason": e.Reason}
	if len(e.Params) > 0 {
		ext["params"] = e.Params
	}
	if len(e.Fields) > 0 {
		ext["fields"] = e.Fields
	}
	return &gqlerror.Error{Message: e.Message, Path: graphql.GetPath(ctx), Extensions: ext}
}

// recovered logs a panic of a resolver and hides it behind the internal error.
func recovered(log *slog.Logger) graphql.RecoverFunc {
	return func(ctx context.Context, v any) error {
		log.ErrorContext(ctx, "resolver panicked", "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
		return fault.New(fault.Internal, "internal", internalMessage)
	}
}
