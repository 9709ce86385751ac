package catalog

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"unicode"

	"entgo.io/ent/dialect/sql"

	"github.com/waymarkhq/waymark/ent"
	"github.com/waymarkhq/waymark/ent/file"
	"github.com/waymarkhq/waymark/ent/filecontent"
	"github.com/waymarkhq/waymark/ent/filepart"
	"github.com/waymarkhq/waymark/ent/predicate"
	"github.com/waymarkhq/waymark/internal/fault"
	"github.com/waymarkhq/waymark/internal/store"
)

// partSize is how many bytes of a file are stored in one row, and in memory at a time.
const partSize = 256 << 10

// sniffed is how many bytes the type is told by.
const sniffed = 512

// content is what somebody handed in, after it was looked through once.
type content struct {
	from            io.ReadSeeker
	name            string
	size            int
	hash, mediaType string
}

// readContent looks a file through. What is wrong with it is noted, and the hash is empty then. Reasons: required, empty,
// too_large, unreadable.
func readContent(path string, u *Upload, f *fault.Fields) *content {
	k := &content{from: u.Content, name: fileName(u.Name)}
	if u.Content == nil {
		f.Add(path, "required", "a file is required")
		return k
	}
	sum, head := sha256.New(), &bytes.Buffer{}
	n, err := rewound(u.Content)
	if err == nil {
		n, err = io.Copy(io.MultiWriter(sum, &first{head, sniffed}), io.LimitReader(u.Content, MaxFile+1))
	}
	switch {
	case err != nil:
		f.Add(path, "unreadable", "the file could not be read")
	case n == 0:
		f.Add(path, "empty", "the file is empty")
	case n > MaxFile:
		f.Add(path, "too_large", TooLarge)
	default:
		k.size, k.hash, k.mediaType = int(n), hex.EncodeToString(sum.Sum(nil)), sniff(head.Bytes())
	}
	return k
}

// TooLarge says that a file is larger than MaxFile.
var TooLarge = "a file has at most " + strconv.Itoa(MaxFile>>20) + " MiB"

func rewound(r io.Seeker) (int64, error) { return r.Seek(0, io.SeekStart) }

// first keeps the first bytes of what is written to it.
type first struct {
	to   *bytes.Buffer
	left int
}

func (w *first) Write(p []byte) (int, error) {
	n := min(w.left, len(p))
	w.left -= n
	_, _ = w.to.Write(p[:n])
	return len(p), nil
}

// sniff tells a file's type by its first bytes. What the sender says of it is nothing to go by: whoever believes it hands
// out a page as a picture.
func sniff(head []byte) string {
	media, _, err := mime.ParseMediaType(http.DetectContentType(head))
	if err != nil {
		return "application/octet-stream"
	}
	return media
}

// fileName makes a name of what a sender calls a file: the last part of its path, without what is not to be seen or turns
// the direction of reading, so that nobody is shown another ending than there is.
func fileName(said string) string {
	name := said[strings.LastIndexAny(said, `/\`)+1:]
	name = strings.Map(func(r rune) rune {
		if r == unicode.ReplacementChar || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || !unicode.IsGraphic(r) {
			return -1
		}
		return r
	}, name)
	name = strings.TrimSpace(name)
	if runes := []rune(name); len(runes) > maxFileName { // the ending says more than the beginning
		name = strings.TrimSpace(string(runes[len(runes)-maxFileName:]))
	}
	if strings.Trim(name, ".") == "" {
		return "file"
	}
	return name
}

// putAway stores a content, unless it is there already.
func (c *change) putAway(ctx context.Context, k *content) error {
	there, err := c.FileContent.Query().Where(filecontent.ID(k.hash)).Exist(ctx)
	if err != nil {
		return fmt.Errorf("look for the content: %w", err)
	}
	if there {
		return nil
	}
	if err := c.FileContent.Create().SetID(k.hash).SetSize(k.size).Exec(ctx); err != nil {
		return fmt.Errorf("store the content: %w", err)
	}
	if _, err := rewound(k.from); err != nil {
		return fmt.Errorf("read the file: %w", err)
	}
	part := make([]byte, partSize)
	for number := 0; number*partSize < k.size; number++ {
		n := min(partSize, k.size-number*partSize)
		if _, err := io.ReadFull(k.from, part[:n]); err != nil {
			return fmt.Errorf("read the file: %w", err)
		}
		row := c.FilePart.Create().SetID(partID(k.hash, number)).SetContentID(k.hash).SetNumber(number).SetBody(part[:n])
		if err := row.Exec(ctx); err != nil {
			return fmt.Errorf("store the content: %w", err)
		}
	}
	return nil
}

func partID(hash string, number int) string { return hash + "/" + strconv.Itoa(number) }

// dropFiles deletes files, with the contents that no other file holds, and returns how many files there were.
func (c *change) dropFiles(ctx context.Context, which predicate.File) (int, error) {
	held, err := c.File.Query().Where(which).Unique(true).Select(file.FieldContentID).Strings(ctx)
	if err != nil || len(held) == 0 {
		return 0, err
	}
	n, err := c.File.Delete().Where(which).Exec(ctx)
	if err != nil {
		return 0, fmt.Errorf("delete files: %w", err)
	}
	_, err = c.FileContent.Delete().Where(func(q *sql.Selector) {
		others := sql.Dialect(q.Dialect()).Select(file.FieldContentID).From(sql.Table(file.Table))
		q.Where(sql.And(among(q.C(filecontent.FieldID), held), sql.NotIn(q.C(filecontent.FieldID), others)))
	}).Exec(ctx)
	if err != nil {
		return 0, fmt.Errorf("delete contents: %w", err)
	}
	return n, nil
}

// OpenFile returns a file and what reads it, a stretch at a time. NOT_FOUND where there is none or it may not be seen.
func (s *Service) OpenFile(ctx context.Context, id string) (*ent.File, io.ReadSeeker, error) {
	row, err := s.reachFile(ctx, "File", id)
	if err != nil {
		return nil, nil, err
	}
	return row, &reader{size: int64(row.Size), number: -1, read: func(number int) ([]byte, error) {
		part, err := s.read.FilePart.Query().Where(filepart.ID(partID(row.ContentID, number))).Only(ctx)
		if err != nil {
			return nil, fmt.Errorf("read part %d of file %s: %w", number, id, store.Fault(err))
		}
		return part.Body, nil
	}}, nil
}

// reader reads a content part by part, and holds one part.
type reader struct {
	size, at int64
	read     func(number int) ([]byte, error)
	number   int // of the part that is held; -1 for none
	part     []byte
}

// Read implements io.Reader.
func (r *reader) Read(p []byte) (int, error) {
	if r.at >= r.size {
		return 0, io.EOF
	}
	if number := int(r.at / partSize); number != r.number {
		part, err := r.read(number)
		if err != nil {
			return 0, err
		}
		r.number, r.part = number, part
	}
	offset := int(r.at % partSize)
	if offset >= len(r.part) {
		return 0, io.ErrUnexpectedEOF
	}
	n := copy(p, r.part[offset:])
	r.at += int64(n)
	return n, nil
}

// Seek implements io.Seeker.
func (r *reader) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += r.at
	case io.SeekEnd:
		offset += r.size
	}
	if offset < 0 {
		return 0, errors.New("seek before the start of a file")
	}
	r.at = offset
	return offset, nil
}
