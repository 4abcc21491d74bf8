// Does what Flux 2.9 does with one text, one Kustomization or one source, with Flux's own code.
//
// The first argument says what; each line of standard input is a JSON object, and for each comes one
// line of JSON:
//
//	substitute   a text with variables, as envsubst gives it
//	build        a Kustomization as kustomize-controller v1.9.4 builds it, without a cluster
//	ignore       which paths the artifact of a source leaves out, as source-controller v1.9 archives it
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
)

func main() {
	modes := map[string]func(json.RawMessage) any{
		"substitute": answer(substitute),
		"build":      answer(build),
		"ignore":     answer(ignore),
	}
	if len(os.Args) != 2 || modes[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: flux substitute|build|ignore")
		os.Exit(2)
	}
	if err := run(modes[os.Args[1]]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(mode func(json.RawMessage) any) error {
	output := bufio.NewWriter(os.Stdout)
	decoder := json.NewDecoder(bufio.NewReader(os.Stdin))
	encoder := json.NewEncoder(output)
	encoder.SetEscapeHTML(false)
	for {
		var question json.RawMessage
		if err := decoder.Decode(&question); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if err := encoder.Encode(mode(question)); err != nil {
			return err
		}
		// Who asks one at a time waits for the answer.
		if err := output.Flush(); err != nil {
			return err
		}
	}
}

// answer makes of a function over questions one over their JSON, and of what goes wrong in it an
// answer: "error" for an error, "panic" where Flux's code crashes.
func answer[Q any](function func(Q) (any, error)) func(json.RawMessage) any {
	return func(text json.RawMessage) (result any) {
		defer func() {
			if crash := recover(); crash != nil {
				result = map[string]string{"panic": fmt.Sprint(crash)}
			}
		}()
		var question Q
		err := json.Unmarshal(text, &question)
		if err == nil {
			result, err = function(question)
		}
		if err != nil {
			result = map[string]string{"error": err.Error()}
		}
		return result
	}
}
