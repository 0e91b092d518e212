using System.Buffers.Binary;
using Finwait.Wire;

namespace Finwait.Sim;

/// <summary>Marks "congestion experienced" in a packet, as a router with ECN does (RFC 3168 §5).</summary>
internal static class EcnMark
{
    private const byte CongestionExperienced = 3;

    /// <summary>Marks the packet in place; false, and nothing done, if its sender is not ECN-capable or it is no IP packet.</summary>
    public static bool TryMark(Span<byte> frame, bool isEthernet)
    {
        Span<byte> packet = frame;
        if (isEthernet)
        {
            if (frame.Length < EthernetView.HeaderLength)
            {
                return false;
            }

            packet = frame[EthernetView.HeaderLength..];
        }

        if (Ipv4View.TryParseHeader(packet, out Ipv4View v4) == WireError.None)
        {
            if (v4.Ecn == 0)
            {
                return false;
            }

            ushort before = BinaryPrimitives.ReadUInt16BigEndian(packet);
            packet[1] |= CongestionExperienced;
            ushort after = BinaryPrimitives.ReadUInt16BigEndian(packet);
            BinaryPrimitives.WriteUInt16BigEndian(packet[10..], InternetChecksum.Update(v4.HeaderChecksum, before, after));
            return true;
        }

        if (Ipv6View.TryParseHeader(packet, out Ipv6View v6) == WireError.None && v6.Ecn != 0)
        {
            packet[1] |= CongestionExperienced << 4;
            return true;
        }

        return false;
    }
}
