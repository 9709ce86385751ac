package graph

import (
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/99designs/gqlgen/graphql"

	"github.com/waymarkhq/waymark/internal/auth"
	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/fault"
)

const (
	mediaForm = "multipart/form-data"
	// maxBody is what the parts of a request have that are no files, unless told.
	maxBody = 2 << 20
	// MaxUpload is how large the body of a request with files may be: one file as large as can be, and what is said of it.
	MaxUpload = catalog.MaxFile + maxBody
	// maxFiles is how many files one request brings.
	maxFiles = 10
)

// form is a GraphQL multipart request (github.com/jaydenseric/graphql-multipart-request-spec) that is being read: first the
// part operations, a request as JSON with null in the place of each file; then map, which says where each file belongs; then
// the files. A file waits on disk, not in memory, until the operation has been executed.
type form struct {
	parts  *multipart.Reader
	limit  int64 // of the parts that are no files
	params *graphql.RawParams
	places map[string][]string // of each file, by the name of its part
	files  []*os.File
}

// paramsOfForm reads a request with files. Whatever comes back, done removes the files.
func (t overHTTP) paramsOfForm(r *http.Request) (params *graphql.RawParams, done func(), status int, err error) {
	f := &form{limit: t.MaxBody}
	if _, err := auth.From(r.Context()); err != nil { // before anything is read
		return nil, f.remove, statusOf[fault.CodeOf(err)], err
	}
	r.Body = http.MaxBytesReader(nil, r.Body, t.MaxUpload)
	f.parts, err = r.MultipartReader()
	if err != nil {
		return nil, f.remove, http.StatusBadRequest, errors.New("the body is not multipart/form-data")
	}
	if status, err := f.read(); err != nil {
		_, _ = io.Copy(io.Discard, r.Body) // who is cut off while sending hears of the connection, not of the reason
		return nil, f.remove, status, err
	}
	return f.params, f.remove, 0, nil
}

func (f *form) read() (status int, err error) {
	text, status, err := f.text("operations")
	if err != nil {
		return status, err
	}
	if f.params, status, err = paramsOfJSON(text); err != nil {
		return status, fmt.Errorf("operations: %w", err)
	}
	if text, status, err = f.text("map"); err != nil {
		return status, err
	}
	if err := decode(strings.NewReader(string(text)), &f.places); err != nil {
		return http.StatusBadRequest, errors.New("map is not an object of lists of texts")
	}
	if len(f.places) > maxFiles {
		return http.StatusBadRequest, fmt.Errorf("a request brings at most %d files", maxFiles)
	}
	for {
		part, err := f.parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return broken(err)
		}
		if status, err := f.file(part); err != nil {
			return status, err
		}
	}
	return f.complete()
}

// text reads the next part, which must have that name.
func (f *form) text(name string) ([]byte, int, error) {
	part, err := f.parts.NextPart()
	if err == nil && part.FormName() != name || errors.Is(err, io.EOF) {
		return nil, http.StatusBadRequest, errors.New("the parts are operations, map, and then the files, in this order")
	}
	if err != nil {
		status, err := broken(err)
		return nil, status, err
	}
	text, err := io.ReadAll(io.LimitReader(part, f.limit+1))
	if err != nil {
		status, err := broken(err)
		return nil, status, err
	}
	if int64(len(text)) > f.limit {
		return nil, http.StatusRequestEntityTooLarge, fmt.Errorf("%s is larger than %d bytes", name, f.limit)
	}
	return text, 0, nil
}

// broken is for a body that could not be read to its end.
func broken(err error) (int, error) {
	if tooBig, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return http.StatusRequestEntityTooLarge,
			errors.New("the body is larger than " + strconv.FormatInt(tooBig.Limit, 10) + " bytes")
	}
	return http.StatusBadRequest, errors.New("the body broke off")
}

// file puts one file away, and in its places.
func (f *form) file(part *multipart.Part) (status int, err error) {
	name := part.FormName()
	places, ok := f.places[name]
	if !ok || places == nil {
		return http.StatusBadRequest, wrongMap("map", fmt.Sprintf("says nothing of the part %q, or it came before", name))
	}
	f.places[name] = nil
	if len(places) == 0 {
		return http.StatusBadRequest, wrongMap("map", fmt.Sprintf("gives no place for the part %q", name))
	}
	kept, err := os.CreateTemp("", "waymark-upload-*")
	if err != nil {
		return http.StatusInternalServerError, fmt.Errorf("keep an upload: %w", err)
	}
	f.files = append(f.files, kept)
	n, err := io.Copy(kept, io.LimitReader(part, catalog.MaxFile+1))
	_, tooBig := errors.AsType[*http.MaxBytesError](err)
	switch {
	case tooBig || n > catalog.MaxFile:
		return http.StatusRequestEntityTooLarge, fault.Invalid(fault.Field{
			Path: places[0], Reason: "too_large", Message: catalog.TooLarge,
		})
	case err != nil:
		return broken(err)
	}
	for _, place := range places {
		u := catalog.Upload{Name: part.FileName(), Content: io.NewSectionReader(kept, 0, n)}
		if !put(f.params.Variables, place, u) {
			return http.StatusBadRequest, wrongMap(place, "is no place of the variables that holds null")
		}
	}
	return 0, nil
}

// complete refuses a request that lacks a file.
func (f *form) complete() (status int, err error) {
	var missing fault.Fields
	for name, places := range f.places {
		for _, place := range places {
			missing.Add(place, "missing", fmt.Sprintf("the request has no part %q", name))
		}
	}
	slices.SortFunc(missing, func(a, b fault.Field) int { return strings.Compare(a.Path, b.Path) })
	return http.StatusBadRequest, missing.Err()
}

func wrongMap(path, message string) error {
	return fault.Invalid(fault.Field{Path: path, Reason: "wrong_map", Message: message})
}

// put puts a file into the place of the variables that a path names ("variables.input.file"), if null is there.
func put(variables map[string]any, path string, u catalog.Upload) bool {
	steps := strings.Split(path, ".")
	if steps[0] != "variables" || len(steps) < 2 {
		return false
	}
	var at any = variables
	for i, step := range steps[1:] {
		last := i == len(steps)-2
		switch in := at.(type) {
		case map[string]any:
			next, there := in[step]
			if last && there && next == nil {
				in[step] = u
				return true
			}
			at = next
		case []any:
			n, err := strconv.Atoi(step)
			if err != nil || n < 0 || n >= len(in) {
				return false
			}
			if last && in[n] == nil {
				in[n] = u
				return true
			}
			at = in[n]
		default:
			return false
		}
	}
	return false
}

// remove gives the disk back.
func (f *form) remove() {
	for _, file := range f.files {
		_ = file.Close()
		_ = os.Remove(file.Name())
	}
}
