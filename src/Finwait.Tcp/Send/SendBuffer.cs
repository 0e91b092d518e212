using System.Diagnostics;
using Finwait.Wire;

namespace Finwait.Tcp;

/// <summary>The octets the application handed over and the peer has not acknowledged, in a ring lent by the host's pool.</summary>
/// <remarks>While empty it holds no ring, or a small one until <see cref="ReleaseIfEmpty"/>. Grows by doubling up to the limit.</remarks>
internal struct SendBuffer
{
    private const int SmallestRing = 256;

    private byte[]? _ring;

    /// <summary>Stream offset of the first octet held.</summary>
    public long Head { get; private set; }

    /// <summary>Stream offset behind the last octet held.</summary>
    public long Tail { get; private set; }

    /// <summary>Octets held.</summary>
    public readonly int Length => (int)(Tail - Head);

    /// <summary>Appends what fits below <paramref name="limit"/> octets held and returns how much that was.</summary>
    public int Append(ReadOnlySpan<byte> data, int limit, BufferPool pool)
    {
        int take = Math.Min(data.Length, limit - Length);
        if (take <= 0)
        {
            return 0;
        }

        EnsureRing(Length + take, pool);
        byte[] ring = _ring!;
        int at = (int)Tail & (ring.Length - 1);
        int first = Math.Min(take, ring.Length - at);
        data[..first].CopyTo(ring.AsSpan(at));
        if (first < take)
        {
            data[first..take].CopyTo(ring);
        }

        Tail += take;
        return take;
    }

    /// <summary>The same octets in a ring of its own, which no pool knows.</summary>
    public readonly SendBuffer Copy() => this with { _ring = (byte[]?)_ring?.Clone() };

    /// <summary>A ring is held though nothing is in it.</summary>
    public readonly bool HoldsEmptyRing => _ring is not null && Head == Tail;

    /// <summary>Frees everything before <paramref name="offset"/>; gives a large ring back when nothing is left.</summary>
    public void Release(long offset, BufferPool pool)
    {
        Debug.Assert(offset <= Tail, "acknowledged more than was queued");
        if (offset <= Head)
        {
            return;
        }

        Head = offset;
        if (Head == Tail && _ring is { Length: > BufferPool.MostKeptEmpty })
        {
            ReleaseIfEmpty(pool);
        }
    }

    /// <summary>Gives the ring back if nothing is in it.</summary>
    public void ReleaseIfEmpty(BufferPool pool)
    {
        if (_ring is not null && Head == Tail)
        {
            pool.Return(_ring);
            _ring = null;
        }
    }

    /// <summary>Drops everything.</summary>
    public void Clear(BufferPool pool)
    {
        Head = Tail;
        ReleaseIfEmpty(pool);
    }

    /// <summary>Copies [<paramref name="offset"/>, + <paramref name="destination"/>.Length).</summary>
    public readonly void Copy(long offset, Span<byte> destination)
    {
        if (destination.IsEmpty)
        {
            return;
        }

        Debug.Assert(offset >= Head && offset + destination.Length <= Tail, "text is no longer held");
        byte[] ring = _ring!;
        int at = (int)offset & (ring.Length - 1);
        int first = Math.Min(destination.Length, ring.Length - at);
        ring.AsSpan(at, first).CopyTo(destination);
        if (first < destination.Length)
        {
            ring.AsSpan(0, destination.Length - first).CopyTo(destination[first..]);
        }
    }

    /// <summary>Copies and sums in one pass (see <see cref="InternetChecksum.CopyAndSum"/>).</summary>
    public readonly ulong CopyAndSum(long offset, Span<byte> destination)
    {
        if (destination.IsEmpty)
        {
            return 0;
        }

        Debug.Assert(offset >= Head && offset + destination.Length <= Tail, "text is no longer held");
        byte[] ring = _ring!;
        int at = (int)offset & (ring.Length - 1);
        int first = Math.Min(destination.Length, ring.Length - at);
        ulong sum = InternetChecksum.CopyAndSum(ring.AsSpan(at, first), destination);
        return first == destination.Length
            ? sum
            : InternetChecksum.Combine(sum, first, InternetChecksum.CopyAndSum(ring.AsSpan(0, destination.Length - first), destination[first..]));
    }

    private void EnsureRing(int needed, BufferPool pool)
    {
        if (_ring is not null && _ring.Length >= needed)
        {
            return;
        }

        byte[] larger = pool.Rent(Math.Max(needed, SmallestRing));
        if (_ring is not null)
        {
            RingCopy.Move(_ring, larger, Head, Length);
            pool.Return(_ring);
        }

        _ring = larger;
    }
}

/// <summary>Moves the content of a ring into a larger one; offsets keep their meaning.</summary>
internal static class RingCopy
{
    /// <summary>Copies <paramref name="length"/> octets from stream offset <paramref name="head"/> on; both rings are powers of two.</summary>
    public static void Move(byte[] from, byte[] to, long head, int length)
    {
        while (length > 0)
        {
            int source = (int)head & (from.Length - 1);
            int target = (int)head & (to.Length - 1);
            int piece = Math.Min(length, Math.Min(from.Length - source, to.Length - target));
            from.AsSpan(source, piece).CopyTo(to.AsSpan(target));
            head += piece;
            length -= piece;
        }
    }
}
