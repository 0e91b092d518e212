using System.Buffers.Binary;

namespace Finwait.Wire;

/// <summary>Read-only view over one Ethernet II frame without preamble and frame check sequence (RFC 894). Holds no copy.</summary>
public readonly ref struct EthernetView
{
    /// <summary>Octets of the header.</summary>
    public const int HeaderLength = 14;

    private readonly ReadOnlySpan<byte> _frame;

    private EthernetView(ReadOnlySpan<byte> frame) => _frame = frame;

    /// <summary>Checks the length once; after <see cref="WireError.None"/> no accessor throws.</summary>
    public static WireError TryParse(ReadOnlySpan<byte> frame, out EthernetView view)
    {
        if (frame.Length < HeaderLength)
        {
            view = default;
            return WireError.Truncated;
        }

        view = new(frame);
        return WireError.None;
    }

    /// <summary>Destination address.</summary>
    public MacAddress Destination => MacAddress.Read(_frame);

    /// <summary>Source address.</summary>
    public MacAddress Source => MacAddress.Read(_frame[6..]);

    /// <summary>The field behind the addresses: a type (<see cref="Wire.EtherType"/>), or an IEEE 802.3 length below 0x0600.</summary>
    public ushort EtherType => BinaryPrimitives.ReadUInt16BigEndian(_frame[12..]);

    /// <summary>All behind the header; short frames carry padding here that only the upper layer's length tells.</summary>
    public ReadOnlySpan<byte> Payload => _frame[HeaderLength..];
}

/// <summary>Read-only view over a VLAN tag and what follows: the payload of a frame of type 0x8100 or 0x88A8 (IEEE 802.1Q).</summary>
public readonly ref struct VlanView
{
    /// <summary>Octets of tag control information and type.</summary>
    public const int HeaderLength = 4;

    private readonly ReadOnlySpan<byte> _bytes;

    private VlanView(ReadOnlySpan<byte> bytes) => _bytes = bytes;

    /// <summary>Checks the length once; after <see cref="WireError.None"/> no accessor throws.</summary>
    public static WireError TryParse(ReadOnlySpan<byte> payload, out VlanView view)
    {
        if (payload.Length < HeaderLength)
        {
            view = default;
            return WireError.Truncated;
        }

        view = new(payload);
        return WireError.None;
    }

    /// <summary>Priority code point, 0–7.</summary>
    public byte Priority => (byte)(_bytes[0] >> 5);

    /// <summary>Drop eligible indicator.</summary>
    public bool DropEligible => (_bytes[0] & 0x10) != 0;

    /// <summary>VLAN identifier, 0–4095; 0 means priority only.</summary>
    public ushort VlanId => (ushort)(BinaryPrimitives.ReadUInt16BigEndian(_bytes) & 0x0FFF);

    /// <summary>Type of what follows.</summary>
    public ushort EtherType => BinaryPrimitives.ReadUInt16BigEndian(_bytes[2..]);

    /// <summary>All behind the tag.</summary>
    public ReadOnlySpan<byte> Payload => _bytes[HeaderLength..];
}

/// <summary>Writes Ethernet II headers.</summary>
public static class EthernetWriter
{
    /// <summary>Writes the 14 octets of the header and returns 14.</summary>
    /// <exception cref="ArgumentException">Too little room: a caller bug.</exception>
    public static int Write(Span<byte> frame, MacAddress destination, MacAddress source, ushort etherType)
    {
        if (frame.Length < EthernetView.HeaderLength)
        {
            throw new ArgumentException("an Ethernet header needs 14 octets", nameof(frame));
        }

        // Two overlapping stores: destination with the first two octets of the source, then the source with the type.
        BinaryPrimitives.WriteUInt64BigEndian(frame, destination.Value << 16 | (source.Value >> 32 & 0xFFFF));
        BinaryPrimitives.WriteUInt64BigEndian(frame[6..], source.Value << 16 | etherType);
        return EthernetView.HeaderLength;
    }

    /// <summary>Writes the four octets of a VLAN tag behind an Ethernet header of type 0x8100 or 0x88A8 and returns 4.</summary>
    /// <param name="payload">Where the frame's payload begins.</param>
    /// <param name="vlanId">0–4095.</param>
    /// <param name="etherType">Type of what follows.</param>
    /// <param name="priority">Priority code point, 0–7.</param>
    /// <exception cref="ArgumentException">Too little room or a number out of range: a caller bug.</exception>
    public static int WriteVlan(Span<byte> payload, ushort vlanId, ushort etherType, byte priority = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(vlanId, 0x0FFF);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(priority, 7);
        BinaryPrimitives.WriteUInt32BigEndian(payload, (uint)priority << 29 | (uint)vlanId << 16 | etherType);
        return VlanView.HeaderLength;
    }
}
