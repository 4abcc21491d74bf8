package main

import (
	"errors"
	"unicode/utf8"

	"github.com/fluxcd/pkg/envsubst"
)

type substitution struct {
	Text      string            `json:"text"`
	Variables map[string]string `json:"variables"`
	Strict    bool              `json:"strict"`
}

var errNotUTF8 = errors.New("not UTF-8")

func substitute(question substitution) (any, error) {
	text, err := envsubst.Eval(question.Text, func(name string) (string, bool) {
		value, exists := question.Variables[name]
		return value, exists || !question.Strict
	})
	if err != nil {
		return nil, err
	}
	// JSON cannot tell, and nothing that Flux does next can read such a text.
	if !utf8.ValidString(text) {
		return nil, errNotUTF8
	}
	return map[string]string{"text": text}, nil
}
