namespace Finwait.Wire;

/// <summary>Why an option cannot be read. The reader hands out what is there and ends.</summary>
public enum OptionError : byte
{
    /// <summary>The option is whole.</summary>
    None,

    /// <summary>The bytes end before the length octet.</summary>
    NoLength,

    /// <summary>A length that does not even cover the octets before the data (0 or 1 in TCP and IPv4): nothing behind can be found.</summary>
    BadLength,

    /// <summary>A length beyond the bytes at hand: the header is wrong, or a capture was cut short.</summary>
    Truncated,
}
