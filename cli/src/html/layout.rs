//! Rectangles whose areas are sizes: the squarified treemap of Bruls, Huizing and van Wijk.
//!
//! Rectangles are put in rows along the shorter side of what is left. A row takes one more as long as that makes its worst
//! rectangle less oblong.

/// A rectangle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rect {
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

impl Rect {
    fn area(&self) -> f64 {
        self.width * self.height
    }

    /// What is left within a margin, and below a heading.
    pub(super) fn inset(&self, margin: f64, heading: f64) -> Self {
        Self {
            x: self.x + margin,
            y: self.y + margin + heading,
            width: (self.width - 2.0 * margin).max(0.0),
            height: (self.height - 2.0 * margin - heading).max(0.0),
        }
    }
}

/// Divides `within` among `sizes`, which are in descending order; what `total` has beyond them stays free.
pub(super) fn squarify(sizes: &[u64], total: u64, within: Rect) -> Vec<Rect> {
    let scale = if total == 0 { 0.0 } else { within.area() / total as f64 };
    let areas: Vec<f64> = sizes.iter().map(|&size| size as f64 * scale).collect();
    let (mut rects, mut free, mut start) = (Vec::with_capacity(areas.len()), within, 0);
    while start < areas.len() {
        let side = free.width.min(free.height);
        let mut end = start + 1;
        while end < areas.len() && worst(&areas[start..=end], side) <= worst(&areas[start..end], side) {
            end += 1;
        }
        free = place_row(&areas[start..end], free, &mut rects);
        start = end;
    }
    rects
}

/// How oblong the worst rectangle of a row is; 1 is a square.
fn worst(row: &[f64], side: f64) -> f64 {
    let sum: f64 = row.iter().sum();
    if sum <= 0.0 || side <= 0.0 {
        return f64::INFINITY;
    }
    let ratio =
        |area: f64| (side * side * area / (sum * sum)).max(sum * sum / (side * side * area.max(f64::MIN_POSITIVE)));
    row.iter().map(|&area| ratio(area)).fold(0.0, f64::max)
}

/// Places a row along the shorter side, and gives what is left.
fn place_row(row: &[f64], free: Rect, rects: &mut Vec<Rect>) -> Rect {
    let sum: f64 = row.iter().sum();
    let is_wide = free.width >= free.height;
    let side = if is_wide { free.height } else { free.width };
    let thickness = if side > 0.0 { (sum / side).min(if is_wide { free.width } else { free.height }) } else { 0.0 };
    let mut along = 0.0;
    for &area in row {
        let length = if sum > 0.0 { side * area / sum } else { 0.0 };
        rects.push(if is_wide {
            Rect { x: free.x, y: free.y + along, width: thickness, height: length }
        } else {
            Rect { x: free.x + along, y: free.y, width: length, height: thickness }
        });
        along += length;
    }
    if is_wide {
        Rect { x: free.x + thickness, width: free.width - thickness, ..free }
    } else {
        Rect { y: free.y + thickness, height: free.height - thickness, ..free }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WITHIN: Rect = Rect { x: 10.0, y: 20.0, width: 600.0, height: 400.0 };

    #[test]
    fn areas_are_proportional_and_nothing_overlaps() {
        let sizes = [6000, 6000, 4000, 3000, 2000, 2000, 1000, 0, 0];
        let total: u64 = 24_000;
        let rects = squarify(&sizes, total, WITHIN);
        assert_eq!(rects.len(), sizes.len());
        for (index, (rect, size)) in rects.iter().zip(sizes).enumerate() {
            assert!((rect.area() - WITHIN.area() * size as f64 / total as f64).abs() < 1e-6, "{rect:?}");
            assert!(rect.x >= WITHIN.x && rect.x + rect.width <= WITHIN.x + WITHIN.width + 1e-9);
            assert!(rect.y >= WITHIN.y && rect.y + rect.height <= WITHIN.y + WITHIN.height + 1e-9);
            for other in rects.iter().skip(index + 1).filter(|other| other.area() > 0.0 && rect.area() > 0.0) {
                let apart = rect.x + rect.width <= other.x + 1e-9
                    || other.x + other.width <= rect.x + 1e-9
                    || rect.y + rect.height <= other.y + 1e-9
                    || other.y + other.height <= rect.y + 1e-9;
                assert!(apart, "{rect:?} {other:?}");
            }
        }
        assert!(rects[0].width / rects[0].height < 2.0 && rects[0].height / rects[0].width < 2.0);
    }

    #[test]
    fn nothing_makes_no_rectangles_and_no_trouble() {
        assert!(squarify(&[], 0, WITHIN).is_empty());
        let flat = Rect { width: 0.0, ..WITHIN };
        assert!(squarify(&[5, 3], 8, flat).iter().all(|rect| rect.area() == 0.0));
        assert!(squarify(&[0, 0], 0, WITHIN).iter().all(|rect| rect.area() == 0.0));
    }
}
