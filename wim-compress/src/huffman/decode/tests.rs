use super::super::encode::canonical_codewords;
use super::*;
use alloc::collections::BTreeMap;
use alloc::vec;
use alloc::vec::Vec;

type Small = DecodeTable<3, 64>;

/// Payloads that are the symbols themselves.
fn payloads() -> Vec<u32> {
    (0..MAX_SYMBOLS as u32).map(|symbol| symbol << PAYLOAD_SHIFT).collect()
}

fn check_every_codeword<const R: u32, const S: usize>(lens: &[u8]) {
    let mut table = DecodeTable::<R, S>::new();
    table.build(lens, &payloads()).unwrap();
    let mut codewords = vec![0; lens.len()];
    canonical_codewords(lens, &mut codewords);
    for (symbol, (&len, &codeword)) in lens.iter().zip(&codewords).enumerate() {
        if len == 0 {
            continue;
        }
        for rest in [0, u64::MAX >> len] {
            let bits = u64::from(codeword) << (64 - u32::from(len)) | rest;
            let entry = table.lookup(bits);
            assert_eq!((entry >> PAYLOAD_SHIFT, entry & LENGTH_MASK), (symbol as u32, u32::from(len)));
        }
    }
}

#[test]
fn short_and_long_codewords_decode() {
    check_every_codeword::<3, 64>(&[1, 2, 3, 3]);
    check_every_codeword::<3, 64>(&[0, 5, 1, 2, 3, 4, 5]);
    check_every_codeword::<3, 64>(&[3, 3, 3, 3, 3, 3, 3, 4, 5, 6, 6, 0, 0]);
    check_every_codeword::<10, 2048>(&[8; 256]);
    check_every_codeword::<6, 2048>(&[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 16]);
}

#[test]
fn incomplete_oversubscribed_and_impossible_codes_are_refused() {
    for lens in [&[1u8][..], &[1, 2], &[1, 1, 1], &[0, 0, 0], &[2, 2, 2], &[1, 17], &[255, 1, 1], &[]] {
        assert_eq!(Small::new().build(lens, &payloads()), Err(DecodeError::BadCode), "{lens:?}");
    }
}

#[cfg(feature = "lzx")]
#[test]
fn an_empty_code_gives_the_callers_entry_where_allowed() {
    let mut table = Small::new();
    assert_eq!(table.build_or_empty(&[0, 0, 0], &payloads(), 0x700), Ok(Code::Empty));
    assert_eq!((table.lookup(0), table.lookup(u64::MAX)), (0x700, 0x700));
    assert_eq!(table.build_or_empty(&[1, 0, 1], &payloads(), 0x700), Ok(Code::Complete));
    assert_eq!(table.build_or_empty(&[1, 0, 0], &payloads(), 0x700), Err(DecodeError::BadCode));
}

/// How many entries can the subtables of a complete code need, when `symbols` symbols are left for `open` nodes of depth
/// `len`, and the subtable under way has `room` nodes of that depth left? Every way to hand out codewords is tried.
fn most(search: &mut Search, symbols: u32, open: u32, len: u32, room: u32) -> Option<u32> {
    if open == 0 || open > symbols {
        return (open == 0).then_some(0);
    }
    if let Some(&known) = search.known.get(&(symbols, open, len, room)) {
        return known;
    }
    let mut best = None;
    let (mut begun, mut room_now) = (0, room);
    for leaves in 0..=open {
        let inner = (open - leaves) * 2;
        // Nodes that go deeper double the subtable that is under way.
        let grown = if len > search.root_bits && room_now > 0 && inner > 0 { 1 << (len - search.root_bits) } else { 0 };
        let deeper = match len == search.max_len {
            true => (inner == 0).then_some(0),
            false => most(search, symbols - leaves, inner, len + 1, room_now * 2),
        };
        best = best.max(deeper.map(|deeper| begun + grown + deeper));
        if len > search.root_bits {
            if room_now == 0 {
                room_now = 1 << (len - search.root_bits);
                begun += room_now;
            }
            room_now -= 1;
        }
    }
    search.known.insert((symbols, open, len, room), best);
    best
}

struct Search {
    root_bits: u32,
    max_len: u32,
    known: BTreeMap<(u32, u32, u32, u32), Option<u32>>,
}

fn worst_case(symbols: u32, root_bits: u32, max_len: u32) -> u32 {
    let mut search = Search { root_bits, max_len, known: BTreeMap::new() };
    (1 << root_bits) + most(&mut search, symbols, 1, 0, 0).unwrap()
}

/// The figures in the module's text and in the codecs come from this search; the larger alphabets take it long, so
/// only small ones are repeated here.
#[test]
fn worst_cases_are_as_computed() {
    assert_eq!(worst_case(20, 6, 15), 582);
    assert_eq!(worst_case(20, 7, 15), 390);
    assert_eq!(worst_case(54, 9, 15), 618);
    assert_eq!(worst_case(249, 8, 16), 750);
}
