//! Files of others that the repository carries: Flux's own components.
