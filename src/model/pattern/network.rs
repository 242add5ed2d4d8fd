//! Ranges of addresses.

use std::net::IpAddr;

use super::error::PatternFault;

/// A network, as `10.0.0.0/8` or `2001:db8::/32` states it.
#[derive(Debug, Clone)]
pub(super) struct Network {
    is_v4: bool,
    bits: u128,
    /// How many bits of an address are not the network's.
    host: u32,
}

impl Network {
    /// Reads an address, `/` and the number of bits of the network.
    pub(super) fn parse(text: &str) -> Result<Self, PatternFault> {
        let read = || {
            let (address, length) = text.split_once('/')?;
            let (address, length) = (address.parse::<IpAddr>().ok()?, length.parse::<u32>().ok()?);
            let (is_v4, bits) = bits(address);
            let host = (if is_v4 { 32_u32 } else { 128 }).checked_sub(length)?;
            Some(Network { is_v4, bits, host })
        };
        read().ok_or(PatternFault::Operand { matcher: "cidr", expected: "a network, such as 10.0.0.0/8" })
    }

    /// Whether a text is an address in it.
    pub(super) fn contains(&self, text: &str) -> bool {
        let Ok((is_v4, bits)) = text.parse().map(bits) else { return false };
        is_v4 == self.is_v4 && (bits ^ self.bits).checked_shr(self.host).unwrap_or(0) == 0
    }
}

fn bits(address: IpAddr) -> (bool, u128) {
    match address {
        IpAddr::V4(address) => (true, u128::from(address.to_bits())),
        IpAddr::V6(address) => (false, address.to_bits()),
    }
}
