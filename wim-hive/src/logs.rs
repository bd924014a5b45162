//! The files beside a hive that hold its changes.

/// Whether `file` is a log of the hive file `hive`, both names without folders: `SYSTEM.LOG`, `.LOG1`, `.LOG2`, or a
/// transaction's `SYSTEM{…}.TM.blf` and `SYSTEM{…}.TMContainer….regtrans-ms`.
///
/// After a change of the hive they are stale, and must go: a log that seems newer might be applied when the hive is loaded.
pub fn is_log_of(hive: &str, file: &str) -> bool {
    let Some((front, rest)) = file.split_at_checked(hive.len()) else { return false };
    let rest = rest.to_ascii_lowercase();
    let is_transaction = rest.starts_with('{') && (rest.ends_with(".blf") || rest.ends_with(".regtrans-ms"));
    front.eq_ignore_ascii_case(hive) && (matches!(rest.as_str(), ".log" | ".log1" | ".log2") || is_transaction)
}

#[cfg(test)]
mod tests {
    use super::is_log_of;

    #[test]
    fn logs_are_known_by_their_names() {
        let transaction = "system{1c37910b-b8ad-11e8-aa21-e41d2d101530}.TMContainer00000000000000000001.regtrans-ms";
        for log in ["SYSTEM.LOG", "system.log1", "SYSTEM.LOG2", "SYSTEM{53b3}.TM.blf", transaction] {
            assert!(is_log_of("SYSTEM", log), "{log}");
        }
        for other in
            ["SYSTEM", "SYSTEM.SAV", "SYSTEM2.LOG", "SOFTWARE.LOG1", "SYSTEM.LOG3", "SYSTEM.blf", "S", "ΣYSTEM.LOG"]
        {
            assert!(!is_log_of("SYSTEM", other), "{other}");
        }
    }
}
