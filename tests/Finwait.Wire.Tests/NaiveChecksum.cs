namespace Finwait.Wire.Tests;

/// <summary>RFC 1071 as it reads: 16-bit words one by one. The witness for the fast implementation.</summary>
internal static class NaiveChecksum
{
    public static ushort Of(params byte[][] parts)
    {
        byte[] all = parts.SelectMany(part => part).ToArray();
        uint sum = 0;
        for (int i = 0; i < all.Length; i += 2)
        {
            sum += (uint)(all[i] << 8 | (i + 1 < all.Length ? all[i + 1] : 0));
            sum = (sum & 0xFFFF) + (sum >> 16);
        }

        return (ushort)~sum;
    }

    public static byte[] PseudoHeader(IpAddress source, IpAddress destination, byte protocol, int length)
    {
        byte[] bytes = new byte[source.IsV6 ? 40 : 12];
        int at = source.Write(bytes);
        at += destination.Write(bytes.AsSpan(at));
        if (source.IsV6)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(at), length);
            bytes[39] = protocol;
        }
        else
        {
            bytes[9] = protocol;
            System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(10), (ushort)length);
        }

        return bytes;
    }
}
