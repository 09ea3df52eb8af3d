//! What has to hold between keys, after each of them is right in itself.

mod columns;
mod folders;
mod kinds;
mod layout;
mod order;
mod references;
mod time;

use super::model::Config;
use super::paper::Paper;

pub(super) fn all(config: &Config, paper: &mut Paper) {
    time::check(config, paper);
    references::check(config, paper);
    order::check(config, paper);
    folders::check(config, paper);
    for integration in &config.integrations {
        kinds::check(integration, paper);
        columns::check(integration, paper);
        layout::check(integration, paper);
    }
}
