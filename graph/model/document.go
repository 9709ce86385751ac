package model

import "github.com/waymarkhq/waymark/ent"

// Document is a paper that a batch comes with: a link, or a file.
type Document struct {
	Title, URL string
	File       *ent.File
}
