package graph

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/99designs/gqlgen/graphql"
	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/waymarkhq/waymark/internal/fault"
)

const (
	mediaJSON     = "application/json"
	mediaResponse = "application/graphql-response+json"
)

// overHTTP is GraphQL over HTTP (graphql.github.io/graphql-over-http, draft of 2025): POST with a JSON body, or a form with files, and GET for
// queries. gqlgen's own transports differ from it in the status of request errors and in sending "data": null with them.
type overHTTP struct {
	// MaxBody bounds a request's body, in bytes; MaxUpload that of one with files.
	MaxBody, MaxUpload int64
	Logger             *slog.Logger
}

var _ graphql.Transport = overHTTP{}

// Supports takes every request that no transport before it took.
func (overHTTP) Supports(*http.Request) bool { return true }

// Do answers one request.
func (t overHTTP) Do(w http.ResponseWriter, r *http.Request, exec graphql.GraphExecutor) {
	a := &answerer{w: w, r: r, exec: exec, log: t.Logger}
	if !a.negotiate() {
		a.refuse(http.StatusNotAcceptable, "not_acceptable",
			"this endpoint answers with application/graphql-response+json or application/json")
		return
	}
	start := graphql.Now()
	params, done, status, err := t.params(r)
	defer done()
	if err != nil {
		a.refuseFor(status, err)
		return
	}
	params.Headers = r.Header
	params.ReadTime = graphql.TraceTiming{Start: start, End: graphql.Now()}
	a.run(params)
}

// params reads the request's parameters; the status goes with an error. Done is to be called after the operation.
func (t overHTTP) params(r *http.Request) (p *graphql.RawParams, done func(), status int, err error) {
	done = func() {}
	switch r.Method {
	case http.MethodGet:
		p, status, err = paramsOfQuery(r.URL.Query())
	case http.MethodPost:
		if media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); media == mediaForm {
			return t.paramsOfForm(r)
		}
		p, status, err = t.paramsOfBody(r)
	default:
		status, err = http.StatusMethodNotAllowed, errors.New("use POST, or GET for a query")
	}
	return p, done, status, err
}

func paramsOfQuery(q url.Values) (*graphql.RawParams, int, error) {
	for name := range q {
		if !utf8.ValidString(q.Get(name)) {
			return nil, http.StatusBadRequest, errors.New(strconv.Quote(name) + " is not UTF-8")
		}
	}
	p := &graphql.RawParams{Query: q.Get("query"), OperationName: q.Get("operationName")}
	for name, into := range map[string]*map[string]any{"variables": &p.Variables, "extensions": &p.Extensions} {
		if text := q.Get(name); text != "" {
			if err := decode(strings.NewReader(text), into); err != nil {
				return nil, http.StatusBadRequest, errors.New(name + " is not a JSON object")
			}
		}
	}
	if p.Query == "" {
		return nil, http.StatusBadRequest, errors.New("query is missing")
	}
	return p, 0, nil
}

func (t overHTTP) paramsOfBody(r *http.Request) (*graphql.RawParams, int, error) {
	media, attrs, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != mediaJSON {
		return nil, http.StatusUnsupportedMediaType, errors.New("the body must be application/json, or multipart/form-data with files")
	}
	if cs := attrs["charset"]; cs != "" && !strings.EqualFold(cs, "utf-8") {
		return nil, http.StatusUnsupportedMediaType, errors.New("the body must be UTF-8")
	}
	body, err := io.ReadAll(http.MaxBytesReader(nil, r.Body, t.MaxBody))
	if tooBig, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return nil, http.StatusRequestEntityTooLarge,
			errors.New("the body is larger than " + strconv.FormatInt(tooBig.Limit, 10) + " bytes")
	}
	if err != nil {
		return nil, http.StatusBadRequest, errors.New("the body broke off")
	}
	return paramsOfJSON(body)
}

// paramsOfJSON reads {"query", "operationName", "variables", "extensions"}; members of a wrong type are named.
func paramsOfJSON(body []byte) (*graphql.RawParams, int, error) {
	if !utf8.Valid(body) { // The decoder would put U+FFFD in its place.
		return nil, http.StatusBadRequest, errors.New("the body is not UTF-8")
	}
	var members map[string]json.RawMessage
	if err := decode(bytes.NewReader(body), &members); err != nil || members == nil {
		return nil, http.StatusBadRequest, errors.New("the body is not a JSON object")
	}
	p := &graphql.RawParams{}
	for _, m := range []struct {
		name, typ string
		into      any
	}{
		{"query", "a string", &p.Query},
		{"operationName", "a string", &p.OperationName},
		{"variables", "an object", &p.Variables},
		{"extensions", "an object", &p.Extensions},
	} {
		if raw, ok := members[m.name]; ok {
			if err := decode(bytes.NewReader(raw), m.into); err != nil {
				return nil, http.StatusBadRequest, errors.New(m.name + " is not " + m.typ)
			}
		}
	}
	if p.Query == "" {
		return nil, http.StatusBadRequest, errors.New("query is missing")
	}
	return p, 0, nil
}

