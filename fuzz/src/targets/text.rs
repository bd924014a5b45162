//! Names.

use wim_format::Name;

use crate::input::Input;

/// Any name is what its display form is read as, and comparing without case is an order: antisymmetric, transitive, and
/// equal exactly where [`Name::eq_ignore_case`] says so. Any text that is read as a name is again that name when shown.
pub fn name(data: &[u8]) {
    let mut input = Input::new(data);
    let lengths = [input.u8(), input.u8()];
    let mut take = |len: u8| {
        let units = input.bytes(usize::from(len)).as_chunks::<2>().0;
        Name::from_units(units.iter().map(|&unit| u16::from_le_bytes(unit)).collect::<Vec<_>>())
    };
    let [a, b] = lengths.map(&mut take);
    let c = take(u8::MAX);
    for name in [&a, &b, &c] {
        let shown = name.to_string();
        assert_eq!(Name::parse_escaped(&shown), *name, "{shown}");
        assert!(!shown.contains(|c: char| c.is_control() || matches!(c, '/' | '\\')), "{shown:?}");
    }
    for (x, y) in [(&a, &b), (&b, &c), (&a, &c), (&a, &a)] {
        let order = x.cmp_ignore_case(y);
        assert_eq!(order, y.cmp_ignore_case(x).reverse());
        assert_eq!(order.is_eq(), x.eq_ignore_case(y));
    }
    if a.cmp_ignore_case(&b).is_le() && b.cmp_ignore_case(&c).is_le() {
        assert!(a.cmp_ignore_case(&c).is_le());
    }
    let text = String::from_utf8_lossy(data);
    let name = Name::parse_escaped(&text);
    assert_eq!(Name::parse_escaped(&name.to_string()), name);
}
