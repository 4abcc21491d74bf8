//! What `generate` does before it touches a disk, by the number of tenants: `cargo bench --bench generate`.
//!
//! `benches/compare.py` times whole commands beside their peers.
#![allow(clippy::unwrap_used)]

use std::hint::black_box;
use std::time::{Duration, Instant};

use tenantry::check::fit::Fit;
use tenantry::check::objects::Objects;
use tenantry::files::Memory;
use tenantry::generate::{Generated, beside, generate, meant};
use tenantry::layout::Shipped;
use tenantry::path::RepoPath;
use tenantry::spec;

fn fleet(layout: &str, tenants: usize) -> Memory {
    let path = |text: &str| RepoPath::new(text).unwrap();
    let shipped = Shipped::embedded(layout).unwrap();
    let artifacts = match shipped.manifest.artifacts.is_empty() {
        true => "",
        false => "artifacts: { url: oci://registry.acme.example/bench }\n",
    };
    let mut files = Memory::new()
        .with(
            path("platform.yaml"),
            "apiVersion: tenantry.dev/v1\nname: bench\n\
             repository: { url: ssh://git@github.com/acme/bench }\n\
             environments: [{ name: staging }, { name: production }]\nflux: { version: 2.9.4 }\n"
                .to_owned()
                + artifacts,
        )
        .with(path("platform/clusters/staging.yaml"), "environment: staging\n")
        .with(path("platform/clusters/prod.yaml"), "environment: production\n");
    for (path, bytes) in beside(layout).unwrap() {
        files.insert(path, bytes);
    }
    for number in 0..tenants {
        let mut text = format!(
            "owner: [\"@acme/team-{number}\"]\nnamespaces: [team-{number}]\nplacement: all\n\
             sources:\n  app:\n    git: {{ url: https://github.com/acme/team-{number}, branch: main }}\n\
             quota: {{ cpu: \"20\", memory: 64Gi }}\n"
        );
        if number % 10 == 0 {
            text += "environments:\n  production: { quota: { cpu: \"40\" } }\n";
        }
        files.insert(path(&format!("platform/tenants/team-{number}.yaml")), text);
    }
    files
}

/// The best of five runs.
fn best<T>(mut run: impl FnMut() -> T) -> Duration {
    (0..5)
        .map(|_| {
            let start = Instant::now();
            black_box(run());
            start.elapsed()
        })
        .min()
        .unwrap()
}

#[allow(clippy::print_stdout)]
fn main() {
    for layout in tenantry::layout::embedded() {
        println!("{}", layout.manifest.name);
        measure(&layout.manifest.name);
    }
}

#[allow(clippy::print_stdout)]
fn measure(layout: &str) {
    println!(
        "{:>8} {:>12} {:>12} {:>12} {:>12}",
        "tenants", "load", "render", "prove", "of it schemas"
    );
    for tenants in [100, 1_000, 10_000] {
        let files = fleet(layout, tenants);
        let load = best(|| spec::load(&files).unwrap());
        let compared = best(|| meant(&files).unwrap());
        let proven = best(|| generate(&files).unwrap());
        let Generated { platform, tree, .. } = meant(&files).unwrap();
        let read = best(|| Objects::read(&platform, &tree, |_, _| Vec::<()>::new()));
        let judged = best(|| {
            let fit = Fit::of(&platform, &tree, &files);
            Objects::read(&platform, &tree, |file, object| fit.judge(&file.loops, object))
        });
        println!(
            "{tenants:>8} {load:>12.2?} {:>12.2?} {:>12.2?} {:>12.2?}",
            compared.saturating_sub(load),
            proven.saturating_sub(compared),
            judged.saturating_sub(read)
        );
    }
}
