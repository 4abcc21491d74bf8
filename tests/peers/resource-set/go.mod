module tenantry.dev/peers/resource-set

go 1.26.0

// The newest version whose module this Go can build.
require github.com/controlplaneio-fluxcd/flux-operator v0.58.0
