using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Text;
using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>Writes addresses, ports and hardware addresses, as names where the options ask for names and there are any.</summary>
internal sealed class NameTable
{
    /// <summary>The three digits at most of each octet, least significant byte first, their number in the highest byte.</summary>
    private static readonly uint[] OctetText = MakeOctetText();

    private readonly Dictionary<IpAddress, byte[]>? _hosts;
    private readonly IReadOnlyDictionary<int, string>? _interfaces;
    private readonly bool _numeric;

    public NameTable(PrintOptions options)
    {
        _numeric = options.Numeric;
        _interfaces = options.InterfaceNames;
        if (_numeric || options.HostNames is null)
        {
            return;
        }

        _hosts = [];
        foreach ((IpAddress address, string name) in options.HostNames)
        {
            int dot = options.ShortHostNames ? name.IndexOf('.') : -1;
            _hosts[address] = Encoding.UTF8.GetBytes(dot < 0 ? name : name[..dot]);
        }
    }

    /// <summary>An IPv4 address or its name.</summary>
    public void AppendV4(TextBuffer output, uint address)
    {
        if (_hosts is not null && _hosts.TryGetValue(IpAddress.FromV4(address), out byte[]? name))
        {
            output.Append(name);
            return;
        }

        AppendDottedQuad(output, address);
    }

    /// <summary>An IPv4 address in dotted form.</summary>
    public static void AppendDottedQuad(TextBuffer output, uint address)
    {
        Span<byte> room = output.Room(16);
        ref byte at = ref room[0];
        uint text = OctetText[address >> 24];
        Unsafe.WriteUnaligned(ref at, text);
        int length = (int)(text >> 24);
        Unsafe.Add(ref at, length++) = (byte)'.';
        text = OctetText[address >> 16 & 0xFF];
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref at, length), text);
        length += (int)(text >> 24);
        Unsafe.Add(ref at, length++) = (byte)'.';
        text = OctetText[address >> 8 & 0xFF];
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref at, length), text);
        length += (int)(text >> 24);
        Unsafe.Add(ref at, length++) = (byte)'.';
        text = OctetText[address & 0xFF];
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref at, length), text);
        output.Advance(length + (int)(text >> 24));
    }

    /// <summary>An IPv6 address or its name.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="octets">Sixteen octets.</param>
    public void AppendV6(TextBuffer output, ReadOnlySpan<byte> octets)
    {
        if (_hosts is not null && _hosts.TryGetValue(IpAddress.Read(octets), out byte[]? name))
        {
            output.Append(name);
            return;
        }

        AppendV6Number(output, octets);
    }

    /// <summary>An IPv6 address in the short form: the longest run of two zero groups or more becomes "::".</summary>
    public static void AppendV6Number(TextBuffer output, ReadOnlySpan<byte> octets)
    {
        FindZeros(octets, out int start, out int count);
        for (int group = 0; group < 8; group++)
        {
            if (group >= start && group < start + count)
            {
                if (group == start)
                {
                    output.Append(':');
                }

                continue;
            }

            if (group > 0)
            {
                output.Append(':');
            }

            // Compatible and mapped IPv4 addresses end in the dotted form.
            if (group == 6 && start == 0 && (count == 6 || (count == 5 && octets[10] == 0xFF && octets[11] == 0xFF)))
            {
                AppendDottedQuad(output, BinaryPrimitives.ReadUInt32BigEndian(octets[12..]));
                return;
            }

            output.AppendHex(BinaryPrimitives.ReadUInt16BigEndian(octets[(group * 2)..]), 1);
        }

        if (start + count == 8)
        {
            output.Append(':');
        }
    }

    /// <summary>A port or its name.</summary>
    public void AppendPort(TextBuffer output, ushort port, bool tcp)
    {
        if (!_numeric && (tcp ? ServiceNames.Tcp : ServiceNames.Udp)[port] is { } name)
        {
            output.Append(name);
            return;
        }

        output.AppendDecimal((uint)port);
    }

    /// <summary>The name of an interface of the machine, a question mark if it has no such interface; the number if nobody knows its interfaces.</summary>
    public void AppendInterface(TextBuffer output, uint index)
    {
        if (_interfaces is null)
        {
            output.AppendDecimal(index);
            return;
        }

        output.Append(_interfaces.GetValueOrDefault(unchecked((int)index), "?"));
    }

    /// <summary>The name of an IP protocol, or null; always null with numbers only.</summary>
    public byte[]? ProtocolName(byte protocol) => _numeric ? null : ServiceNames.ByProtocol[protocol];

    /// <summary>A MAC address; with names also its maker.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="octets">Six octets.</param>
    public void AppendMac(TextBuffer output, ReadOnlySpan<byte> octets)
    {
        if (!_numeric && octets[..6].SequenceEqual(BroadcastOctets))
        {
            output.Append("Broadcast"u8);
            return;
        }

        AppendColons(output, octets[..6]);
        if (!_numeric)
        {
            output.Append(" (oui "u8);
            output.Append(HardwareMakers.Find((uint)(octets[0] << 16 | octets[1] << 8 | octets[2])));
            output.Append(')');
        }
    }

    /// <summary>A link-layer address of any length in pairs of hex digits.</summary>
    public static void AppendColons(TextBuffer output, ReadOnlySpan<byte> octets)
    {
        for (int i = 0; i < octets.Length; i++)
        {
            if (i > 0)
            {
                output.Append(':');
            }

            output.AppendHex(octets.Slice(i, 1));
        }
    }

    private static ReadOnlySpan<byte> BroadcastOctets => [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF];

    private static void FindZeros(ReadOnlySpan<byte> octets, out int start, out int count)
    {
        start = -1;
        count = 1;
        int run = 0;
        for (int group = 0; group < 8; group++)
        {
            run = octets[group * 2] == 0 && octets[(group * 2) + 1] == 0 ? run + 1 : 0;
            if (run > count)
            {
                count = run;
                start = group - run + 1;
            }
        }

        if (start < 0)
        {
            count = 0;
            start = 16;
        }
    }

    private static uint[] MakeOctetText()
    {
        uint[] table = new uint[256];
        for (uint i = 0; i < 256; i++)
        {
            string digits = i.ToString(System.Globalization.CultureInfo.InvariantCulture);
            uint text = 0;
            for (int k = 0; k < digits.Length; k++)
            {
                text |= (uint)digits[k] << (8 * k);
            }

            table[i] = text | (uint)digits.Length << 24;
        }

        return table;
    }
}