// decode reads exactly one JSON value; numbers keep their digits.
func decode(r io.Reader, into any) error {
	d := json.NewDecoder(r)
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("more than one value")
	}
	return nil
}

// answerer writes the answer to one request.
type answerer struct {
	w     http.ResponseWriter
	r     *http.Request
	exec  graphql.GraphExecutor
	log   *slog.Logger
	media string
}

// negotiate picks the media type of the answer; clients that say nothing get application/json.
func (a *answerer) negotiate() bool {
	accept := a.r.Header.Values("Accept")
	a.media = mediaJSON
	if len(accept) == 0 {
		return true
	}
	for entry := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		media, attrs, err := mime.ParseMediaType(strings.TrimSpace(entry))
		if err != nil || attrs["q"] == "0" || (attrs["charset"] != "" && !strings.EqualFold(attrs["charset"], "utf-8")) {
			continue
		}
		switch media {
		case mediaResponse:
			a.media = mediaResponse
			return true
		case mediaJSON, "application/*", "*/*":
			return true
		}
	}
	return false
}

func (a *answerer) run(params *graphql.RawParams) {
	ctx := graphql.StartOperationTrace(a.r.Context())
	oc, errs := a.exec.CreateOperationContext(ctx, params)
	if errs != nil {
		a.requestErrors(a.exec.DispatchError(graphql.WithOperationContext(ctx, oc), errs).Errors)
		return
	}
	if a.r.Method == http.MethodGet && oc.Operation.Operation != ast.Query {
		a.w.Header().Set("Allow", http.MethodPost)
		a.refuse(http.StatusMethodNotAllowed, "method_not_allowed", "GET is for queries; send mutations with POST")
		return
	}
	if oc.Operation.Operation == ast.Subscription {
		a.refuse(http.StatusBadRequest, "use_websocket",
			"send subscriptions over WebSocket (graphql-transport-ws), or with Accept: text/event-stream")
		return
	}
	responses, ctx := a.exec.DispatchOperation(ctx, oc)
	a.write(http.StatusOK, responses(ctx))
}

// requestErrors answers a request whose operation did not run. Clients that accept the newer media type learn it from the
// status as well; application/json keeps 200, because there other statuses may come from whatever stands in between.
func (a *answerer) requestErrors(errs gqlerror.List) {
	status := http.StatusBadRequest
	if a.media == mediaJSON {
		status = http.StatusOK
	}
	a.write(status, &graphql.Response{Errors: errs})
}

// refuseFor answers a request that could not be read.
func (a *answerer) refuseFor(status int, err error) {
	if f, ok := errors.AsType[*fault.Error](err); ok {
		a.write(status, &graphql.Response{Errors: gqlerror.List{faceOf(a.r.Context(), f)}})
		return
	}
	if status >= http.StatusInternalServerError {
		a.log.ErrorContext(a.r.Context(), "a request could not be read", "error", err)
		a.write(status, &graphql.Response{Errors: gqlerror.List{
			faceOf(a.r.Context(), fault.New(fault.Internal, "internal", internalMessage)),
		}})
		return
	}
	a.refuse(status, "bad_request", err.Error())
}

func (a *answerer) refuse(status int, reason, message string) {
	if a.media == "" {
		a.media = mediaJSON
	}
	a.write(status, &graphql.Response{Errors: gqlerror.List{{
		Message: message, Extensions: map[string]any{"code": string(fault.InvalidInput), "reason": reason},
	}}})
}

// write sends a response; data is left out, rather than null, where the operation did not run.
func (a *answerer) write(status int, resp *graphql.Response) {
	body, err := encode(resp)
	if err != nil {
		status, body = http.StatusInternalServerError, []byte(`{"errors":[{"message":"`+internalMessage+`"}]}`)
	}
	h := a.w.Header()
	h.Set("Content-Type", a.media+"; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("Cache-Control", "private, no-store")
	a.w.WriteHeader(status)
	_, _ = a.w.Write(body)
}

func encode(resp *graphql.Response) ([]byte, error) {
	body := []byte{'{'}
	if len(resp.Errors) > 0 {
		errs, err := json.Marshal(resp.Errors)
		if err != nil {
			return nil, err
		}
		body = append(append(body, `"errors":`...), errs...)
	}
	if resp.Data != nil {
		if len(body) > 1 {
			body = append(body, ',')
		}
		body = append(append(body, `"data":`...), resp.Data...)
	}
	return append(body, '}'), nil
}
