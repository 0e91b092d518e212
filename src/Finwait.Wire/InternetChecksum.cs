using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Finwait.Wire;

/// <summary>The ones'-complement checksum of IPv4, ICMP, UDP and TCP (RFC 1071, RFC 1624).</summary>
/// <remarks>
/// One convention holds for every <c>ulong</c> here: a sum is a number congruent modulo 0xFFFF to the sum of the 16-bit words of the
/// bytes, each word read big-endian (first octet high) and an odd last octet padded with a zero octet behind it. Sums of parts that begin
/// at an even distance may be added with plain <c>+</c> (each is below 2^45, so half a million of them fit); for parts behind an odd
/// number of octets use <see cref="Combine"/>. A sum is 0 only if all bytes are 0. The address of the first byte never matters.
/// <see cref="Fold"/> makes the number for the header: host order, inverted, to be written with
/// <c>BinaryPrimitives.WriteUInt16BigEndian</c>. To verify, sum everything with the checksum field as received:
/// <see cref="Fold"/> then gives 0.
/// </remarks>
public static class InternetChecksum
{
    private interface IDestination;

    private readonly struct Nowhere : IDestination;

    private readonly struct Copied : IDestination;

    /// <summary>Sums the 16-bit words of <paramref name="bytes"/>; any length, any alignment.</summary>
    public static ulong Sum(ReadOnlySpan<byte> bytes)
    {
        ref byte source = ref MemoryMarshal.GetReference(bytes);
        return bytes.Length >= 64
            ? ToBigEndian(AccumulateLong<Nowhere>(ref source, ref source, (nuint)bytes.Length))
            : ShortToBigEndian(AccumulateShort<Nowhere>(ref source, ref source, (nuint)bytes.Length));
    }

    /// <summary>Copies <paramref name="source"/> to the start of <paramref name="destination"/> and sums it on the way.</summary>
    /// <param name="source">What to copy; must not overlap <paramref name="destination"/> unless both begin at one address.</param>
    /// <param name="destination">At least as long as <paramref name="source"/>; what lies behind the copy stays as it is.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short: a caller bug.</exception>
    public static ulong CopyAndSum(ReadOnlySpan<byte> source, Span<byte> destination)
    {
        if (destination.Length < source.Length)
        {
            throw new ArgumentException("the destination is shorter than the source", nameof(destination));
        }

        ref byte from = ref MemoryMarshal.GetReference(source);
        ref byte to = ref MemoryMarshal.GetReference(destination);
        return source.Length >= 64
            ? ToBigEndian(AccumulateLong<Copied>(ref from, ref to, (nuint)source.Length))
            : ShortToBigEndian(AccumulateShort<Copied>(ref from, ref to, (nuint)source.Length));
    }

    /// <summary>The finished checksum: folded to 16 bits with end-around carry and inverted, in host order.</summary>
    public static ushort Fold(ulong sum) => (ushort)~FoldTo16(sum);

    /// <summary>The sum of two parts that lie behind each other.</summary>
    /// <param name="sumA">Sum of the first part.</param>
    /// <param name="lengthA">Octets of the first part; if odd, the octets of the second stand in the other halves of the words.</param>
    /// <param name="sumB">Sum of the second part, computed as if it stood alone.</param>
    public static ulong Combine(ulong sumA, int lengthA, ulong sumB)
    {
        ulong b = (lengthA & 1) == 0 ? FoldTo32(sumB) : BitOperations.RotateLeft((uint)FoldTo32(sumB), 8);
        return FoldTo32(sumA) + b;
    }

    /// <summary>The pseudo-header of TCP, UDP and ICMPv6 over IPv4 (RFC 9293 §3.1) or IPv6 (RFC 8200 §8.1).</summary>
    /// <param name="source">Source address.</param>
    /// <param name="destination">Destination address of the same version; the final one if the packet is source-routed.</param>
    /// <param name="protocol">Protocol number of the upper layer (<see cref="IpProtocol"/>), never that of an extension header.</param>
    /// <param name="length">Octets of upper-layer header and text, 0–2^31−1.</param>
    public static ulong PseudoHeader(IpAddress source, IpAddress destination, byte protocol, int length)
    {
        // 2^16 is 1 modulo 0xFFFF, so 32-bit pieces count like the two words they consist of.
        ulong rest = (ulong)protocol + (uint)length;
        if (!source.IsV6)
        {
            return rest + source.V4 + destination.V4;
        }

        return rest + (source.High >> 32) + (uint)source.High + (source.Low >> 32) + (uint)source.Low
            + (destination.High >> 32) + (uint)destination.High + (destination.Low >> 32) + (uint)destination.Low;
    }

    /// <summary>The checksum after one 16-bit word of the data changed (RFC 1624 §3, equation 3).</summary>
    /// <param name="checksum">The field as it was, host order.</param>
    /// <param name="before">The word that was there; it must begin at an even offset of the summed bytes.</param>
    /// <param name="after">The word that is there now.</param>
    public static ushort Update(ushort checksum, ushort before, ushort after) =>
        Fold((ulong)(ushort)~checksum + (ushort)~before + after);

    /// <summary>The checksum after two adjacent 16-bit words changed, an IPv4 address for instance (RFC 1624 §3).</summary>
    /// <param name="checksum">The field as it was, host order.</param>
    /// <param name="before">The 32 bits that were there; they must begin at an even offset of the summed bytes.</param>
    /// <param name="after">The 32 bits that are there now.</param>
    public static ushort Update(ushort checksum, uint before, uint after) =>
        Fold((ulong)(ushort)~checksum + (uint)~before + after);

    private static ushort FoldTo16(ulong sum)
    {
        ulong s = FoldTo32(sum);
        s = (s >> 16) + (s & 0xFFFF);
        return (ushort)((s >> 16) + s);
    }

