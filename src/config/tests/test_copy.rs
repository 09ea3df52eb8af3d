//! A test copy of a site uses nothing that reaches outside of it.

use super::{SITE, read};
use crate::config::{Config, Folder};
use std::path::Path;

fn copy(line: &str) -> String {
    format!(
        "{line}{SITE}[integration.x]\nkind = \"demographic\"\n[integration.x.push]\nendpoint = \"a\"\nfolder = \"/in\"\n\
         [integration.x.folders]\noutput = \"/srv/out\"\nerrors = \"hr/../../errors\"\nreceipts = \"hr/receipts\"\n\
         [endpoint.a]\nhost = \"localhost\"\nuser = \"a\"\nauth = {{ agent = true }}\nhost_keys = \"known\"\n"
    )
}

fn loaded(line: &str) -> Config {
    read(&copy(line)).expect("no mistakes")
}

#[test]
fn only_an_endpoint_that_was_set_again_is_used() {
    let used = |line: &str| {
        let config = loaded(line);
        let push = config.integration("x").and_then(|x| x.push.as_ref());
        (config.endpoints.len(), push.is_some())
    };
    assert_eq!(used(""), (1, true));
    assert_eq!(used("test_copy = { endpoints = [] }\n"), (0, false));
    assert_eq!(used("test_copy = { endpoints = [\"a\"] }\n"), (1, true));
    let mistakes = read(&copy("test_copy = { endpoints = [\"b\"] }\n")).expect_err("no endpoint b");
    assert!(mistakes[0].to_string().contains("there is no endpoint"));
}

#[test]
fn folders_stay_inside() {
    let at = |config: &Config, folder| config.folder(&config.integrations[0], folder);
    let site = loaded("");
    assert_eq!(at(&site, Folder::Output), Path::new("/srv/out"));
    assert_eq!(site.unused_settings(), [""; 0]);
    let copy = loaded("test_copy = { endpoints = [\"a\"] }\n");
    let inside = |folder: &str| Path::new("/srv/site").join(folder);
    assert_eq!(at(&copy, Folder::Output), inside("outbound/x/output"));
    assert_eq!(at(&copy, Folder::Errors), inside("outbound/x/errors"));
    assert_eq!(at(&copy, Folder::Receipts), inside("hr/receipts"));
    assert_eq!(copy.unused_settings().len(), 3);
}
