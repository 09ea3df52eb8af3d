//! What a run stores: new states of employees and deductions in blocks, rejections, findings; and the few fields of them
//! that are kept in plain text.

pub(crate) mod block;
pub(crate) mod change;
pub(crate) mod filled;
pub(crate) mod search_words;
pub(crate) mod shown;
pub(crate) mod trail;
