//! The one door to the database and every SQL statement.
