//! Business documents as PDF.
