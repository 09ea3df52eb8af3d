//! SSH algorithms that an endpoint can be widened by.

/// Names of ciphers, message authentication codes and key exchanges that are not offered to a server unless its
/// endpoint says so. Weaker or more troublesome ones than the usual, but none that is broken.
pub(crate) const WIDER: [&str; 12] = [
    "aes256-gcm@openssh.com",
    "aes128-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
    "aes256-cbc",
    "aes192-cbc",
    "aes128-cbc",
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512-etm@openssh.com",
    "diffie-hellman-group14-sha256",
    "diffie-hellman-group16-sha512",
    "diffie-hellman-group18-sha512",
    "diffie-hellman-group-exchange-sha256",
];
