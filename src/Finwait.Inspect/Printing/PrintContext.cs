using System.Buffers.Binary;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>What the printers of one packet share: the options, the text being written, the names and the conversations seen.</summary>
/// <remarks>
/// Printers take the octets that were captured and the length the outer header gave, which differ when a capture is
/// cut. They return false when octets they need were not captured; the packet's text then ends with
/// <c> [|protocol]</c>, the protocol being the one at work.
/// </remarks>
internal sealed class PrintContext
{
    public PrintContext(PrintOptions options)
    {
        Numeric = options.Numeric;
        AbsoluteNumbers = options.AbsoluteSequenceNumbers;
        Verbosity = options.Verbosity;
        Quietness = options.Quietness;
        LinkHeader = options.LinkHeader;
        SkipChecksums = options.SkipChecksums;
        SuppressDefaultDump = options.Quietness > 0 || options.Dump is PacketDump.Hex or PacketDump.HexAndAscii;
        Names = new NameTable(options);
    }

    public bool Numeric { get; }

    public bool AbsoluteNumbers { get; }

    public int Verbosity { get; }

    public int Quietness { get; }

    public bool LinkHeader { get; }

    public bool SkipChecksums { get; }

    /// <summary>True if octets nobody decodes are not shown by themselves.</summary>
    public bool SuppressDefaultDump { get; }

    public NameTable Names { get; }

    public ConversationTable Conversations { get; } = new();

    /// <summary>The text being written; set before each packet.</summary>
    public TextBuffer Out { get; set; } = new();

    /// <summary>The protocol at work.</summary>
    public ProtocolTag Protocol { get; set; }

    /// <summary>Octets in front of the network header, where dumps begin; set by the link layer as it goes.</summary>
    public int LinkHeaderLength { get; set; }

    /// <summary>IP packets within IP packets and quoted ones, which an evil packet could nest without end.</summary>
    public int Depth { get; set; }

    public void PrintTruncated()
    {
        Out.Append(" [|"u8);
        Out.Append(ProtocolTags.Name(Protocol));
        Out.Append(']');
    }

    public void PrintInvalid() => Out.Append(" (invalid)"u8);

    /// <summary>An IPv4 address or its name; false if the four octets are not there.</summary>
    public bool PrintV4(ReadOnlySpan<byte> octets)
    {
        if (octets.Length < 4)
        {
            return false;
        }

        Names.AppendV4(Out, BinaryPrimitives.ReadUInt32BigEndian(octets));
        return true;
    }

    /// <summary>An IPv6 address or its name; false if the sixteen octets are not there.</summary>
    public bool PrintV6(ReadOnlySpan<byte> octets)
    {
        if (octets.Length < 16)
        {
            return false;
        }

        Names.AppendV6(Out, octets[..16]);
        return true;
    }

    /// <summary>"A &gt; B: " of an IP header of either version, whose addresses must be there.</summary>
    public void PrintAddresses(ReadOnlySpan<byte> ip, ReadOnlySpan<byte> behind)
    {
        if (IsV6(ip))
        {
            Names.AppendV6(Out, ip.Slice(8, 16));
            Out.Append(" > "u8);
            Names.AppendV6(Out, ip.Slice(24, 16));
        }
        else
        {
            Names.AppendV4(Out, BinaryPrimitives.ReadUInt32BigEndian(ip[12..]));
            Out.Append(" > "u8);
            Names.AppendV4(Out, BinaryPrimitives.ReadUInt32BigEndian(ip[16..]));
        }

        Out.Append(behind);
    }

    /// <summary>"A.p &gt; B.q: ", or the ports alone if another header stands between the addresses and them.</summary>
    public void PrintEndpoints(ReadOnlySpan<byte> ip, byte protocol, ushort sourcePort, ushort destinationPort)
    {
        bool v6 = IsV6(ip);
        bool direct = ip[v6 ? 6 : 9] == protocol;
        bool tcp = protocol == (byte)IpProtocol.Tcp;
        if (direct)
        {
            if (v6)
            {
                Names.AppendV6(Out, ip.Slice(8, 16));
            }
            else
            {
                Names.AppendV4(Out, BinaryPrimitives.ReadUInt32BigEndian(ip[12..]));
            }

            Out.Append('.');
        }

        Names.AppendPort(Out, sourcePort, tcp);
        Out.Append(" > "u8);
        if (direct)
        {
            if (v6)
            {
                Names.AppendV6(Out, ip.Slice(24, 16));
            }
            else
            {
                Names.AppendV4(Out, BinaryPrimitives.ReadUInt32BigEndian(ip[16..]));
            }

            Out.Append('.');
        }

        Names.AppendPort(Out, destinationPort, tcp);
        Out.Append(": "u8);
    }

    public static bool IsV6(ReadOnlySpan<byte> ip) => ip[0] >> 4 == 6;
}
