//! tenantry: scaffolds multi-tenant Flux platform repositories and keeps them true.
