//! SSH algorithms that are offered on request.

/// Names of ciphers, message authentication codes and key exchanges that are offered to a server only if its endpoint names
/// them. They are weaker or more troublesome than the usual ones, but none of them is broken.
pub(crate) const OPTIONAL_ALGORITHMS: [&str; 12] = [
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
