package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	securejoin "github.com/cyphar/filepath-securejoin"
	kustomizev1 "github.com/fluxcd/kustomize-controller/api/v1"
	generator "github.com/fluxcd/pkg/kustomize"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

type kustomization struct {
	// Root is the folder of the source, as its artifact holds it. It is left as it is.
	Root string `json:"root"`
	// Kustomization is the object of Flux, as the API server would give it.
	Kustomization kustomizev1.Kustomization `json:"kustomization"`
	// ConfigMaps and Secrets are those of the cluster, "namespace/name" to their plain data.
	ConfigMaps map[string]map[string]string `json:"configMaps"`
	Secrets    map[string]map[string]string `json:"secrets"`
	// Strict is the feature gate StrictPostBuildSubstitutions.
	Strict bool `json:"strict"`
}

// build does what KustomizationReconciler does between its artifact and its apply: generate and
// build of kustomization_controller.go. Nothing is decrypted, and nothing is fetched: remote bases
// are refused.
func build(question kustomization) (any, error) {
	folder, err := os.MkdirTemp("", "flux-peer-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	if folder, err = filepath.EvalSymlinks(folder); err != nil {
		return nil, err
	}
	// What is said of paths above the root is said of this folder, and not of those of one machine.
	root := filepath.Join(folder, "root")
	if err := copyFolder(question.Root, root); err != nil {
		return nil, err
	}
	text, err := buildIn(root, question)
	if err != nil {
		said := strings.ReplaceAll(err.Error(), root, question.Root)
		return nil, errors.New(strings.ReplaceAll(said, folder, filepath.Dir(question.Root)))
	}
	return map[string]string{"yaml": string(text)}, nil
}

func buildIn(root string, question kustomization) ([]byte, error) {
	object := &question.Kustomization
	folder, err := securejoin.SecureJoin(root, object.Spec.Path)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(folder); err != nil {
		return nil, fmt.Errorf("kustomization path not found: %w", err)
	}
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(object)
	if err != nil {
		return nil, err
	}
	plain := unstructured.Unstructured{Object: fields}
	if _, err := generator.NewGenerator(root, plain).WriteFile(folder); err != nil {
		return nil, err
	}
	resources, err := generator.SecureBuild(root, folder, false)
	if err != nil {
		return nil, fmt.Errorf("kustomize build failed: %w", err)
	}
	always := object.GetSubstituteStrategy() == kustomizev1.SubstituteStrategyAlways
	cluster := cluster{configMaps: question.ConfigMaps, secrets: question.Secrets}
	for _, resource := range resources.Resources() {
		if resource.GetName() == "" || resource.GetKind() == "" || resource.GetApiVersion() == "" {
			return nil, fmt.Errorf("failed to decode Kubernetes apiVersion, kind and name from: %v",
				resource.String())
		}
		if object.Spec.PostBuild == nil {
			continue
		}
		changed, err := generator.SubstituteVariables(context.Background(), cluster, plain, resource,
			generator.SubstituteWithStrict(question.Strict),
			generator.SubstituteWithAlways(always))
		if err != nil {
			return nil, fmt.Errorf("post build failed for '%s/%s': %w",
				resource.GetGvk(), resource.GetName(), err)
		}
		if changed != nil {
			if _, err := resources.Replace(resource); err != nil {
				return nil, err
			}
		}
	}
	text, err := resources.AsYaml()
	if err != nil {
		return nil, fmt.Errorf("kustomize build failed: %w", err)
	}
	return text, nil
}

// copyFolder copies what an artifact holds: regular files and folders.
func copyFolder(from, to string) error {
	return filepath.WalkDir(from, func(path string, item fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		switch {
		case item.IsDir() && item.Name() == ".git":
			return filepath.SkipDir
		case item.IsDir():
			return os.MkdirAll(filepath.Join(to, name), 0o755)
		case item.Type().IsRegular():
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			return os.WriteFile(filepath.Join(to, name), text, 0o644)
		}
		return nil
	})
}

// cluster is a client that gives ConfigMaps and Secrets, and crashes over all else.
type cluster struct {
	client.Client
	configMaps, secrets map[string]map[string]string
}

func (c cluster) Get(_ context.Context, key client.ObjectKey, object client.Object,
	_ ...client.GetOption,
) error {
	switch object := object.(type) {
	case *corev1.ConfigMap:
		data, exists := c.configMaps[key.String()]
		if !exists {
			return notFound("configmaps", key)
		}
		object.Data = data
	case *corev1.Secret:
		data, exists := c.secrets[key.String()]
		if !exists {
			return notFound("secrets", key)
		}
		object.Data = make(map[string][]byte, len(data))
		for name, value := range data {
			object.Data[name] = []byte(value)
		}
	default:
		return fmt.Errorf("no such object here: %T", object)
	}
	return nil
}

func notFound(resource string, key client.ObjectKey) error {
	return apierrors.NewNotFound(schema.GroupResource{Resource: resource}, key.Name)
}

// unmarshalPair reads a JSON array of two.
func unmarshalPair(text []byte, first, second any) error {
	var pair [2]json.RawMessage
	if err := json.Unmarshal(text, &pair); err != nil {
		return err
	}
	return errors.Join(json.Unmarshal(pair[0], first), json.Unmarshal(pair[1], second))
}
