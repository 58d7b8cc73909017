//! Address ranges, in one form.

use std::{fmt, net::IpAddr, str::FromStr};

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// An address range without host bits; a single address is a range of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Cidr(IpNet);

/// A text that is no address range, or one with host bits set.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum CidrError {
    /// No address and no range.
    #[error("`{0}` is no address range: write it as `10.120.0.0/16`")]
    NoRange(String),
    /// Bits behind the prefix are set.
    #[error("`{given}` has host bits set: the range is `{range}`")]
    HostBits {
        /// What was given.
        given: String,
        /// The range it lies in.
        range: Cidr,
    },
}

impl Cidr {
    /// Every IPv4 and every IPv6 address: what `anywhere` stands for.
    pub fn anywhere() -> [Self; 2] {
        [Self(IpNet::V4(Ipv4Net::default())), Self(IpNet::V6(Ipv6Net::default()))]
    }

    /// The length of the prefix in bits.
    pub fn prefix(self) -> u8 {
        self.0.prefix_len()
    }

    /// Whether the range lies in one of RFC 1918's private networks.
    pub fn is_private(self) -> bool {
        let private = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"];
        private
            .iter()
            .filter_map(|range| range.parse::<IpNet>().ok())
            .any(|range| range.contains(&self.0))
    }

    /// Whether the two ranges share an address.
    pub fn overlaps(self, other: Self) -> bool {
        self.0.contains(&other.0) || other.0.contains(&self.0)
    }
}

impl FromStr for Cidr {
    type Err = CidrError;

    fn from_str(text: &str) -> Result<Self, CidrError> {
        let no_range = || CidrError::NoRange(text.to_owned());
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self(IpNet::from(address)));
        }
        let net: IpNet = text.parse().map_err(|_| no_range())?;
        let range = Self(net.trunc());
        if range.0 == net {
            Ok(range)
        } else {
            Err(CidrError::HostBits { given: text.to_owned(), range })
        }
    }
}

impl fmt::Display for Cidr {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0.to_string())
    }
}

impl TryFrom<String> for Cidr {
    type Error = CidrError;

    fn try_from(text: String) -> Result<Self, CidrError> {
        text.parse()
    }
}

impl From<Cidr> for String {
    fn from(range: Cidr) -> Self {
        range.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::{Cidr, CidrError};

    #[test]
    fn a_single_address_is_a_range_of_one() {
        assert_eq!("10.0.0.1".parse::<Cidr>(), "10.0.0.1/32".parse());
        assert_eq!("2001:DB8::1".parse::<Cidr>().unwrap().to_string(), "2001:db8::1/128");
    }

    #[test]
    fn host_bits_are_refused_with_the_range_meant() {
        let refused = "10.120.0.1/16".parse::<Cidr>().unwrap_err();
        assert!(matches!(refused, CidrError::HostBits { .. }));
        assert!(refused.to_string().ends_with("the range is `10.120.0.0/16`"), "{refused}");
    }

    #[test]
    fn only_whole_private_ranges_are_private() {
        let private = |text: &str| text.parse::<Cidr>().unwrap().is_private();
        assert!(private("10.120.0.0/16") && private("192.168.1.0/24") && private("172.31.0.0/16"));
        assert!(!private("172.0.0.0/8") && !private("8.8.8.0/24") && !private("::/0"));
    }

    #[test]
    fn ranges_that_share_an_address_overlap() {
        let range = |text: &str| text.parse::<Cidr>().unwrap();
        assert!(range("10.0.0.0/8").overlaps(range("10.120.0.0/16")));
        assert!(!range("10.120.0.0/16").overlaps(range("10.121.0.0/16")));
    }
}