    /// <summary>Below 2^32, congruent, and 0 only for 0.</summary>
    private static ulong FoldTo32(ulong sum)
    {
        sum = (sum >> 32) + (uint)sum;
        return (sum >> 32) + (uint)sum;
    }

    /// <summary>Words summed in the machine's order are byte-swapped words summed in the other: one swap at the end (RFC 1071 §2(B)).</summary>
    private static ulong ToBigEndian(ulong nativeSum)
    {
        uint folded = (uint)FoldTo32(nativeSum);
        return BitConverter.IsLittleEndian ? System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(folded) : folded;
    }

    /// <summary>The same for a sum below 2^37: modulo 0xFFFF, swapping the octets of every word is multiplying by 256, with nothing to fold before.</summary>
    private static ulong ShortToBigEndian(ulong nativeSum) => BitConverter.IsLittleEndian ? nativeSum << 8 : nativeSum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong AccumulateShort<T>(ref byte source, ref byte destination, nuint length)
        where T : struct, IDestination
    {
        ulong sum = 0;
        nuint at = 0;
        for (; length - at >= 16; at += 16)
        {
            ulong first = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref source, at)), second = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref source, at + 8));
            Store<T, ulong>(ref destination, at, first);
            Store<T, ulong>(ref destination, at + 8, second);
            sum += (first >> 32) + (uint)first + ((second >> 32) + (uint)second);
        }

        if ((length & 8) != 0)
        {
            ulong word = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref source, at));
            Store<T, ulong>(ref destination, at, word);
            sum += (word >> 32) + (uint)word;
            at += 8;
        }

        if ((length & 4) != 0)
        {
            uint word = Unsafe.ReadUnaligned<uint>(ref Unsafe.Add(ref source, at));
            Store<T, uint>(ref destination, at, word);
            sum += word;
            at += 4;
        }

        if ((length & 2) != 0)
        {
            ushort word = Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref source, at));
            Store<T, ushort>(ref destination, at, word);
            sum += word;
            at += 2;
        }

        if ((length & 1) != 0)
        {
            byte last = Unsafe.Add(ref source, at);
            Store<T, byte>(ref destination, at, last);
            sum += BitConverter.IsLittleEndian ? last : (uint)last << 8;
        }

        return sum;
    }

    private static ulong AccumulateLong<T>(ref byte source, ref byte destination, nuint length)
        where T : struct, IDestination
    {
        // Lanes of 64 bits take 32-bit halves: below 2^31 octets no lane and no sum of lanes can overflow.
        ulong sum = 0;
        nuint at = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            Vector512<ulong> low = default, high = default, low2 = default, high2 = default;
            Vector512<ulong> mask = Vector512.Create(0xFFFF_FFFFUL);
            for (; length - at >= 128; at += 128)
            {
                Vector512<ulong> a = Unsafe.ReadUnaligned<Vector512<ulong>>(ref Unsafe.Add(ref source, at));
                Vector512<ulong> b = Unsafe.ReadUnaligned<Vector512<ulong>>(ref Unsafe.Add(ref source, at + 64));
                Store<T, Vector512<ulong>>(ref destination, at, a);
                Store<T, Vector512<ulong>>(ref destination, at + 64, b);
                low += a & mask;
                high += a >>> 32;
                low2 += b & mask;
                high2 += b >>> 32;
            }

            if (length - at >= 64)
            {
                Vector512<ulong> last = Unsafe.ReadUnaligned<Vector512<ulong>>(ref Unsafe.Add(ref source, at));
                Store<T, Vector512<ulong>>(ref destination, at, last);
                low += last & mask;
                high += last >>> 32;
                at += 64;
            }

            sum = Vector512.Sum(low + high + low2 + high2);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Vector256<ulong> low = default, high = default, low2 = default, high2 = default;
            Vector256<ulong> mask = Vector256.Create(0xFFFF_FFFFUL);
            for (; length - at >= 64; at += 64)
            {
                Vector256<ulong> a = Unsafe.ReadUnaligned<Vector256<ulong>>(ref Unsafe.Add(ref source, at));
                Vector256<ulong> b = Unsafe.ReadUnaligned<Vector256<ulong>>(ref Unsafe.Add(ref source, at + 32));
                Store<T, Vector256<ulong>>(ref destination, at, a);
                Store<T, Vector256<ulong>>(ref destination, at + 32, b);
                low += a & mask;
                high += a >>> 32;
                low2 += b & mask;
                high2 += b >>> 32;
            }

            sum = Vector256.Sum(low + high + low2 + high2);
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            sum = Accumulate128<T>(ref source, ref destination, length, ref at);
        }

        return sum + AccumulateShort<T>(ref Unsafe.Add(ref source, at), ref Unsafe.Add(ref destination, at), length - at);
    }

    private static ulong Accumulate128<T>(ref byte source, ref byte destination, nuint length, ref nuint start)
        where T : struct, IDestination
    {
        nuint at = start;
        Vector128<ulong> low = default, high = default;
        Vector128<ulong> mask = Vector128.Create(0xFFFF_FFFFUL);
        for (; length - at >= 16; at += 16)
        {
            Vector128<ulong> a = Unsafe.ReadUnaligned<Vector128<ulong>>(ref Unsafe.Add(ref source, at));
            Store<T, Vector128<ulong>>(ref destination, at, a);
            low += a & mask;
            high += a >>> 32;
        }

        start = at;
        return Vector128.Sum(low + high);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<T, TWord>(ref byte destination, nuint at, TWord word)
        where T : struct, IDestination
        where TWord : unmanaged
    {
        if (typeof(T) == typeof(Copied))
        {
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref destination, at), word);
        }
    }
}
