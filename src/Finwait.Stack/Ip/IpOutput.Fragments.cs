using System.Buffers.Binary;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <content>Cutting IPv4 packets that are larger than the way allows (RFC 791 §3.2).</content>
internal sealed partial class IpOutput
{
    /// <summary>Sends a whole IPv4 packet without DF as fragments that fit into the MTU.</summary>
    internal SendResult SendFragments(Instant now, PacketBuffer buffer, ref RouteCache cache)
    {
        ReadOnlySpan<byte> packet = buffer.Span;
        int headerLength = (packet[0] & 0x0F) * 4;
        ReadOnlySpan<byte> payload = packet[headerLength..];
        int firstField = BinaryPrimitives.ReadUInt16BigEndian(packet[6..]);
        int baseOffset = (firstField & 0x1FFF) * 8;
        bool wasCut = (firstField & 0x2000) != 0;

        Span<byte> laterHeader = stackalloc byte[Ipv4View.MaxHeaderLength];
        int laterLength = CopiedHeader(packet[..headerLength], laterHeader);
        SendResult worst = SendResult.Sent;
        for (int at = 0; at < payload.Length;)
        {
            ReadOnlySpan<byte> header = at == 0 ? packet[..headerLength] : laterHeader[..laterLength];
            int room = cache.Mtu - header.Length;
            bool isLast = payload.Length - at <= room;
            int count = isLast ? payload.Length - at : room & ~7; // all but the last carry a multiple of eight octets

            PacketBuffer fragment = _host.Packets.Rent(header.Length + count);
            fragment.Cause = buffer.Cause;
            Span<byte> bytes = fragment.Span;
            header.CopyTo(bytes);
            payload.Slice(at, count).CopyTo(bytes[header.Length..]);
            BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], (ushort)bytes.Length);
            BinaryPrimitives.WriteUInt16BigEndian(bytes[6..], (ushort)((baseOffset + at) >> 3 | (isLast && !wasCut ? 0 : 0x2000)));
            Ipv4Writer.WriteChecksum(bytes[..header.Length]);
            _counters.FragmentsSent++;
            SendResult result = Transmit(now, fragment, EtherType.Ipv4, ref cache);
            worst = result != SendResult.Sent ? result : worst;
            at += count;
        }

        buffer.Release();
        return worst;
    }

    /// <summary>The header for all fragments but the first: only options with the copied flag stay (RFC 791 §3.1).</summary>
    private static int CopiedHeader(ReadOnlySpan<byte> header, Span<byte> later)
    {
        header[..Ipv4View.MinHeaderLength].CopyTo(later);
        int length = Ipv4View.MinHeaderLength;
        ReadOnlySpan<byte> options = header[Ipv4View.MinHeaderLength..];
        for (int at = 0; at < options.Length && options[at] != 0;)
        {
            int size = options[at] == 1 ? 1 : at + 1 < options.Length ? options[at + 1] : 0;
            if (size == 0 || at + size > options.Length)
            {
                break;
            }

            if ((options[at] & 0x80) != 0)
            {
                options.Slice(at, size).CopyTo(later[length..]);
                length += size;
            }

            at += size;
        }

        int padded = (length + 3) & ~3;
        later[length..padded].Clear();
        later[0] = (byte)(0x40 | padded >> 2);
        return padded;
    }
}
