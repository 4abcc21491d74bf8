package main

import (
	"io/fs"
	"path/filepath"
	"strings"
	"time"

	"github.com/fluxcd/pkg/artifact/storage"
	"github.com/fluxcd/pkg/sourceignore"
)

type archive struct {
	// Root is the folder of the source; its .sourceignore files are read from there.
	Root string `json:"root"`
	// SpecIgnore is spec.ignore of the source.
	SpecIgnore *string `json:"specIgnore"`
	// Paths are pairs of a path below the root and whether it is a folder. Nothing has to be there.
	Paths []entry `json:"paths"`
}

// ignore asks the filter with which GitRepositoryReconciler.reconcileArtifact archives a source.
func ignore(question archive) (any, error) {
	domain := strings.Split(question.Root, string(filepath.Separator))
	patterns, err := sourceignore.LoadIgnorePatterns(question.Root, domain)
	if err != nil {
		return nil, err
	}
	if question.SpecIgnore != nil {
		more := sourceignore.ReadPatterns(strings.NewReader(*question.SpecIgnore), domain)
		patterns = append(patterns, more...)
	}
	filter := storage.SourceIgnoreFilter(patterns, domain)
	ignored := make([]bool, len(question.Paths))
	for i, entry := range question.Paths {
		ignored[i] = filter(filepath.Join(question.Root, entry.path), entry)
	}
	return map[string]any{"ignored": ignored}, nil
}

// entry is as much of a file as the filter looks at.
type entry struct {
	path     string
	isFolder bool
}

func (e *entry) UnmarshalJSON(text []byte) error {
	return unmarshalPair(text, &e.path, &e.isFolder)
}

func (e entry) Name() string       { return filepath.Base(e.path) }
func (e entry) IsDir() bool        { return e.isFolder }
func (e entry) Size() int64        { return 0 }
func (e entry) ModTime() time.Time { return time.Time{} }
func (e entry) Sys() any           { return nil }
func (e entry) Mode() fs.FileMode {
	if e.isFolder {
		return fs.ModeDir | 0o755
	}
	return 0o644
}
