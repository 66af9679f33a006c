"""Guards against material that teaches a detector something other than synthesis."""
