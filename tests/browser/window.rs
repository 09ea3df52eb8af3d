//! A window of a real browser, and what a person does in it: clicks are counted.

use crate::served::{look_at_most, wait_for};
use crate::skipped::missing;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use thirtyfour::prelude::*;
use thirtyfour::{ChromiumLikeCapabilities, Key, LoggingPrefsLogLevel};
use tokio::runtime::Runtime;

const CHROMEDRIVER: &str = "/usr/bin/chromedriver";
/// How long a page may take to show something.
const FOUND_WITHIN: Duration = Duration::from_secs(30);
const AXE: &str = include_str!("../support/axe/axe.min.js");

/// How a window looks and what it can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) width: u32,
    pub(super) dark: bool,
    pub(super) script: bool,
}

pub(super) const WIDE: Look = Look {
    width: 1280,
    dark: false,
    script: true,
};

pub(super) struct Window {
    driver: WebDriver,
    runtime: Runtime,
    chromedriver: Child,
    pub(super) clicks: usize,
}

impl Window {
    /// Opens a window; `None` where no browser is installed.
    pub(super) fn open(look: Look) -> Option<Window> {
        if !Path::new(CHROMEDRIVER).exists() {
            missing("chromedriver is not installed");
            return None;
        }
        let mut chromedriver = Command::new(CHROMEDRIVER)
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver");
        let lines = BufReader::new(chromedriver.stdout.take().expect("piped")).lines();
        let port = lines
            .map_while(Result::ok)
            .find_map(|line| {
                line.strip_suffix('.')?
                    .rsplit_once("on port ")?
                    .1
                    .parse::<u16>()
                    .ok()
            })
            .expect("a port");
        let mut capabilities = DesiredCapabilities::chrome();
        for argument in [
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ] {
            capabilities.add_arg(argument).expect("an argument");
        }
        if !look.script {
            let off = json!({ "profile.managed_default_content_settings.javascript": 2 });
            capabilities
                .add_experimental_option("prefs", off)
                .expect("an option");
        }
        capabilities
            .set_browser_log_level(LoggingPrefsLogLevel::Warning)
            .expect("a capability");
        let runtime = Runtime::new().expect("a runtime");
        let driver = runtime.block_on(async {
            let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), capabilities)
                .await
                .expect("a window");
            driver
                .set_window_rect(0, 0, look.width, 900)
                .await
                .expect("a size");
            driver
        });
        let mut window = Window {
            driver,
            runtime,
            chromedriver,
            clicks: 0,
        };
        window.look(look);
        Some(window)
    }

    /// Shows pages in another size and scheme of colours.
    pub(super) fn look(&mut self, look: Look) {
        let scheme = if look.dark { "dark" } else { "light" };
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        let size =
            json!({ "width": look.width, "height": 900, "deviceScaleFactor": 1, "mobile": false });
        self.cdp("Emulation.setEmulatedMedia", media);
        self.cdp("Emulation.setDeviceMetricsOverride", size);
    }

    fn cdp(&self, command: &str, parameters: Value) -> Value {
        let sent = self
            .runtime
            .block_on(self.driver.cdp().send_raw(command, parameters));
        sent.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    pub(super) fn go(&self, address: &str) {
        let gone = self.runtime.block_on(self.driver.goto(address));
        gone.unwrap_or_else(|error| panic!("{address}: {error}"));
    }

    /// The address of the page, without the host.
    pub(super) fn path(&self) -> String {
        let url = self
            .runtime
            .block_on(self.driver.current_url())
            .expect("an address");
        match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        }
    }

    pub(super) fn source(&self) -> String {
        self.runtime.block_on(self.driver.source()).expect("a page")
    }

    /// Finds an element; the page that has it may still be on its way.
    fn find(&self, by: By) -> WebElement {
        let look = || self.runtime.block_on(self.driver.find(by.clone())).ok();
        look_at_most(FOUND_WITHIN, look)
            .unwrap_or_else(|| panic!("{by:?} is not on {}\n{}", self.path(), self.source()))
    }

    /// Waits until the window is at an address.
    pub(super) fn arrives(&self, path: &str) {
        let look = || (self.path() == path).then_some(());
        look_at_most(FOUND_WITHIN, look)
            .unwrap_or_else(|| panic!("at {} and not at {path}\n{}", self.path(), self.source()));
    }

    /// Waits until an element has these words.
    pub(super) fn shows(&self, selector: &str, words: &str) {
        let look = || self.text(selector).contains(words).then_some(());
        look_at_most(FOUND_WITHIN, look).unwrap_or_else(|| {
            let text = self.text(selector);
            panic!(
                "{selector} on {} does not say {words:?}:\n{text}",
                self.path()
            )
        });
    }

    /// Clicks the link or button with these words.
    pub(super) fn click(&mut self, words: &str) {
        let path = format!(
            "//main//a[normalize-space(.)='{words}'] | //main//button[normalize-space(.)='{words}'] | //main//label[normalize-space(.)='{words}'] | //nav//a[normalize-space(.)='{words}'] | //main//summary[normalize-space(.)='{words}']"
        );
        self.click_on(By::XPath(path));
    }

    /// Clicks the first element of a selector.
    pub(super) fn click_css(&mut self, selector: &str) {
        self.click_on(By::Css(selector.to_owned()));
    }

    fn click_on(&mut self, by: By) {
        let element = self.find(by);
        self.runtime.block_on(element.click()).expect("clicked");
        self.clicks += 1;
    }

    /// Types into a field in place of what stands there.
    pub(super) fn type_into(&self, selector: &str, text: &str) {
        let field = self.find(By::Css(selector.to_owned()));
        self.runtime.block_on(async {
            field.clear().await.expect("empty");
            field.send_keys(text).await.expect("typed");
        });
    }

    /// Presses a key where the focus is.
    pub(super) fn press(&self, key: Key) {
        self.runtime.block_on(async {
            let focus = self.driver.active_element().await.expect("a focus");
            focus.send_keys(key + "").await.expect("pressed");
        });
    }

    /// Presses a key with Control where the focus is.
    pub(super) fn press_with_control(&self, key: Key) {
        self.type_here(Key::Control + key);
    }

    /// Types where the focus is, in place of what is selected.
    pub(super) fn type_here(&self, keys: impl Into<TypingData>) {
        self.runtime.block_on(async {
            let focus = self.driver.active_element().await.expect("a focus");
            focus.send_keys(keys).await.expect("typed");
        });
    }

    /// The text of the first element of a selector.
    pub(super) fn text(&self, selector: &str) -> String {
        // A live region may be replaced between finding and reading.
        wait_for(selector, || {
            let element = self.find(By::Css(selector.to_owned()));
            self.runtime.block_on(element.text()).ok()
        })
    }

    /// The text of the first element of a selector; empty while there is none, or the page is going.
    pub(super) fn words(&self, selector: &str) -> String {
        self.runtime.block_on(async {
            let element = self.driver.find(By::Css(selector.to_owned())).await;
            match element {
                Ok(element) => element.text().await.unwrap_or_default(),
                Err(_) => String::new(),
            }
        })
    }

    /// What a script returns. Also where pages may run none.
    pub(super) fn run(&self, script: &str) -> Value {
        let ran = self
            .runtime
            .block_on(self.driver.execute(script, Vec::new()));
        ran.expect("ran").json().clone()
    }

    /// What axe finds wrong with the page: each rule with the first element that breaks it.
    pub(super) fn accessibility_problems(&self) -> Vec<String> {
        self.run(AXE);
        let script = "const done = arguments[arguments.length - 1];
            axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })
                .then(found => done(found.violations.map(v => `${v.id}: ${v.nodes[0].html}`)));";
        let found = self
            .runtime
            .block_on(self.driver.execute_async(script, Vec::new()));
        let found = found.expect("axe").json().clone();
        let found = found.as_array().expect("a list").iter();
        found
            .map(|one| one.as_str().expect("text").to_owned())
            .collect()
    }

    /// By how many pixels the page is wider than the window.
    pub(super) fn overflow(&self) -> i64 {
        let script =
            "return document.documentElement.scrollWidth - document.documentElement.clientWidth;";
        self.run(script).as_i64().expect("a number")
    }

    /// Keeps a picture of the whole page in the folder that FEEDGATE_PICTURES names, where it does.
    pub(super) fn keep_picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("FEEDGATE_PICTURES") else {
            return;
        };
        let all = json!({ "format": "png", "captureBeyondViewport": true });
        let shot = self.cdp("Page.captureScreenshot", all);
        let data = shot["data"].as_str().expect("a picture");
        let picture = BASE64_STANDARD.decode(data).expect("base64");
        let file = Path::new(&folder).join(format!("{name}.png"));
        std::fs::write(file, picture).expect("the folder of pictures");
    }

    /// What the browser complained of since it was last asked: scripts, and what the policy of the page refused.
    pub(super) fn complaints(&self) -> Vec<String> {
        let log = self.runtime.block_on(self.driver.browser_log());
        log.expect("a log")
            .into_iter()
            .filter(|entry| entry.level == "SEVERE" || entry.level == "WARNING")
            .map(|entry| entry.message)
            .collect()
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        let driver = self.driver.clone();
        let _ = self.runtime.block_on(driver.quit());
        let _ = self.chromedriver.kill();
        let _ = self.chromedriver.wait();
    }
}
