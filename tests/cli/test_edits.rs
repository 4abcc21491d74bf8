//! Edits by hand in generated files: which are forbidden.

use insta::assert_snapshot;

use crate::scratch::Test;

const RBAC: &str = "tenants/base/shop/rbac.yaml";
const LIMITS: &str = "tenants/base/shop/limits.yaml";

#[test]
fn an_edit_of_what_carries_rights_is_an_error() {
    let test = Test::generated().line(RBAC, "# mine");
    assert_snapshot!(test.finds("generate --check"), @"
    1 file is not what the description means.
    forbidden-edit

      x `tenants/base/shop/rbac.yaml` was edited or deleted by hand, which is forbidden here
      help: say it by `role` and `groups` in the tenant's file (here `platform/tenants/shop.yaml`),
            and bring the file back with `tenantry generate --reset tenants/base/shop/rbac.yaml`;
            `edits.forbid` in `platform.yaml` says which files this holds for
    ");
    assert_snapshot!(test.refuses("generate"), @"
    forbidden-edit

      x `tenants/base/shop/rbac.yaml` was edited by hand, which is forbidden here
      help: say it by `role` and `groups` in the tenant's file (here `platform/tenants/shop.yaml`),
            and bring the file back with `tenantry generate --reset tenants/base/shop/rbac.yaml`;
            `edits.forbid` in `platform.yaml` says which files this holds for
    ");
}

#[test]
fn what_carries_rights_may_not_be_deleted_either() {
    let test = Test::generated().without("infrastructure/tenancy/roles/accounts.yaml");
    assert_snapshot!(test.finds("generate --check"), @"
    1 file is not what the description means.
    forbidden-edit

      x `infrastructure/tenancy/roles/accounts.yaml` was edited or deleted by hand, which is forbidden
      | here
      help: say it by `layout.variables` in platform.yaml, or the template in .tenantry/layout, and
            bring the file back with `tenantry generate --reset
            infrastructure/tenancy/roles/accounts.yaml`; `edits.forbid` in `platform.yaml` says which
            files this holds for
    ");
}

#[test]
fn the_description_says_what_is_forbidden_instead() {
    let test = Test::generated().line(RBAC, "# mine").line(LIMITS, "# mine");
    let test = test.line("platform.yaml", "edits: { forbid: [\"tenants/base/*/limits.yaml\"] }");
    assert_snapshot!(test.finds("generate --check"), @"
      tenants/base/shop/rbac.yaml was edited by hand; `tenantry generate` keeps what it comes from
    1 file is not what the description means.
    forbidden-edit

      x `tenants/base/shop/limits.yaml` was edited or deleted by hand, which is forbidden here
      help: say it in `platform/tenants/shop.yaml`, and bring the file back with `tenantry generate
            --reset tenants/base/shop/limits.yaml`; `edits.forbid` in `platform.yaml` says which files
            this holds for
    ");
    let test = test.edit("platform.yaml", "[\"tenants/base/*/limits.yaml\"]", "[]");
    assert_snapshot!(test.answers("generate --check"), @"
      tenants/base/shop/limits.yaml was edited by hand; `tenantry generate` keeps what it comes from
      tenants/base/shop/rbac.yaml was edited by hand; `tenantry generate` keeps what it comes from
    In sync: 39 files are what the description means.
    ");
}

#[test]
fn a_strict_check_fails_on_any_edit() {
    let test = Test::generated().line(LIMITS, "# mine").without("tenants/base/shop/sync.yaml");
    assert_snapshot!(test.finds("generate --check --strict"), @"
    2 files are not what the description means.
    edited-by-hand

      x `tenants/base/shop/limits.yaml` was edited by hand
      help: say it in the description, and bring the file back with `tenantry generate --reset`

    edited-by-hand

      x `tenants/base/shop/sync.yaml` was deleted by hand
      help: say it in the description, and bring the file back with `tenantry generate --reset`

    2 errors
    ");
    assert_snapshot!(test.answers("generate --check"), @"
      tenants/base/shop/limits.yaml was edited by hand; `tenantry generate` keeps what it comes from
      tenants/base/shop/sync.yaml was deleted by hand
    In sync: 39 files are what the description means.
    ");
    assert_snapshot!(test.wrong_usage("generate --strict"), @"
    error: the following required arguments were not provided:
      --check

    Usage: tenantry generate --check --strict

    For more information, try '--help'.
    ");
}

#[test]
fn edits_are_listed_with_what_they_change() {
    let test = Test::generated();
    assert_snapshot!(test.answers("get edits"), @"No generated file was edited by hand.");
    let test = test
        .edit(LIMITS, "cpu: \"8\"", "cpu: \"9\"")
        .line(LIMITS, "# mine")
        .line(RBAC, "# mine")
        .without("tenants/base/shop/sync.yaml");
    assert_snapshot!(test.answers("get edits"), @"
    FILE                           EDIT                                               LINES
    tenants/base/shop/limits.yaml  was edited by hand                                 +3 -2
    tenants/base/shop/rbac.yaml    was edited or deleted by hand, which is forbidden  +1 -0
    tenants/base/shop/sync.yaml    was deleted by hand                                -
    ");
    assert_snapshot!(test.answers("get edits --diff tenants/base/*/limits.yaml"), @r#"
    FILE                           EDIT                LINES
    tenants/base/shop/limits.yaml  was edited by hand  +3 -2

    --- generated/tenants/base/shop/limits.yaml
    +++ edited/tenants/base/shop/limits.yaml
    @@ -7,7 +7,7 @@
         toolkit.fluxcd.io/tenant: shop
     spec:
       hard:
    -    cpu: "8"
    +    cpu: "9"
         memory: 32Gi
     ---
     apiVersion: v1
    @@ -19,5 +19,6 @@
         toolkit.fluxcd.io/tenant: shop
     spec:
       hard:
    -    cpu: "8"
    +    cpu: "9"
         memory: 32Gi
    +# mine
    "#);
    assert_snapshot!(test.answers("get edits tenants --output name"), @"
    tenants/base/shop/limits.yaml
    tenants/base/shop/rbac.yaml
    tenants/base/shop/sync.yaml
    ");
}

#[test]
fn an_edit_is_listed_although_something_else_is_generated_now() {
    let test = Test::generated().committed().line(LIMITS, "# mine").edit(
        "platform/tenants/shop.yaml",
        "cpu: \"8\"",
        "cpu: \"4\"",
    );
    assert_snapshot!(test.answers("get edits --diff"), @r#"
    FILE                           EDIT                                             LINES
    tenants/base/shop/limits.yaml  was edited, and something else is generated now  +1 -0

    --- generated/tenants/base/shop/limits.yaml
    +++ edited/tenants/base/shop/limits.yaml
    @@ -21,3 +21,4 @@
       hard:
         cpu: "8"
         memory: 32Gi
    +# mine
    "#);
}
