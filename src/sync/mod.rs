//! Lock, plan and application to the work tree.
