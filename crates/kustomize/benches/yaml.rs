//! Reading and writing many small files, as a platform repository has them.

use divan::Bencher;
use divan::counter::BytesCount;
use kustomize::yaml::{Budget, SourceId, parse};

fn main() {
    divan::main();
}

/// Files of one to two kilobytes: a tenant's Kustomization, role and sync objects.
fn files() -> Vec<String> {
    (0..10_000).map(file).collect()
}

fn file(number: usize) -> String {
    let mut text = format!(
        "# yaml-language-server: $schema=../../.schemas/tenant.json\n\
         apiVersion: kustomize.toolkit.fluxcd.io/v1\n\
         kind: Kustomization\n\
         metadata:\n  name: team-{number}\n  namespace: team-{number}-apps\n  labels:\n    \
         toolkit.fluxcd.io/tenant: team-{number}\n    app.kubernetes.io/managed-by: \"acme\"\n\
         spec:\n  serviceAccountName: flux\n  interval: 10m0s\n  retryInterval: 2m\n  prune: true\n  \
         path: ./deploy/production\n  sourceRef:\n    kind: GitRepository\n    name: team-{number}\n"
    );
    text += "  healthChecks:\n";
    for check in 0..number % 6 {
        text += &format!(
            "    - apiVersion: apps/v1\n      kind: Deployment\n      name: backend-{check}\n"
        );
    }
    text += "  patches:\n    - target: {kind: HelmRelease, name: app}\n      patch: |\n        \
             - op: add\n          path: /spec/values/replicas\n          value: 3\n---\n\
             apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: quota, namespace: apps}\n\
             spec:\n  hard:\n    limits.cpu: '20'\n    limits.memory: 64Gi\n    pods: 200\n";
    text
}

#[divan::bench]
fn parse_10_000_files(bencher: Bencher<'_, '_>) {
    let files = files();
    let bytes: usize = files.iter().map(String::len).sum();
    bencher.counter(BytesCount::new(bytes)).bench(|| {
        let budget = Budget::default();
        files.iter().filter_map(|file| parse(SourceId(0), file.as_bytes(), &budget).ok()).count()
    });
}
