//! Hiding lengths: a plaintext grows to its bucket before it is sealed (FORMAT.md, values).

/// The length that `length` bytes are padded to: 64, then multiples of 64 up to 1,024, then Padmé (at most 12 % more).
pub(super) fn bucket(length: usize) -> usize {
    if length <= 64 {
        return 64;
    }
    if length <= 1024 {
        return length.next_multiple_of(64);
    }
    let exponent = length.ilog2();
    let kept_bits = exponent.ilog2() + 1;
    let mask = (1 << (exponent - kept_bits)) - 1;
    (length + mask) & !mask
}

/// Whether `padded` is `length` bytes of content, padded to exactly their bucket with zeroes.
pub(super) fn is_padded(padded: &[u8], length: usize) -> bool {
    padded.len() == bucket(length) && padded.get(length..).is_some_and(|fill| fill.iter().all(|byte| *byte == 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_the_known_answers() {
        let known = [
            (4, 64),
            (11, 64),
            (64, 64),
            (65, 128),
            (1024, 1024),
            (1025, 1088),
            (4100, 4352),
            (8196, 8704),
            (65_540, 67_584),
        ];
        for (length, expected) in known {
            assert_eq!(bucket(length), expected, "bucket of {length}");
        }
    }

    #[test]
    fn buckets_of_all_lengths_hold_them_grow_and_stay_small() {
        for length in 0..=70_010 {
            let padded = bucket(length);
            assert!(padded >= length);
            assert!(padded <= bucket(length + 1));
            assert_eq!(bucket(padded), padded, "a bucket is its own bucket");
            assert!(length <= 1024 || (padded - length) * 100 <= length * 12, "{length}");
        }
    }

    #[test]
    fn only_the_exact_bucket_with_zeroes_is_padding() {
        let mut padded = vec![0; 128];
        padded[..100].fill(1);
        assert!(is_padded(&padded, 100));
        assert!(!is_padded(&padded, 99), "content is not fill");
        assert!(!is_padded(&padded, 64), "wrong bucket");
        assert!(!is_padded(&padded, 129), "longer than the buffer");
        assert!(!is_padded(&[0; 192], 100), "too much fill");
    }
}
