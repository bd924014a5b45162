//! Arrays on the heap.

use alloc::boxed::Box;
use alloc::vec;

/// A zeroed array on the heap, never on the stack: memory that a short chunk does not touch is never made resident.
pub(crate) fn zeroed<T: Copy + Default, const N: usize>() -> Box<[T; N]> {
    match vec![T::default(); N].into_boxed_slice().try_into() {
        Ok(array) => array,
        Err(_) => unreachable!("the slice was made with the array's length"),
    }
}
