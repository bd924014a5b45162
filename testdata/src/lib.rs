//! Fixtures and builders for the tests.
