//! Reading and writing many small files, as a platform repository has them.

use divan::Bencher;
use divan::counter::BytesCount;
use kustomize::yaml::{Budget, Document, SourceId, check, emit, parse, quote_scalar, rewrite};

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
    for check in 0..5 + number % 12 {
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

fn size(files: &[String]) -> BytesCount {
    BytesCount::new(files.iter().map(String::len).sum::<usize>())
}

fn read(file: &str) -> Option<Vec<Document>> {
    parse(SourceId(0), file.as_bytes(), &Budget::default()).ok()
}

#[divan::bench]
fn parse_10_000_files(bencher: Bencher<'_, '_>) {
    let files = files();
    bencher
        .counter(size(&files))
        .bench(|| files.iter().filter_map(|file| read(file)).map(|file| file.len()).sum::<usize>());
}

#[divan::bench]
fn check_10_000_files(bencher: Bencher<'_, '_>) {
    let files = files();
    let budget = Budget::default();
    bencher.counter(size(&files)).bench(|| {
        let counts =
            files.iter().filter_map(|file| check(SourceId(0), file.as_bytes(), &budget).ok());
        counts.sum::<usize>()
    });
}

#[divan::bench]
fn write_10_000_files(bencher: Bencher<'_, '_>) {
    let files = files();
    let documents: Vec<Document> = files.iter().filter_map(|file| read(file)).flatten().collect();
    bencher.counter(size(&files)).bench(|| {
        documents.iter().map(|document| emit::to_string(&document.root).len()).sum::<usize>()
    });
}

#[divan::bench]
fn rewrite_10_000_files_with_comments(bencher: Bencher<'_, '_>) {
    let files = files();
    let budget = Budget::default();
    bencher.counter(size(&files)).bench(|| {
        let written =
            files.iter().filter_map(|file| rewrite(SourceId(0), file.as_bytes(), &budget).ok());
        written.flatten().map(|text| text.len()).sum::<usize>()
    });
}

#[divan::bench]
fn quote_a_million_scalars(bencher: Bencher<'_, '_>) {
    let values = ["team-a", "https://github.com/acme/fleet", "10m0s", "1.20", "a: b", "./deploy"];
    bencher.bench(|| {
        let values = values.iter().cycle().take(1_000_000);
        values.map(|value| quote_scalar(value).len()).sum::<usize>()
    });
}
