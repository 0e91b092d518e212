namespace Finwait.Wire;

/// <summary>Why bytes are not a well-formed header. Parsers return it; a peer's bytes never throw.</summary>
public enum WireError : byte
{
    /// <summary>The header is well formed: no accessor of the view can fail.</summary>
    None,

    /// <summary>Fewer bytes than the header, or than its own length field, needs.</summary>
    Truncated,

    /// <summary>A header length field below the minimum of its protocol.</summary>
    BadHeaderLength,

    /// <summary>A version field that is not the protocol's.</summary>
    BadVersion,

    /// <summary>A total length below the header's length, or beyond the bytes at hand.</summary>
    BadTotalLength,

    /// <summary>A checksum that does not match the bytes.</summary>
    BadChecksum,

    /// <summary>A type, code or address-length field that this parser does not take.</summary>
    BadField,
}
