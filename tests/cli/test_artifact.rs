//! `push`, `pull`, `tag` and `list`, with a registry on this machine that keeps things in memory.

use insta::assert_snapshot;
use regex::Regex;

use crate::scratch::{Run, Test};
use crate::server::{Answer, Server, status, with};

/// A repository with a folder to push; commands run at a fixed time.
fn repository() -> Test {
    let test = Test::empty()
        .file("deploy/app.yaml", "a: 1\n")
        .file("deploy/sub/b.yaml", "b: 2\n")
        .file("deploy/notes.md", "no\n")
        .file("deploy/.sourceignore", "*.md\n")
        .variable("SOURCE_DATE_EPOCH", "1700000000")
        .committed();
    test.git("", "remote add origin https://ada:secret@github.com/acme/fleet");
    test
}

/// What was said, without what differs from run to run.
fn said(run: Run, server: &Server) -> String {
    let text = run.stdout + &run.stderr;
    assert!(!text.contains("secret"), "{text}");
    let text = text.replace(&server.host, "REGISTRY");
    let text =
        Regex::new("sha1:[0-9a-f]{40}").unwrap().replace_all(&text, "sha1:COMMIT").into_owned();
    Regex::new("sha256:[0-9a-f]{64}").unwrap().replace_all(&text, "sha256:DIGEST").into_owned()
}

/// Runs a command in which `REGISTRY` is the server, and gives what it said.
fn run(test: &Test, server: &Server, words: &str, code: i32) -> String {
    let run = test.run(&words.replace("REGISTRY", &server.host));
    assert_eq!(run.code, code, "{words}:\n{}{}", run.stdout, run.stderr);
    said(run, server)
}

const PUSH: &str = "push artifact oci://REGISTRY/acme/fleet:v1.0.0 --path deploy --retries 0";

