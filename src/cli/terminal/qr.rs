//! A text as a QR code, two rows of modules to a line. The buffers are our own, so that they can be wiped.

use qrcodegen_no_heap::{QrCode, QrCodeEcc, Version};
use zeroize::Zeroizing;

use super::palette::Palette;

/// The light border that readers need, in modules.
const BORDER: i32 = 4;

/// Why there is no QR code.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum QrError {
    /// More than the largest one holds.
    #[error("the value is too long for a QR code")]
    TooLarge,
    /// A line that breaks cannot be read.
    #[error("the QR code is {needed} columns wide, and the terminal {columns}")]
    TooWide { needed: i32, columns: u16 },
}

/// Draws it: dark on light where there is colour, and else for a dark terminal.
pub(crate) fn render(text: &str, palette: Palette, columns: Option<u16>) -> Result<Zeroizing<String>, QrError> {
    let buffer = || Zeroizing::new(vec![0; Version::MAX.buffer_len()]);
    let (mut working, mut drawn) = (buffer(), buffer());
    let (least, most) = (Version::MIN, Version::MAX);
    let code = QrCode::encode_text(text, &mut working, &mut drawn, QrCodeEcc::Low, least, most, None, true)
        .map_err(|_| QrError::TooLarge)?;
    let needed = code.size() + 2 * BORDER;
    if let Some(columns) = columns.filter(|columns| i32::from(*columns) < needed) {
        return Err(QrError::TooWide { needed, columns });
    }
    let (start, end) = if palette == Palette::Colored { ("\x1b[30;107m", "\x1b[0m\n") } else { ("", "\n") };
    let places = || -BORDER..code.size() + BORDER;
    // A block is three bytes long.
    let rows = usize::try_from(needed).unwrap_or_default();
    let mut text = Zeroizing::new(String::with_capacity(rows * (3 * rows + start.len() + end.len())));
    for y in places().step_by(2) {
        text.push_str(start);
        text.extend(places().map(|x| block(code.get_module(x, y), code.get_module(x, y + 1), palette)));
        text.push_str(end);
    }
    Ok(text)
}

fn block(is_upper_dark: bool, is_lower_dark: bool, palette: Palette) -> char {
    // Without colour a block is the light part.
    let is_plain = palette == Palette::Plain;
    match (is_upper_dark != is_plain, is_lower_dark != is_plain) {
        (true, true) => '█',
        (true, false) => '▀',
        (false, true) => '▄',
        (false, false) => ' ',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_border_and_fits_the_terminal_or_is_refused() {
        let plain = render("hunter2", Palette::Plain, Some(80)).unwrap();
        let lines: Vec<&str> = plain.lines().collect();
        // The smallest code has 21 modules.
        assert_eq!((lines.len(), lines[0].chars().count()), (15, 29));
        assert!(lines[..2].iter().all(|line| line.chars().all(|block| block == '█')), "{}", *plain);
        assert!(lines[2].starts_with("████ ▄▄▄▄▄ █"), "{}", lines[2]);
        assert!(render("hunter2", Palette::Colored, None).unwrap().starts_with("\u{1b}[30;107m    "));
        let narrow = render("hunter2", Palette::Plain, Some(28));
        assert_eq!(narrow.unwrap_err(), QrError::TooWide { needed: 29, columns: 28 });
        assert_eq!(render(&"x".repeat(3000), Palette::Plain, None).unwrap_err(), QrError::TooLarge);
    }
}
