using Finwait.Wire;

namespace Finwait.Inspect;

/// <summary>Checks checksums and says what they should be.</summary>
internal static class Checksums
{
    /// <summary>True if a sum that includes the checksum field is not that of right octets.</summary>
    /// <param name="sum">Over everything the checksum covers, the field as found.</param>
    /// <param name="found">The field.</param>
    /// <param name="right">What the field should hold.</param>
    public static bool IsWrong(ulong sum, ushort found, out ushort right)
    {
        uint rest = InternetChecksum.Fold(sum);

        // Taking the field as found out of the inverted sum again leaves what would make it come out.
        uint shouldBe = found + rest;
        right = (ushort)((shouldBe & 0xFFFF) + (shouldBe >> 16));
        return rest != 0;
    }

    /// <summary>The sum of a transport header, its payload and the pseudo header made from the IP header in front.</summary>
    /// <param name="ip">The IP header, of either version.</param>
    /// <param name="protocol">Of the segment.</param>
    /// <param name="segment">All octets the checksum covers.</param>
    public static ulong TransportSum(ReadOnlySpan<byte> ip, byte protocol, ReadOnlySpan<byte> segment)
    {
        ulong sum = InternetChecksum.Sum(segment) + protocol + (uint)segment.Length;
        return sum + (PrintContext.IsV6(ip) ? InternetChecksum.Sum(ip.Slice(8, 32)) : InternetChecksum.Sum(ip.Slice(12, 8)));
    }
}
