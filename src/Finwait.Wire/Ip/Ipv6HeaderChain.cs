namespace Finwait.Wire;

/// <summary>The first thing that a host finds wrong in a chain of extension headers, and so what it does with the packet.</summary>
public enum Ipv6ChainError : byte
{
    /// <summary>The chain is in order.</summary>
    None,

    /// <summary>The packet ends within a header. In a first fragment: Parameter Problem code 3 (RFC 7112 §5); else drop.</summary>
    Truncated,

    /// <summary>Hop-by-hop options elsewhere than directly behind the fixed header: Parameter Problem code 1 (RFC 8200 §4.1).</summary>
    HopByHopNotFirst,

    /// <summary>An option's length beyond its header: Parameter Problem code 0 at the option.</summary>
    BadOption,

    /// <summary>An option that is not known and must not be skipped: see <see cref="Ipv6HeaderChain.UnknownOption"/> (RFC 8200 §4.2).</summary>
    UnknownOption,

    /// <summary>A routing header of a type not known with segments left: Parameter Problem code 0 (RFC 8200 §4.4, RFC 5095).</summary>
    UnknownRouting,

    /// <summary>More headers than <see cref="Ipv6HeaderChain.MaxHeaders"/> or options than <see cref="Ipv6HeaderChain.MaxOptions"/>: drop (RFC 8504 §5.3).</summary>
    TooMany,
}

/// <summary>What a receiving host makes of the headers between the fixed IPv6 header and the upper layer (RFC 8200 §4).</summary>
/// <remarks>
/// The walk goes strictly in order, ends at the first fault, and its work is bounded. It steps over hop-by-hop options, destination options,
/// routing headers without segments left and fragment headers of first or whole fragments; any other number is the upper layer, known
/// to the host or not.
/// </remarks>
public readonly record struct Ipv6HeaderChain
{
    /// <summary>Most extension headers taken in one packet.</summary>
    public const int MaxHeaders = 8;

    /// <summary>Most options taken in one header, padding not counted (RFC 8504 §5.3).</summary>
    public const int MaxOptions = 8;

    /// <summary>First fault, or <see cref="Ipv6ChainError.None"/>.</summary>
    public Ipv6ChainError Error { get; private init; }

    /// <summary>Where the fault stands, octets from the start of the fixed header: the pointer of a Parameter Problem.</summary>
    public int ErrorPointer { get; private init; }

    /// <summary>With <see cref="Ipv6ChainError.UnknownOption"/>: what the type demands.</summary>
    public Ipv6OptionAction UnknownOption { get; private init; }

    /// <summary>Number of the upper layer (<see cref="IpProtocol"/>); in a later fragment the number that the fragment header gives.</summary>
    public byte Protocol { get; private init; }

    /// <summary>Where the upper layer, or the text of a later fragment, begins behind the fixed header, octets.</summary>
    public int Offset { get; private init; }

    /// <summary>Where the next-header field stands that announced <see cref="Protocol"/>, octets from the start of the fixed header: the pointer for an unknown one.</summary>
    public int NextHeaderAt { get; private init; }

    /// <summary>True if there is a fragment header, also an atomic one.</summary>
    public bool HasFragment { get; private init; }

    /// <summary>The fields of the fragment header.</summary>
    public Ipv6Fragment Fragment { get; private init; }

    /// <summary>Where the fragment header begins behind the fixed header, octets: what stands before it belongs to every fragment.</summary>
    public int FragmentAt { get; private init; }

    /// <summary>True if the packet is only a part of a datagram; atomic fragments are whole (RFC 6946).</summary>
    public bool IsFragment => HasFragment && !Fragment.IsAtomic;

    /// <summary>True if a hop-by-hop router alert asks to look at the packet (RFC 2711).</summary>
    public bool HasRouterAlert { get; private init; }

    /// <summary>Walks the chain of a packet that <see cref="Ipv6View.TryParse"/> took.</summary>
    public static Ipv6HeaderChain Walk(in Ipv6View packet) => Walk(packet.NextHeader, packet.Payload);

    /// <summary>Walks a chain; never throws, whatever the bytes.</summary>
    /// <param name="nextHeader">Type of the first header.</param>
    /// <param name="payload">All behind the fixed header.</param>
    public static Ipv6HeaderChain Walk(byte nextHeader, ReadOnlySpan<byte> payload)
    {
        Ipv6HeaderChain chain = new() { Protocol = nextHeader, NextHeaderAt = 6 };
        Ipv6ExtensionReader reader = new(nextHeader, payload);
        for (int count = 0; IsOurs(reader.NextHeader) && reader.MoveNext(); count++)
        {
            Ipv6Extension header = reader.Current;
            Ipv6HeaderChain before = chain;
            int start = Ipv6View.HeaderLength + header.Offset;
            if (count == MaxHeaders)
            {
                return before with { Error = Ipv6ChainError.TooMany, ErrorPointer = before.NextHeaderAt };
            }

            if (header.Type == IpProtocol.HopByHop && count != 0)
            {
                return before with { Error = Ipv6ChainError.HopByHopNotFirst, ErrorPointer = before.NextHeaderAt };
            }

            if (header.Error != OptionError.None)
            {
                return before with { Error = Ipv6ChainError.Truncated, ErrorPointer = start };
            }

            chain = chain with { Protocol = reader.NextHeader, Offset = reader.Offset, NextHeaderAt = start };
            if (header.TryGetFragment(out Ipv6Fragment fragment))
            {
                chain = chain with { HasFragment = true, Fragment = fragment, FragmentAt = header.Offset };
                if (fragment.Offset != 0)
                {
                    return chain;
                }
            }
            else if (header.TryGetRouting(out _, out byte segmentsLeft))
            {
                if (segmentsLeft != 0)
                {
                    return before with { Error = Ipv6ChainError.UnknownRouting, ErrorPointer = start + 2 };
                }
            }
            else
            {
                chain = CheckOptions(chain, header);
                if (chain.Error != Ipv6ChainError.None)
                {
                    return before with { Error = chain.Error, ErrorPointer = chain.ErrorPointer, UnknownOption = chain.UnknownOption };
                }
            }
        }

        return chain;
    }

    private static bool IsOurs(byte nextHeader) => nextHeader is IpProtocol.HopByHop or IpProtocol.DestinationOptions or IpProtocol.Routing or IpProtocol.Fragment;

    private static Ipv6HeaderChain CheckOptions(Ipv6HeaderChain chain, Ipv6Extension header)
    {
        int optionsAt = Ipv6View.HeaderLength + header.Offset + 2;
        int count = 0;
        foreach (Ipv6Option option in new Ipv6OptionReader(header.OptionBytes))
        {
            if (option.Error != OptionError.None)
            {
                return chain with { Error = Ipv6ChainError.BadOption, ErrorPointer = optionsAt + option.Offset };
            }

            if (option.Type is Ipv6OptionType.Pad1 or Ipv6OptionType.PadN)
            {
                continue;
            }

            if (++count > MaxOptions)
            {
                return chain with { Error = Ipv6ChainError.TooMany, ErrorPointer = optionsAt + option.Offset };
            }

            if (header.Type == IpProtocol.HopByHop && option.TryGetRouterAlert(out _))
            {
                chain = chain with { HasRouterAlert = true };
            }
            else if (option.ActionIfUnknown != Ipv6OptionAction.Skip)
            {
                return chain with { Error = Ipv6ChainError.UnknownOption, ErrorPointer = optionsAt + option.Offset, UnknownOption = option.ActionIfUnknown };
            }
        }

        return chain;
    }
}
