//! Which columns a record fills, in one number: a bit for each canonical column, and the other bits for custom ones. The
//! ledger keeps it of each employee and deduction, so that it is known who would lose what if a column no longer came.

use crate::domain::Kind;
use crate::domain::column::MAX_COLUMNS;

/// Bits that no canonical column has.
const FREE: u32 = 16;
const _: () = assert!(MAX_COLUMNS + 16 <= 64);

/// The bit of a canonical or custom column. Custom columns may share one.
pub(crate) fn bit(kind: Kind, name: &str) -> u64 {
    match kind.column(name) {
        Some(column) => 1 << column.index.get(),
        None => {
            let number = name
                .bytes()
                .fold(0u32, |n, b| n.wrapping_mul(31).wrapping_add(b.into()));
            1 << (u64::BITS - 1 - number % FREE)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::bit;
    use crate::domain::Kind;

    #[test]
    fn custom_columns_share_no_bit_with_canonical_ones() {
        for kind in Kind::ALL {
            let own = kind.columns().iter().map(|c| bit(kind, c.name));
            let all = own.clone().fold(0, |all, bit| all | bit);
            assert_eq!(all.count_ones() as usize, own.count());
            for name in ["custom.a", "custom.pay_group", "custom.9"] {
                assert_eq!(
                    (bit(kind, name).count_ones(), bit(kind, name) & all),
                    (1, 0)
                );
            }
        }
    }
}
