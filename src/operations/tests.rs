//! Tests of operations from their first step to their last.

mod site_state;
