#![allow(clippy::all, missing_docs)]
use std::time::Instant;
use tenantry::{files::*, layout, path::RepoPath, render, spec};
#[test]
fn scratch() {
    let dir = std::env::var("EXAMPLE").unwrap();
    let disk = Disk::new(dir.clone());
    let mut files = Memory::new();
    for f in disk.list(None).unwrap() {
        if !f.as_str().starts_with(".tenantry") {
            let b = disk.read(&f).unwrap().unwrap();
            files.insert(f, b);
        }
    }
    for (p, b) in layout::files_of("multi-tenancy").unwrap() {
        files.insert(RepoPath::new(&format!("{}/{}", layout::FOLDER, p)).unwrap(), b);
    }
    let t = Instant::now();
    let platform = spec::load(&files).map_err(|f| panic!("{:#?}", f.diagnostics)).unwrap();
    let t1 = t.elapsed();
    let layout = layout::load(&files, &RepoPath::new(layout::FOLDER).unwrap())
        .unwrap_or_else(|f| panic!("{f:#?}"));
    let t2 = t.elapsed();
    let tree = match render::render(&platform, &layout, &files) {
        Ok(t) => t,
        Err(f) => {
            for d in f {
                println!("{}: {} {:?} {:?}", d.code, d.message, d.place, d.help);
            }
            panic!()
        }
    };
    let t3 = t.elapsed();
    println!("spec {t1:?} layout {:?} render {:?} files {}", t2 - t1, t3 - t2, tree.len());
    if let Ok(out) = std::env::var("OUT") {
        for (p, f) in tree.iter() {
            let path = p.below(std::path::Path::new(&out));
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, &f.bytes).unwrap();
        }
    }
}
