//! Sync in repositories as people clone them: packed, shallow, partial, sparse, as a worktree or a submodule. With real git.

use std::process::Command;

use insta::assert_snapshot;

use crate::scratch::Test;

const LIMITS: &str = "tenants/base/shop/limits.yaml";
const SHOP: &str = "platform/tenants/shop.yaml";

/// Runs git in a folder beside the platform's, or in it.
fn git(test: &Test, folder: &str, words: &str) {
    let output = Command::new("git")
        .args([
            "-c",
            "protocol.file.allow=always",
            "-c",
            "user.name=Ada",
            "-c",
            "user.email=ada@acme.example",
        ])
        .args(shlex::split(words).unwrap())
        .current_dir(test.at(folder))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "git {words}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A generated platform in git, with an edit committed in a second commit.
fn edited() -> Test {
    let test = Test::generated().committed().first_line(LIMITS, "# mine");
    git(&test, "", "commit -q -a -m Edit");
    test
}

fn generate(test: &Test, folder: &str) -> (i32, String) {
    let run = test.run_in(folder, "generate", "");
    // Long messages are broken wherever an id wants it.
    let breaks = regex::Regex::new(r"\n +\| ").unwrap();
    (run.code, breaks.replace_all(&(run.stdout + &run.stderr), " ").into_owned())
}

fn is_merged(test: &Test, folder: &str) {
    let (code, said) = generate(test, folder);
    assert_eq!(code, 0, "{said}");
    let text = test.read(&format!("{folder}/{LIMITS}"));
    assert!(text.starts_with("# mine\n") && text.contains("48Gi"), "{text}");
}

fn change(test: &Test, folder: &str) {
    let file = format!("{folder}/{SHOP}");
    test.write(&file, test.read(&file).replace("memory: 32Gi", "memory: 48Gi"));
}

#[test]
fn bases_come_from_packs_worktrees_submodules_and_alternates() {
    let test = edited();
    git(&test, "", "gc -q");
    git(&test, "", "worktree add -q ../tree");
    git(&test, "..", "clone -q --shared fleet shared");
    git(&test, "..", "init -q outer");
    git(&test, "../outer", "submodule --quiet add ../fleet inner");
    for folder in ["../tree", "../shared", "../outer/inner", "."] {
        change(&test, folder);
        is_merged(&test, folder);
    }
}

#[test]
fn a_platform_in_a_folder_of_a_larger_repository_finds_its_bases() {
    let test = Test::generated().first_line(LIMITS, "");
    let generated = test.read(LIMITS).trim_start().to_owned();
    let test = test.file(LIMITS, generated);
    git(&test, "..", "init -q");
    git(&test, "..", "add fleet");
    git(&test, "..", "commit -q -m Begin");
    let test = test.first_line(LIMITS, "# mine");
    change(&test, ".");
    is_merged(&test, ".");
}

#[test]
fn a_shallow_clone_says_how_to_get_what_it_has_not() {
    let test = edited();
    let url = format!("file://{}", test.root().display());
    git(&test, "..", &format!("clone -q --depth 1 {url} shallow"));
    let run = test.run_in("../shallow", "generate --check", "");
    assert_eq!(run.code, 0, "{}", run.stderr);
    change(&test, "../shallow");
    let run = test.run_in("../shallow", "generate --check", "");
    assert_eq!(run.code, 3, "{}", run.stderr);
    let (code, said) = generate(&test, "../shallow");
    assert_eq!(code, 4);
    assert_snapshot!(said, @"
      ! tenants/base/shop/limits.yaml (conflict)
    0 to create, 1 to change, 0 to delete, 1 in conflict
    merge-conflict

      x what was edited in `tenants/base/shop/limits.yaml` and what is generated now do not go together: what was generated before the edit is not to be had (the clone is shallow: `git fetch --unshallow` brings what is older)
      help: restore it (`git checkout -- tenants/base/shop/limits.yaml .tenantry/lock`), get what is
            missing, and generate again; or keep what is right of both, and delete the marks
    ");
    git(&test, "../shallow", "checkout -q -- tenants .tenantry");
    git(&test, "../shallow", "fetch -q --unshallow");
    is_merged(&test, "../shallow");
}

#[test]
fn a_kept_base_needs_no_history() {
    let test = edited();
    test.does("generate");
    git(&test, "", "add -A");
    git(&test, "", "commit -q -m Keep");
    let url = format!("file://{}", test.root().display());
    git(&test, "..", &format!("clone -q --depth 1 {url} shallow"));
    change(&test, "../shallow");
    is_merged(&test, "../shallow");
}

#[test]
fn a_partial_clone_says_how_to_get_what_it_has_not() {
    let test = edited();
    git(&test, "", "config uploadpack.allowFilter true");
    let url = format!("file://{}", test.root().display());
    git(&test, "..", &format!("clone -q --filter=blob:none {url} partial"));
    change(&test, "../partial");
    let (code, said) = generate(&test, "../partial");
    assert_eq!(code, 4);
    assert!(said.contains("the clone is partial: `git cat-file -e "), "{said}");
}

#[test]
fn a_repository_of_sha_256_has_the_bases_that_are_kept() {
    let test = Test::generated();
    git(&test, "", "init -q --object-format=sha256");
    let test = test.first_line(LIMITS, "# mine");
    change(&test, ".");
    let (code, said) = generate(&test, ".");
    assert_eq!(code, 4);
    assert!(said.contains("SHA-256"), "{said}");

    let test = Test::generated().first_line(LIMITS, "# mine");
    git(&test, "", "init -q --object-format=sha256");
    test.does("generate");
    change(&test, ".");
    is_merged(&test, ".");
}

#[test]
fn what_a_sparse_checkout_leaves_out_is_neither_deleted_nor_written() {
    for index in ["--no-sparse-index", "--sparse-index"] {
        let test = Test::generated().committed();
        git(&test, "", &format!("sparse-checkout set --cone {index} platform .tenantry clusters"));
        assert!(!test.at("tenants").exists());
        assert!(test.answers("generate --check").starts_with("In sync: "));
        assert!(test.does("generate").starts_with("Nothing to do: "));
        assert!(!test.at("tenants").exists());

        change(&test, ".");
        insta::allow_duplicates! {
            assert_snapshot!(test.finds("generate --check"), @"
            1 file is not what the description means.
            out-of-sync

              x `tenants/base/shop/limits.yaml` is not what the description means any more
              help: `tenantry generate` brings it there
            ");
            assert_snapshot!(test.does("generate"), @"
              = tenants/base/shop/limits.yaml (left out of the checkout, and not written)
            0 to create, 0 to change, 0 to delete
            ");
        }
        assert!(!test.at("tenants").exists());
        git(&test, "", "sparse-checkout disable");
        test.does("generate");
        assert!(test.read(LIMITS).contains("48Gi"));
        assert_eq!(test.run("generate --check").code, 0);
    }
}

#[test]
fn what_was_deleted_by_hand_is_so_in_a_sparse_checkout_too() {
    let test = Test::generated().committed().without(LIMITS);
    git(&test, "", "commit -q -a -m Delete");
    git(&test, "", "sparse-checkout set --cone platform .tenantry clusters");
    let said = test.answers("generate --check");
    assert!(said.starts_with(&format!("  {LIMITS} was deleted by hand\n")), "{said}");
}

#[test]
fn a_new_tenant_in_a_sparse_checkout_is_written_where_git_checks_out() {
    let test = Test::generated().committed();
    git(&test, "", "sparse-checkout set --no-cone '/*' '!/tenants/'");
    let tenant = test.read(SHOP).replace("shop", "web");
    let test = test.file("platform/tenants/web.yaml", tenant);
    let said = test.does("generate");
    assert!(said.contains("  + clusters/prod-eu/tenants/web.yaml\n"), "{said}");
    assert!(
        said.contains(
            "  = tenants/base/web/sync.yaml (left out of the checkout, and not written)\n"
        ),
        "{said}"
    );
    assert!(!test.at("tenants").exists());
    let said = test.finds("generate --check");
    assert!(said.contains("`tenants/base/web/sync.yaml`"), "{said}");
}
