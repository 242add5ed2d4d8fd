//! Ranges of addresses.

use std::net::IpAddr;

/// A network, as `10.0.0.0/8` or `2001:db8::/32` states it.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    is_v4: bool,
    bits: u128,
    /// How many bits of an address are not the network's.
    host: u32,
}

impl Network {
    /// Reads an address, `/` and the number of bits of the network.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (address, length) = text.split_once('/')?;
        let (address, length) = (address.parse::<IpAddr>().ok()?, length.parse::<u32>().ok()?);
        let (is_v4, bits) = bits(address);
        let host = (if is_v4 { 32_u32 } else { 128 }).checked_sub(length)?;
        Some(Network { is_v4, bits, host })
    }

    /// The network of one address.
    pub(crate) fn of_address(text: &str) -> Option<Self> {
        let (is_v4, bits) = bits(text.parse().ok()?);
        Some(Network { is_v4, bits, host: 0 })
    }

    /// Whether a text is an address in it.
    pub(crate) fn contains(&self, text: &str) -> bool {
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