#[test]
fn what_is_pushed_is_pulled() {
    let (test, server) = (repository(), Server::new());
    assert_snapshot!(run(&test, &server, &format!("{PUSH} --tag latest"), 0), @r"
    Pushed REGISTRY/acme/fleet:v1.0.0, REGISTRY/acme/fleet:latest: main@sha1:COMMIT, 3 files, layer sha256:DIGEST (191 B); 377 B sent
    REGISTRY/acme/fleet@sha256:DIGEST
    ");
    assert_snapshot!(run(&test, &server, "pull artifact REGISTRY/acme/fleet:latest --into ../out", 0), @r"
    Pulled REGISTRY/acme/fleet:latest into `../out`: 3 files, main@sha1:COMMIT
    REGISTRY/acme/fleet@sha256:DIGEST
    ");
    assert_eq!(test.files("../out"), [".sourceignore", "app.yaml", "sub"]);
    assert_eq!(test.read("../out/sub/b.yaml"), "b: 2\n");
}

#[test]
fn pushing_again_sends_nothing() {
    let (test, server) = (repository(), Server::new());
    run(&test, &server, PUSH, 0);
    server.forget();
    assert_snapshot!(run(&test, &server, PUSH, 0), @r"
    Already there: REGISTRY/acme/fleet:v1.0.0
    REGISTRY/acme/fleet@sha256:DIGEST
    ");
    assert_eq!(server.lines(), ["HEAD /v2/acme/fleet/manifests/v1.0.0"]);
    // A commit that changes nothing of the folder is another artifact with the same layer.
    let test = test.file("README.md", "").then_committed("Say something");
    server.forget();
    run(&test, &server, PUSH, 0);
    let blobs: Vec<_> =
        server.asked().into_iter().filter(|asked| asked.is("PUT", "/blobs/")).collect();
    assert!(blobs.is_empty(), "{:?}", server.lines());
    assert!(server.lines().iter().any(|line| line.starts_with("PUT /v2/acme/fleet/manifests/")));
}

#[test]
fn the_same_commit_is_the_same_artifact_wherever_it_lies() {
    let (test, server) = (repository(), Server::new());
    let digest = |run: Run| run.stdout.lines().last().unwrap().to_owned();
    let words = PUSH.replace("REGISTRY", &server.host) + " --dry-run";
    let here = digest(test.run(&words));
    test.git("", "clone --quiet . ../clone");
    test.git("../clone", "remote set-url origin https://github.com/acme/fleet");
    assert_eq!(here, digest(test.run_in("../clone", &words, "")));
    assert!(server.lines().is_empty(), "a dry run asks nothing");
}

#[test]
fn machines_are_told_what_was_pushed() {
    let (test, server) = (repository(), Server::new());
    assert_snapshot!(run(&test, &server, &format!("{PUSH} --output json"), 0), @r#"
    {
      "apiVersion": "tenantry.dev/cli/v1",
      "kind": "PushArtifactResult",
      "ok": true,
      "data": {
        "repository": "REGISTRY/acme/fleet",
        "tags": [
          "v1.0.0"
        ],
        "digest": "sha256:DIGEST",
        "url": "oci://REGISTRY/acme/fleet@sha256:DIGEST",
        "source": "https://github.com/acme/fleet",
        "revision": "main@sha1:COMMIT",
        "created": "2023-11-14T22:13:20Z",
        "dirty": [],
        "layer": {
          "digest": "sha256:DIGEST",
          "size": 191
        },
        "files": [
          ".sourceignore",
          "app.yaml",
          "sub/b.yaml"
        ],
        "pushed": true,
        "sent": 377
      },
      "diagnostics": []
    }
    "#);
    assert_snapshot!(run(&test, &server, &format!("{PUSH} --output name"), 0), @r"
    REGISTRY/acme/fleet@sha256:DIGEST
    ");
}

#[test]
fn a_dry_run_says_what_would_be_pushed() {
    let (test, server) = (repository(), Server::new());
    assert_snapshot!(run(&test, &server, &format!("{PUSH} --dry-run --ignore-paths 'sub/'"), 0), @r"
      .sourceignore
      app.yaml
    main@sha1:COMMIT, 2 files, layer sha256:DIGEST (154 B), 2 files left out
    would be REGISTRY/acme/fleet:v1.0.0
    REGISTRY/acme/fleet@sha256:DIGEST
    ");
}

#[test]
fn what_no_commit_has_is_pushed_only_if_that_is_said() {
    let server = Server::new();
    let test = repository()
        .line("deploy/app.yaml", "c: 3")
        .file("deploy/new.yaml", "")
        .file("deploy/x.md", "");
    assert_snapshot!(run(&test, &server, PUSH, 1), @r"
    uncommitted-content

      x `deploy` has what no commit has: `app.yaml`, `new.yaml`
      help: commit them, leave them out (`.sourceignore`, `--ignore-paths`), or push them as they are
            with `--allow-dirty`
    ");
    assert_snapshot!(run(&test, &server, &format!("{PUSH} --allow-dirty"), 0), @r"
    Pushed REGISTRY/acme/fleet:v1.0.0: main@sha1:COMMIT-dirty, 4 files, layer sha256:DIGEST (212 B); 398 B sent
    REGISTRY/acme/fleet@sha256:DIGEST
    uncommitted-content

      ! what is pushed is in no commit: `app.yaml`, `new.yaml`
      help: nobody can make the same artifact from the repository; commit, and push again
    ");
    // What git passes over is in no commit either.
    let test = repository()
        .file(".gitignore", "*.env\n")
        .then_committed("Ignore")
        .file("deploy/a.env", "x");
    assert_snapshot!(run(&test, &server, PUSH, 1), @r"
    uncommitted-content

      x `deploy` has what no commit has: `a.env`
      help: commit them, leave them out (`.sourceignore`, `--ignore-paths`), or push them as they are
            with `--allow-dirty`
    ");
}

#[test]
fn a_tag_names_the_revision_where_that_is_asked_for() {
    let (test, server) = (repository(), Server::new());
    test.git("", "tag v1.0.0");
    let revision = |words: &str| {
        let text = run(&test, &server, &format!("{PUSH} --dry-run {words}"), 0);
        text.lines()
            .find(|line| line.contains("sha1:"))
            .unwrap()
            .split(',')
            .next()
            .unwrap()
            .to_owned()
    };
    assert_eq!(revision(""), "main@sha1:COMMIT");
    assert_eq!(revision("--tag-ish"), "v1.0.0@sha1:COMMIT");
    test.git("", "checkout --quiet --detach");
    assert_eq!(revision(""), "v1.0.0@sha1:COMMIT");
    test.git("", "tag --delete v1.0.0");
    assert_eq!(revision(""), "sha1:COMMIT");
}

#[test]
fn links_are_left_out_and_told() {
    let server = Server::new();
    let test = repository().link("deploy/link.yaml", "app.yaml").then_committed("Link");
    assert_snapshot!(run(&test, &server, &format!("{PUSH} --dry-run"), 0), @r"
      .sourceignore
      app.yaml
      sub/b.yaml
    main@sha1:COMMIT, 3 files, layer sha256:DIGEST (191 B), 1 file left out
    would be REGISTRY/acme/fleet:v1.0.0
    REGISTRY/acme/fleet@sha256:DIGEST
    link-left-out

      ! symbolic links are not pushed: `link.yaml`
      help: Flux has none in its artifacts; put the files themselves there, or name the links in
            `.sourceignore`
    ");
}

#[test]
fn where_content_comes_from_must_be_known() {
    let server = Server::new();
    let test = Test::empty().file("deploy/a.yaml", "");
    assert_snapshot!(run(&test, &server, PUSH, 1), @r"
    cannot-pack

      x the content lies in no git repository, so that it is not known where the content comes from
      help: say it with `--source URL`
    ");
    assert_snapshot!(run(&test, &server, &format!("{PUSH} --source x"), 1), @r"
    cannot-pack

      x the content lies in no git repository, so that it is not known which state of its source it is
      help: say it with `--revision BRANCH@sha1:COMMIT`
    ");
    let source = "--source https://ada:secret@git.acme.example/fleet --revision y --output json";
    let pushed = run(&test, &server, &format!("{PUSH} {source}"), 0);
    assert!(pushed.contains(r#""source": "https://git.acme.example/fleet""#), "{pushed}");
    let test = test.committed();
    assert_snapshot!(run(&test, &server, PUSH, 1), @r"
    cannot-pack

      x the repository has no remote, so that it is not known where the content comes from
      help: say it with `--source URL`
    ");
    let test = repository().variable("SOURCE_DATE_EPOCH", "now");
    assert_snapshot!(run(&test, &server, PUSH, 1), @r"
    cannot-pack

      x SOURCE_DATE_EPOCH is `now`, no number of seconds since 1970
      help: unset it, or set it such as by `git log -1 --format=%ct`
    ");
}

#[test]
fn what_cannot_be_pushed_is_said() {
    let (test, server) = (repository().folder("empty"), Server::new());
    let mut all = String::new();
    for (words, code) in [
        ("push artifact oci://REGISTRY/acme/fleet --path none", 1),
        ("push artifact oci://REGISTRY/acme/fleet --path empty", 1),
        ("push artifact oci://REGISTRY/acme/fleet --path deploy --ignore-paths '*'", 1),
        ("push artifact https://ghcr.io/acme/fleet --path deploy", 2),
        ("push artifact acme/fleet --path deploy", 2),
        ("push artifact oci://me:secret@ghcr.io/acme/fleet --path deploy", 2),
        ("push artifact oci://ghcr.io/Acme/fleet --path deploy", 2),
        ("push artifact oci://ghcr.io/acme/fleet:a:b --path deploy", 2),
        ("push artifact oci://REGISTRY/acme/fleet --path deploy --tag -x", 2),
        ("push artifact oci://REGISTRY/acme/fleet --path deploy --annotations x", 2),
        ("push artifact oci://REGISTRY/acme/fleet --path deploy -a a=1 -a a=2", 2),
        ("push artifact oci://REGISTRY/acme/fleet --path deploy --username me", 2),
        ("push artifact oci://REGISTRY/acme/fleet --path deploy --username me --password-stdin", 2),
        ("push artifact oci://REGISTRY/acme/fleet --path deploy --provider azur", 2),
        ("push artifact oci://ghcr.io/acme/fleet --path deploy --provider aws", 1),
        ("push artifact oci://REGISTRY/acme/fleet", 2),
        ("list artifacts oci://REGISTRY/acme/fleet:v1", 2),
        ("list artifacts oci://REGISTRY/acme/fleet --filter-semver one", 2),
        ("list artifacts oci://REGISTRY/acme/fleet --filter-regex '['", 2),
        ("tag artifact oci://REGISTRY/acme/fleet", 2),
    ] {
        all.push_str(&format!("$ tenantry {words}\n{}\n", run(&test, &server, words, code)));
    }
    assert_snapshot!(all, @r"
        $ tenantry push artifact oci://REGISTRY/acme/fleet --path none
        cannot-pack

          x there is nothing at `none`
          help: `--path` takes a folder, or one file; it is seen from where the command runs


        $ tenantry push artifact oci://REGISTRY/acme/fleet --path empty
        cannot-pack

          x no file of `empty` is to be pushed
          help: symbolic links and empty folders are not pushed


        $ tenantry push artifact oci://REGISTRY/acme/fleet --path deploy --ignore-paths '*'
        cannot-pack

          x no file of `deploy` is to be pushed: 4 left out
          help: look at its `.sourceignore` and at `--ignore-paths`


        $ tenantry push artifact https://ghcr.io/acme/fleet --path deploy
        wrong-usage

          x `https://…` is no OCI address: it begins with `oci://`, or with the registry
          help: such as `oci://ghcr.io/acme/fleet:v1.2.0`


        $ tenantry push artifact acme/fleet --path deploy
        wrong-usage

          x `acme/fleet` names no registry
          help: such as `oci://ghcr.io/acme/fleet:v1.2.0`


        $ tenantry push artifact oci://me:secret@ghcr.io/acme/fleet --path deploy
        wrong-usage

          x the address has a user or a password in it
          help: say the user with `--username` and the password with `--password-stdin`


        $ tenantry push artifact oci://ghcr.io/Acme/fleet --path deploy
        wrong-usage

          x `Acme/fleet` is no repository's name: it has capital letters
          help: such as `oci://ghcr.io/acme/fleet`: small letters, digits, and `.`, `_` or `-` between
                them


        $ tenantry push artifact oci://ghcr.io/acme/fleet:a:b --path deploy
        wrong-usage

          x `a:b` is no tag: a tag has letters, digits, `_`, `.` and `-`, begins with none of `.` and `-`,
          | and has 128 characters at most
          help: such as `v1.2.0`, `latest` or a commit's first digits


        $ tenantry push artifact oci://REGISTRY/acme/fleet --path deploy --tag -x
        error: unexpected argument '-x' found

          tip: to pass '-x' as a value, use '-- -x'

        Usage: tenantry push artifact [OPTIONS] [ADDRESS|NAME]

        For more information, try '--help'.

        $ tenantry push artifact oci://REGISTRY/acme/fleet --path deploy --annotations x
        wrong-usage

          x --annotations: `x` is no KEY=VALUE


        $ tenantry push artifact oci://REGISTRY/acme/fleet --path deploy -a a=1 -a a=2
        wrong-usage

          x --annotations: `a` is said twice


        $ tenantry push artifact oci://REGISTRY/acme/fleet --path deploy --username me
        error: the following required arguments were not provided:
          --password-stdin

        Usage: tenantry push artifact --username <USER> --password-stdin --path <PATH> <ADDRESS|NAME>

        For more information, try '--help'.

        $ tenantry push artifact oci://REGISTRY/acme/fleet --path deploy --username me --password-stdin
        wrong-usage

          x --password-stdin: standard input is empty


        $ tenantry push artifact oci://REGISTRY/acme/fleet --path deploy --provider azur
        error: invalid value 'azur' for '--provider <CLOUD>'
          [possible values: generic, aws, azure, gcp]

          tip: a similar value exists: 'azure'

        For more information, try '--help'.

        $ tenantry push artifact oci://ghcr.io/acme/fleet --path deploy --provider aws
        no-credentials

          x ghcr.io is no registry of `aws`, and is shown no token of it
          help: `aws` has `ACCOUNT.dkr.ecr.REGION.amazonaws.com` and `public.ecr.aws`; elsewhere leave out
                `--provider`


        $ tenantry push artifact oci://REGISTRY/acme/fleet
        wrong-usage

          x `oci://REGISTRY/acme/fleet` is an address: say with `--path DIR` what is to be pushed
          | there


        $ tenantry list artifacts oci://REGISTRY/acme/fleet:v1
        wrong-usage

          x what is listed is a repository: leave `:v1` out


        $ tenantry list artifacts oci://REGISTRY/acme/fleet --filter-semver one
        wrong-usage

          x `one` is no range of versions: unexpected character 'o' while parsing major version number


        $ tenantry list artifacts oci://REGISTRY/acme/fleet --filter-regex '['
        wrong-usage

          x `[` is no regular expression: unclosed character class


        $ tenantry tag artifact oci://REGISTRY/acme/fleet
        error: the following required arguments were not provided:
          --tag <TAG>

        Usage: tenantry tag artifact --tag <TAG> <ADDRESS|NAME>

        For more information, try '--help'.
        ");
}

#[test]
fn a_registrys_faults_are_told_with_what_to_do() {
    let mut all = String::new();
    let words = r#"{"errors":[{"code":"X","message":"what it says"}]}"#;
    let challenge = ("www-authenticate", "Basic realm=\"x\"");
    for (name, answer, code) in [
        ("401", with(401, &[challenge], words), 1),
        ("403", status(403, words), 1),
        ("404", status(404, words), 1),
        ("413", status(413, "<html>"), 1),
        ("429", with(429, &[("retry-after", "120")], words), 5),
        ("500", status(500, words), 5),
        ("507", status(507, words), 5),
        ("cut", Answer::Close, 5),
        ("login page", with(302, &[("location", "https://acme.example/login")], ""), 1),
    ] {
        let server =
            Server::failing(move |asked, _| asked.is("POST", "/uploads/").then(|| answer.clone()));
        all.push_str(&format!("{name}:\n{}\n", run(&repository(), &server, PUSH, code)));
    }
    let mut nobody = Server::new();
    nobody.host = "127.0.0.1:1".to_owned();
    all.push_str(&format!("down:\n{}", run(&repository(), &nobody, PUSH, 5)));
    assert_snapshot!(all, @r"
    401:
    registry-refused

      x REGISTRY does not accept requests without credentials
      help: log in with `docker login REGISTRY`, say `--username` and `--password-stdin`, or
            `--provider` in a cloud


    403:
    registry-refused

      x REGISTRY forbids pushing blob 1315f9474369… (191 B) to acme/fleet with no credentials:
      | X: what it says
      help: log in with `docker login REGISTRY`, say `--username` and `--password-stdin`, or
            `--provider` in a cloud


    404:
    registry-refused

      x REGISTRY has no blob 1315f9474369… (191 B): X: what it says
      help: see whether the repository's name is right: some registries make none on the first push,
            and some say so where a right is missing


    413:
    registry-refused

      x REGISTRY takes nothing so large as blob 1315f9474369… (191 B)
      help: leave out what clusters do not need (`--ignore-paths`, `.sourceignore`), or have the limit
            raised: often a proxy's before the registry


    429:
    registry-failed

      x REGISTRY wants fewer requests, and none for 120s: X: what it says
      help: wait, and run it again: what is there already is not sent again; whoever is logged in may
            ask more often


    500:
    registry-failed

      x REGISTRY failed while pushing blob 1315f9474369… (191 B) to acme/fleet (500): X: what
      | it says
      help: look at the registry's own log; run it again: what is there already is not sent again


    507:
    registry-failed

      x REGISTRY has no room for blob 1315f9474369… (191 B) (507): X: what it says
      help: have room made, or the quota raised, and run it again: what is there already is not sent
            again


    cut:
    registry-failed

      x REGISTRY closed the connection while pushing blob 1315f9474369… (191 B) to acme/fleet:
      | peer disconnected
      help: run it again: what is there already is not sent again; `--timeout` waits longer


    login page:
    registry-refused

      x REGISTRY does not speak as a registry does: it leads elsewhere (302) while pushing blob
      | 1315f9474369… (191 B) to acme/fleet
      help: see whether the address is a registry's, and what stands before it: a login page, a proxy


    down:
    registry-failed

      x REGISTRY cannot be reached: connection refused
      help: see whether it runs and whether a proxy is needed (HTTPS_PROXY), then run it again: what
            is there already is not sent again
    ");
}

#[test]
fn a_run_after_a_fault_sends_what_is_missing() {
    let test = repository();
    let server = Server::failing(|asked, before| {
        (asked.is("PUT", "/manifests/") && before == 0).then(|| status(507, "full"))
    });
    run(&test, &server, PUSH, 5);
    let sent = server.asked().iter().filter(|asked| asked.is("PUT", "/blobs/")).count();
    run(&test, &server, PUSH, 0);
    assert_eq!(server.asked().iter().filter(|asked| asked.is("PUT", "/blobs/")).count(), sent);
}

#[test]
fn credentials_come_from_dockers_configuration_or_from_standard_input() {
    // ada:secret
    let server = Server::failing(|asked, _| {
        (asked.header("authorization") != "Basic YWRhOnNlY3JldA==")
            .then(|| with(401, &[("www-authenticate", "Basic realm=\"x\"")], ""))
    });
    let config = format!(r#"{{"auths":{{"{}":{{"auth":"YWRhOnNlY3JldA=="}}}}}}"#, server.host);
    run(&repository().file("../home/.docker/config.json", config), &server, PUSH, 0);
    let words = PUSH.replace("REGISTRY", &server.host) + " --username ada --password-stdin";
    let given = repository().run_with(&words, "secret\n");
    assert_eq!(given.code, 0, "{}", given.stderr);
    let wrong = repository().run_with(&words, "guess\n");
    assert_eq!(wrong.code, 1);
    assert_snapshot!(said(wrong, &server), @r"
    registry-refused

      x REGISTRY does not accept the credentials of `ada` from the command line
      help: log in again: `docker login REGISTRY`; tokens expire
    ");
    let broken = repository().file("../home/.docker/config.json", "{");
    assert_snapshot!(run(&broken, &server, PUSH, 1), @r"
    no-credentials

      x `[scratch]/home/.docker/config.json` is no configuration of Docker's: EOF while parsing an object at line 1 column 1
      help: mend it, or log in again with `docker login`, which writes it
    ");
}

#[test]
fn tags_are_put_and_listed() {
    let (test, server) = (repository(), Server::new());
    run(&test, &server, PUSH, 0);
    let tag = "tag artifact REGISTRY/acme/fleet:v1.0.0 --tag stable --tag v1.10.0 --tag v1.9.0";
    assert_snapshot!(run(&test, &server, tag, 0), @r"
    REGISTRY/acme/fleet:stable@sha256:DIGEST: tagged
    REGISTRY/acme/fleet:v1.10.0@sha256:DIGEST: tagged
    REGISTRY/acme/fleet:v1.9.0@sha256:DIGEST: tagged
    ");
    server.forget();
    assert_snapshot!(run(&test, &server, tag, 0), @r"
    REGISTRY/acme/fleet:stable@sha256:DIGEST: is so already
    REGISTRY/acme/fleet:v1.10.0@sha256:DIGEST: is so already
    REGISTRY/acme/fleet:v1.9.0@sha256:DIGEST: is so already
    ");
    assert!(!server.lines().iter().any(|line| line.starts_with("PUT")), "{:?}", server.lines());
    assert_snapshot!(run(&test, &server, "list artifacts REGISTRY/acme/fleet", 0), @r"
    TAG      DIGEST                                                                   REVISION                                            CREATED
    v1.10.0  sha256:DIGEST  main@sha1:COMMIT  2023-11-14T22:13:20Z
    v1.9.0   sha256:DIGEST  main@sha1:COMMIT  2023-11-14T22:13:20Z
    v1.0.0   sha256:DIGEST  main@sha1:COMMIT  2023-11-14T22:13:20Z
    stable   sha256:DIGEST  main@sha1:COMMIT  2023-11-14T22:13:20Z
    ");
    assert_snapshot!(
        run(&test, &server, "list artifact REGISTRY/acme/fleet --filter-semver '>=1.9.0' --output name", 0),
        @r"
    REGISTRY/acme/fleet:v1.10.0
    REGISTRY/acme/fleet:v1.9.0
    "
    );
    assert_snapshot!(run(&test, &server, "list artifacts REGISTRY/acme/fleet --filter-regex '^x'", 0), @r"
    No artifacts with such a tag.
    ");
    assert_snapshot!(run(&test, &server, "list artifacts REGISTRY/acme/fleet --limit 1", 0), @r"
    TAG      DIGEST                                                                   REVISION                                            CREATED
    v1.10.0  sha256:DIGEST  main@sha1:COMMIT  2023-11-14T22:13:20Z
    … and 3 more; `--limit 4` shows all
    ");
    assert_snapshot!(run(&test, &server, "tag artifact REGISTRY/acme/fleet:none --tag x", 1), @r"
    registry-refused

      x REGISTRY has no manifest `none` in `acme/fleet`: MANIFEST_UNKNOWN: manifest unknown
      help: `tenantry list artifacts ADDRESS` shows the tags there are; some registries say so where
            credentials are missing
    ");
    assert_snapshot!(run(&test, &server, "list artifacts REGISTRY/acme/none --output json", 0), @r#"
    {
      "apiVersion": "tenantry.dev/cli/v1",
      "kind": "ListArtifactsResult",
      "ok": true,
      "data": {
        "artifacts": [],
        "total": 0
      },
      "diagnostics": []
    }
    "#);
}

#[test]
fn nothing_is_pulled_over_what_is_there() {
    let (test, server) = (repository(), Server::new());
    run(&test, &server, PUSH, 0);
    let test = test.file("../out/app.yaml", "mine\n").file("../out/other", "");
    let pull = "pull artifact REGISTRY/acme/fleet:v1.0.0 --into ../out";
    assert_snapshot!(run(&test, &server, pull, 1), @r"
    file-in-the-way

      x the folder `../out` is not empty: `app.yaml`, `other` lie there
      help: choose another folder, or say `--overwrite`: files of the same names are replaced, others
            stay
    ");
    assert_eq!(test.read("../out/app.yaml"), "mine\n");
    run(&test, &server, &format!("{pull} --overwrite"), 0);
    assert_eq!(test.read("../out/app.yaml"), "a: 1\n");
    assert_eq!(test.files("../out"), [".sourceignore", "app.yaml", "other", "sub"]);
}

/// An artifact whose layer is this archive.
fn artifact(server: &Server, fill: impl FnOnce(&mut tar::Builder<Vec<u8>>)) {
    use std::io::Write as _;
    let mut builder = tar::Builder::new(Vec::new());
    fill(&mut builder);
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&builder.into_inner().unwrap()).unwrap();
    let layer = gzip.finish().unwrap();
    let digest = server.put_blob(&layer);
    let manifest = serde_json::json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": { "mediaType": "application/vnd.cncf.flux.config.v1+json", "digest": digest, "size": 2 },
        "layers": [{
            "mediaType": "application/vnd.cncf.flux.content.v1.tar+gzip",
            "digest": digest,
            "size": layer.len(),
        }],
    });
    let kind = "application/vnd.oci.image.manifest.v1+json";
    server.put("acme/fleet", "bad", kind, manifest.to_string().as_bytes());
}

#[test]
fn what_is_not_safe_is_not_unpacked() {
    let entry = |builder: &mut tar::Builder<Vec<u8>>, path: &str, link: bool, size: usize| {
        let mut header = tar::Header::new_ustar();
        header.as_old_mut().name[..path.len()].copy_from_slice(path.as_bytes());
        header.set_entry_type(if link { tar::EntryType::Symlink } else { tar::EntryType::Regular });
        header.set_mode(0o644);
        header.set_size(size as u64);
        header.set_cksum();
        builder.append(&header, &*vec![0; size]).unwrap();
    };
    let mut all = String::new();
    let pull = "pull artifact REGISTRY/acme/fleet:bad --into ../out --max-size 1 --retries 0";
    for (name, path, link, size) in [
        ("traversal", "../evil", false, 1),
        ("absolute", "/etc/evil", false, 1),
        ("link", "evil", true, 0),
        ("bomb", "evil", false, 2 << 20),
    ] {
        let (test, server) = (Test::empty(), Server::new());
        artifact(&server, |builder| {
            entry(builder, "good", false, 1);
            entry(builder, path, link, size);
        });
        all.push_str(&format!("{name}:\n{}\n", run(&test, &server, pull, 1)));
        assert!(test.files("../out").is_empty(), "{name}");
    }
    assert_snapshot!(all, @r"
    traversal:
    invalid-artifact

      x REGISTRY/acme/fleet:bad was not unpacked: the layer has an entry `../evil`, which leads
      | out of the folder
      help: nothing was written; Flux makes no such entries: find out who pushed it


    absolute:
    invalid-artifact

      x REGISTRY/acme/fleet:bad was not unpacked: the layer has an entry `/etc/evil`, which is
      | an absolute path
      help: nothing was written; Flux makes no such entries: find out who pushed it


    link:
    invalid-artifact

      x REGISTRY/acme/fleet:bad was not unpacked: the layer has an entry `evil`, which is a
      | link
      help: nothing was written; Flux makes no such entries: find out who pushed it


    bomb:
    invalid-artifact

      x REGISTRY/acme/fleet:bad was not unpacked: the layer unpacks to more than 1 MiB
      help: if you trust it, allow more with `--max-size`
    ");
    let (test, server) = (Test::empty(), Server::new());
    server.put("acme/fleet", "list", "application/vnd.oci.image.index.v1+json", b"{}");
    let list = "pull artifact REGISTRY/acme/fleet:list --into ../out";
    assert_snapshot!(run(&test, &server, list, 1), @r"
    invalid-artifact

      x REGISTRY/acme/fleet:list is no artifact: it is a list of manifests
    ");
}
