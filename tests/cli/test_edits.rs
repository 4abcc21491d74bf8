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
    In sync: 36 files are what the description means.
    ");
}
