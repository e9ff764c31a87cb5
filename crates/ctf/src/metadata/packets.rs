// SPDX-License-Identifier: MIT
//! Packetised metadata (CTF 1.8.3, section 7.1): a 37-byte header before each piece of text.

use super::fault::{Fault, Outcome};

const MAGIC: u32 = 0x75D1_1D57;
const HEADER: usize = 37;

/// Returns the metadata's text, and the packets' UUID if it came in packets.
pub(super) fn unpack(bytes: &[u8]) -> Outcome<(String, Option<[u8; 16]>)> {
    let first: Option<[u8; 4]> = bytes.get(..4).and_then(|b| b.try_into().ok());
    let big = match first {
        Some(b) if u32::from_le_bytes(b) == MAGIC => false,
        Some(b) if u32::from_be_bytes(b) == MAGIC => true,
        _ => return Ok((String::from_utf8_lossy(bytes).into_owned(), None)),
    };
    let mut text = Vec::new();
    let mut uuid = None;
    let mut offset = 0;
    while offset < bytes.len() {
        let header = Header::read(&bytes[offset..], offset, big)?;
        if *uuid.get_or_insert(header.uuid) != header.uuid {
            return Err(fault(offset, "its UUID differs from the first packet's"));
        }
        text.extend_from_slice(&bytes[offset + HEADER..offset + header.content]);
        offset += header.size;
    }
    Ok((String::from_utf8_lossy(&text).into_owned(), uuid))
}

/// The parts of a packet header that matter, sizes in bytes.
struct Header {
    uuid: [u8; 16],
    content: usize,
    size: usize,
}

impl Header {
    fn read(bytes: &[u8], offset: usize, big: bool) -> Outcome<Self> {
        let word = |at: usize| -> Option<u32> {
            let four: [u8; 4] = bytes.get(at..at + 4)?.try_into().ok()?;
            Some(if big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) })
        };
        let short = || fault(offset, format!("{} bytes left, too few for a packet header", bytes.len()));
        let fixed: &[u8; HEADER] = bytes.get(..HEADER).and_then(|b| b.try_into().ok()).ok_or_else(short)?;
        let magic = word(0).ok_or_else(short)?;
        let (content, size) = (word(24).ok_or_else(short)?, word(28).ok_or_else(short)?);
        let mut uuid = [0; 16];
        uuid.copy_from_slice(&fixed[4..20]);
        let [compression, encryption, checksum, major, minor] =
            [fixed[32], fixed[33], fixed[34], fixed[35], fixed[36]];
        let problem = if magic != MAGIC {
            format!("magic number 0x{magic:X}, expected 0x{MAGIC:X}")
        } else if (compression, encryption, checksum) != (0, 0, 0) {
            "compressed, encrypted or checksummed metadata is not supported".to_string()
        } else if (major, minor) != (1, 8) {
            format!("version {major}.{minor}, expected 1.8")
        } else if content % 8 != 0 || size % 8 != 0 {
            format!("content of {content} bits in {size}: expected multiples of 8")
        } else if (content as usize) < HEADER * 8 {
            format!("content of {content} bits, less than its header's {}", HEADER * 8)
        } else if content > size {
            format!("content of {content} bits in a packet of {size}")
        } else if size as usize / 8 > bytes.len() {
            format!("packet of {} bytes, {} left in the file", size / 8, bytes.len())
        } else {
            return Ok(Self { uuid, content: content as usize / 8, size: size as usize / 8 });
        };
        Err(fault(offset, problem))
    }
}

fn fault(offset: usize, message: impl AsRef<str>) -> Fault {
    Fault::new(0, format!("metadata packet at byte {offset}: {}", message.as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(text: &str, padding: usize, change: impl Fn(&mut Vec<u8>)) -> Vec<u8> {
        let mut bytes = MAGIC.to_le_bytes().to_vec();
        bytes.extend([7; 16]);
        bytes.extend([0; 4]);
        bytes.extend((((HEADER + text.len()) * 8) as u32).to_le_bytes());
        bytes.extend((((HEADER + text.len() + padding) * 8) as u32).to_le_bytes());
        bytes.extend([0, 0, 0, 1, 8]);
        bytes.extend(text.as_bytes());
        bytes.extend(vec![0; padding]);
        change(&mut bytes);
        bytes
    }

    #[test]
    fn text_is_joined_over_packets() {
        let mut bytes = packet("tra", 5, |_| ());
        bytes.extend(packet("ce", 0, |_| ()));
        assert_eq!(unpack(&bytes), Ok(("trace".to_string(), Some([7; 16]))));
        assert_eq!(unpack(b"trace"), Ok(("trace".to_string(), None)));
    }

    #[test]
    fn faulty_headers_are_refused() {
        for (byte, value) in
            [(32, 1), (33, 1), (34, 1), (35, 2), (36, 0), (24, 1), (25, 0), (27, 255), (31, 1)]
        {
            assert!(unpack(&packet("text", 0, |b| b[byte] = value)).is_err(), "{byte}");
        }
        let mut two = packet("a", 0, |_| ());
        two.extend(packet("b", 0, |b| b[4] = 8));
        assert!(unpack(&two).is_err());
        two.truncate(two.len() - 2);
        assert!(unpack(&two).is_err());
    }
}
