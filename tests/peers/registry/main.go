// Does what `flux push artifact`, `flux pull artifact` and `flux build artifact` of Flux 2.9.5 do, with Flux's own package.
//
//	build FOLDER FILE       the layer of a folder
//	push URL FOLDER         with a source, a revision and a time that are always the same; prints the address by digest
//	pull URL FOLDER         unpacked as source-controller unpacks it; prints what the manifest says
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/fluxcd/pkg/oci"
	"github.com/google/go-containerregistry/pkg/crane"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(words []string) error {
	if len(words) != 3 {
		return fmt.Errorf("usage: registry build FOLDER FILE | push URL FOLDER | pull URL FOLDER")
	}
	ctx := context.Background()
	client := oci.NewClient(append(oci.DefaultOptions(), crane.Insecure))
	switch words[0] {
	case "build":
		return client.Build(words[2], words[1], []string{".git/"})
	case "push":
		meta := oci.Metadata{
			Created:  "2026-01-01T00:00:00Z",
			Source:   "https://github.com/acme/fleet",
			Revision: "main@sha1:0000000000000000000000000000000000000000",
		}
		digest, err := client.Push(ctx, words[1], words[2], oci.WithPushMetadata(meta))
		if err == nil {
			fmt.Println(digest)
		}
		return err
	case "pull":
		meta, err := client.Pull(ctx, words[1], words[2])
		if err != nil {
			return err
		}
		return json.NewEncoder(os.Stdout).Encode(meta)
	}
	return fmt.Errorf("no mode %q", words[0])
}
