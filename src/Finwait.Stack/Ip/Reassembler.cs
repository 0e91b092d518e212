using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using Finwait.Tcp;
using Finwait.Wire;

namespace Finwait.Stack;

/// <summary>Puts datagrams together from fragments (RFC 791 §3.2, RFC 815, RFC 5722, RFC 8200 §4.5) in bounded memory and constant work per fragment.</summary>
/// <remarks>
/// A datagram's map has one bit per eight octets, so that overlaps show without a walk over the fragments: those throw the whole datagram away
/// (RFC 5722), an exact repetition only itself. When memory runs out the oldest datagram goes.
/// </remarks>
internal sealed class Reassembler
{
    /// <summary>Most octets of memory for all fragments together (Linux: ipfrag_high_thresh).</summary>
    public const int MemoryLimit = 4 << 20;

    /// <summary>Most octets of memory for the fragments of one source.</summary>
    public const int MemoryLimitPerSource = 1 << 20;

    /// <summary>Longest header, or IPv6 header with the extensions before the fragment header, that is kept; octets.</summary>
    public const int LongestHeader = 256;

    /// <summary>What a waiting datagram costs besides its fragments: its map and itself.</summary>
    private const int DatagramOverhead = 2560;

    private readonly Host _host;
    private readonly HostCounters _counters;
    private readonly Dictionary<FragmentKey, Datagram> _datagrams;
    private readonly Dictionary<IpAddress, int> _memoryBySource;
    private readonly Stack<Datagram> _spare = new();
    private Datagram? _oldest, _newest;

    public Reassembler(Host host)
    {
        _host = host;
        _counters = host.Counters;
        SplitMix.Next(host.Settings.Seed ^ 0x4652_4147, out ulong secret);
        _datagrams = new(new KeyComparer(secret));
        _memoryBySource = new(new SeededAddressComparer(secret));
    }

    /// <summary>Octets in use.</summary>
    public int Memory { get; private set; }

    /// <summary>Datagrams that wait for fragments.</summary>
    public int Count => _datagrams.Count;

    /// <summary>When the oldest datagram is given up.</summary>
    public Instant NextDeadline => _oldest?.Expires ?? Instant.Never;

    /// <summary>Takes one IPv4 fragment.</summary>
    /// <returns>The whole packet if this was the last piece missing (the caller releases it), else null.</returns>
    public PacketBuffer? Add(Instant now, Interface on, in Ipv4View ip, bool isGroup)
    {
        int offset = ip.FragmentOffset;
        DropReason bad = CheckV4(ip, offset);
        if (bad != DropReason.None)
        {
            _counters.Drop(bad);
            return null;
        }

        FragmentKey key = new(ip.Source, ip.Destination, ip.Identification, ip.Protocol);
        Datagram? datagram = Store(now, on, key, offset, ip.Payload, ip.MoreFragments, ip.Ecn, isGroup, ip.Header);
        if (datagram is null)
        {
            return null;
        }

        PacketBuffer whole = Join(datagram);
        Span<byte> packet = whole.Span;
        BinaryPrimitives.WriteUInt16BigEndian(packet[2..], (ushort)packet.Length);
        BinaryPrimitives.WriteUInt16BigEndian(packet[6..], 0);
        packet[1] = (byte)((packet[1] & 0xFC) | datagram.JointEcn);
        Ipv4Writer.WriteChecksum(packet[..datagram.HeaderLength]);
        Forget(datagram);
        return whole;
    }

    /// <summary>Takes one IPv6 fragment.</summary>
    /// <param name="now">The time.</param>
    /// <param name="on">Where it came in.</param>
    /// <param name="key">What belongs together.</param>
    /// <param name="offset">Octets.</param>
    /// <param name="payload">What stands behind the fragment header.</param>
    /// <param name="hasMore">The M flag.</param>
    /// <param name="ecn">ECN field of the packet.</param>
    /// <param name="isGroup">True if its destination or its frame's was a group.</param>
    /// <param name="unfragmentable">Headers before the fragment header, the next-header field before it being set already to that of the fragment header.</param>
    /// <returns>The whole packet, its payload length set, or null.</returns>
    public PacketBuffer? AddV6(Instant now, Interface on, in FragmentKey key, int offset, ReadOnlySpan<byte> payload, bool hasMore, byte ecn, bool isGroup, ReadOnlySpan<byte> unfragmentable)
    {
        Datagram? datagram = Store(now, on, key, offset, payload, hasMore, ecn, isGroup, unfragmentable);
        if (datagram is null)
        {
            return null;
        }

        PacketBuffer whole = Join(datagram);
        BinaryPrimitives.WriteUInt16BigEndian(whole.Span[4..], (ushort)(whole.Length - Ipv6View.HeaderLength));
        whole.Span[1] = (byte)((whole.Span[1] & 0xCF) | datagram.JointEcn << 4);
        Forget(datagram);
        return whole;
    }

    /// <summary>Gives up datagrams whose time is over; the sender is told if the first fragment is there (RFC 1122 §3.3.2).</summary>
    public void OnTimeout(Instant now)
    {
        while (_oldest is { } datagram && datagram.Expires <= now)
        {
            _counters.Drop(DropReason.FragmentTimeout);
            _counters.ReassemblyFailed++;
            if (datagram.First is { } first)
            {
                PacketBuffer quoted = _host.Packets.Rent(datagram.HeaderLength + first.Length);
                datagram.Header.AsSpan(0, datagram.HeaderLength).CopyTo(quoted.Span);
                first.Span.CopyTo(quoted.Span[datagram.HeaderLength..]);
                _host.ReportReassemblyTimeout(now, datagram.On!, quoted.Span, datagram.IsGroup);
                quoted.Release();
            }

            Forget(datagram);
        }
    }

    private static DropReason CheckV4(in Ipv4View ip, int offset)
    {
        int length = ip.Payload.Length;
        if (length == 0 || (ip.MoreFragments && length % 8 != 0))
        {
            return DropReason.FragmentBadLength;
        }

        if (ip.HeaderLength + offset + length > Ipv4View.MaxTotalLength)
        {
            return DropReason.FragmentTooLarge; // the ping of death
        }

        // RFC 1858 and RFC 3128: a TCP header cut in two serves only to get past packet filters.
        bool splitsTcpHeader = ip.Protocol == IpProtocol.Tcp && (offset == 0 ? length < TcpView.MinHeaderLength : offset < TcpView.MinHeaderLength);
        return splitsTcpHeader ? DropReason.FragmentTinyFirst : DropReason.None;
    }

    /// <summary>Keeps a fragment; the datagram if it is complete now.</summary>
    private Datagram? Store(Instant now, Interface on, in FragmentKey key, int offset, ReadOnlySpan<byte> payload, bool hasMore, byte ecn, bool isGroup, ReadOnlySpan<byte> header)
    {
        if (!_datagrams.TryGetValue(key, out Datagram? datagram))
        {
            if (!MakeRoom(key.Source, DatagramOverhead, keep: null))
            {
                return null;
            }

            datagram = Begin(now, on, key);
        }

        int end = offset + payload.Length;
        datagram.IsGroup |= isGroup;
        if ((datagram.Total >= 0 && (end > datagram.Total || (!hasMore && end != datagram.Total))) || (!hasMore && datagram.HighestEnd > end))
        {
            GiveUp(datagram, DropReason.FragmentOverlap); // pieces that contradict each other about the end
            return null;
        }

        switch (datagram.Mark(offset, end))
        {
            case MapResult.Repeated:
                _counters.Drop(DropReason.FragmentOverlap);
                return null;
            case MapResult.Overlaps:
                GiveUp(datagram, DropReason.FragmentOverlap);
                return null;
        }

        PacketBuffer piece = _host.Packets.Rent(payload.Length);
        if (!MakeRoom(key.Source, piece.Capacity, keep: datagram))
        {
            piece.Release();
            GiveUp(datagram, DropReason.FragmentMemory);
            return null;
        }

        payload.CopyTo(piece.Span);
        Charge(datagram, piece.Capacity);
        datagram.Append(piece, offset, payload.Length);
        datagram.EcnSeen |= (byte)(1 << ecn);
        datagram.Total = hasMore ? datagram.Total : end;
        if (offset == 0)
        {
            datagram.First = piece;
            datagram.HeaderLength = header.Length;
            header.CopyTo(datagram.Header);
        }

        return datagram.Received == datagram.Total && IsSound(datagram) ? datagram : null;
    }

    /// <summary>Looks at a complete datagram as a whole; gives it up if its parts cannot belong together.</summary>
    private bool IsSound(Datagram datagram)
    {
        // RFC 3168 §5.3: a congestion mark on a part marks the whole; together with parts that do not know ECN something is wrong.
        if ((datagram.EcnSeen & 9) == 9)
        {
            GiveUp(datagram, DropReason.FragmentOverlap);
            return false;
        }

        if (datagram.HeaderLength + datagram.Total > (datagram.Key.Source.IsV6 ? PacketPool.LargestPacket : Ipv4View.MaxTotalLength))
        {
            GiveUp(datagram, DropReason.FragmentTooLarge);
            return false;
        }

        return true;
    }

    /// <summary>Copies header and pieces into one packet. No order is needed: every piece knows its place, and none overlap.</summary>
    private PacketBuffer Join(Datagram datagram)
    {
        _counters.Reassembled++;
        PacketBuffer whole = _host.Packets.Rent(datagram.HeaderLength + datagram.Total);
        datagram.Header.AsSpan(0, datagram.HeaderLength).CopyTo(whole.Span);
        Span<byte> body = whole.Span[datagram.HeaderLength..];
        for (PacketBuffer? piece = datagram.Pieces; piece is not null; piece = piece.Next)
        {
            piece.Span.CopyTo(body[piece.FragmentOffset..]);
        }

        return whole;
    }

    private Datagram Begin(Instant now, Interface on, in FragmentKey key)
    {
        Datagram datagram = _spare.TryPop(out Datagram? used) ? used : new Datagram();
        datagram.Key = key;
        datagram.On = on;

        // The list is in order of expiry as long as nobody shortens the time in mid-flight; then a datagram waits for its elders.
        datagram.Expires = now + (key.Source.IsV6 ? _host.Settings.Ipv6FragmentTimeout : _host.Settings.FragmentTimeout);
        if (_newest is not null && datagram.Expires < _newest.Expires)
        {
            datagram.Expires = _newest.Expires;
        }

        datagram.Older = _newest;
        if (_newest is null)
        {
            _oldest = datagram;
        }
        else
        {
            _newest.Newer = datagram;
        }

        _newest = datagram;
        _datagrams.Add(key, datagram);
        Charge(datagram, DatagramOverhead);
        return datagram;
    }

    private void Charge(Datagram datagram, int octets)
    {
        Memory += octets;
        datagram.Memory += octets;
        CollectionsMarshal.GetValueRefOrAddDefault(_memoryBySource, datagram.Key.Source, out _) += octets;
    }

    /// <summary>Throws out old datagrams, of this source or of all, until <paramref name="octets"/> more fit.</summary>
    /// <returns>False if they never will without <paramref name="keep"/>.</returns>
    private bool MakeRoom(IpAddress source, int octets, Datagram? keep)
    {
        if (_memoryBySource.GetValueOrDefault(source) + octets > MemoryLimitPerSource)
        {
            // Whoever fills his share loses what he sends now: looking for his oldest would be a walk.
            if (keep is null)
            {
                _counters.Drop(DropReason.FragmentMemory);
            }

            return false;
        }

        while (Memory + octets > MemoryLimit)
        {
            Datagram? victim = _oldest == keep ? keep?.Newer : _oldest;
            if (victim is null)
            {
                return false;
            }

            GiveUp(victim, DropReason.FragmentMemory);
        }

        return true;
    }

    private void GiveUp(Datagram datagram, DropReason reason)
    {
        _counters.Drop(reason);
        _counters.ReassemblyFailed++;
        Forget(datagram);
    }

    private void Forget(Datagram datagram)
    {
        Memory -= datagram.Memory;
        int left = _memoryBySource[datagram.Key.Source] - datagram.Memory;
        if (left > 0)
        {
            _memoryBySource[datagram.Key.Source] = left;
        }
        else
        {
            _memoryBySource.Remove(datagram.Key.Source);
        }

        _datagrams.Remove(datagram.Key);
        if (datagram.Older is null)
        {
            _oldest = datagram.Newer;
        }
        else
        {
            datagram.Older.Newer = datagram.Newer;
        }

        if (datagram.Newer is null)
        {
            _newest = datagram.Older;
        }
        else
        {
            datagram.Newer.Older = datagram.Older;
        }

        datagram.Clear();
        if (_spare.Count < MemoryLimit / DatagramOverhead)
        {
            _spare.Push(datagram);
        }
    }

    private enum MapResult : byte
    {
        Free,
        Repeated,
        Overlaps,
    }

    /// <summary>One datagram in the making.</summary>
    private sealed class Datagram
    {
        private const int Blocks = (Ipv4View.MaxTotalLength + 7) / 8;
        private const int Words = (Blocks + 63) / 64;

        // A bit per eight octets that are there, and a bit per block with which a fragment begins.
        private readonly ulong[] _present = new ulong[Words];
        private readonly ulong[] _starts = new ulong[Words];

        public readonly byte[] Header = new byte[LongestHeader];
        public FragmentKey Key;
        public Interface? On;
        public Instant Expires;
        public Datagram? Older, Newer;
        public PacketBuffer? Pieces, First;
        public int HeaderLength, Memory, Received, HighestEnd;
        public int Total = -1;
        public byte EcnSeen;
        public bool IsGroup;

        /// <summary>CE if any part has it, else what the parts have (a mixture: the least claim).</summary>
        public byte JointEcn => (EcnSeen & 8) != 0 ? (byte)3 : (byte)BitOperations.TrailingZeroCount((uint)EcnSeen);

        /// <summary>Takes octets [offset, end) into the map.</summary>
        public MapResult Mark(int offset, int end)
        {
            int first = offset / 8, last = (end + 7) / 8; // [first, last)
            int present = CountBits(_present, first, last);
            if (present == 0)
            {
                SetBits(_present, first, last);
                SetBits(_starts, first, first + 1);
                HighestEnd = Math.Max(HighestEnd, end);
                return MapResult.Free;
            }

            bool isSame = present == last - first && CountBits(_starts, first, last) == 1 && CountBits(_starts, first, first + 1) == 1
                && (last >= Blocks || CountBits(_present, last, last + 1) == 0 || CountBits(_starts, last, last + 1) == 1);
            return isSame ? MapResult.Repeated : MapResult.Overlaps;
        }

        public void Append(PacketBuffer piece, int offset, int length)
        {
            piece.FragmentOffset = offset;
            piece.Next = Pieces;
            Pieces = piece;
            Received += length;
        }

        public void Clear()
        {
            while (Pieces is { } piece)
            {
                Pieces = piece.Next;
                piece.Next = null;
                piece.Release();
            }

            int words = Math.Min(Words, (HighestEnd / 512) + 1);
            Array.Clear(_present, 0, words);
            Array.Clear(_starts, 0, words);
            On = null;
            Older = Newer = null;
            First = null;
            HeaderLength = Memory = Received = HighestEnd = 0;
            Total = -1;
            EcnSeen = 0;
            IsGroup = false;
        }

        private static int CountBits(ulong[] map, int first, int last)
        {
            int count = 0;
            for (int word = first / 64; word <= (last - 1) / 64; word++)
            {
                count += BitOperations.PopCount(map[word] & WordMask(word, first, last));
            }

            return count;
        }

        private static void SetBits(ulong[] map, int first, int last)
        {
            for (int word = first / 64; word <= (last - 1) / 64; word++)
            {
                map[word] |= WordMask(word, first, last);
            }
        }

        private static ulong WordMask(int word, int first, int last)
        {
            int from = Math.Max(first - (word * 64), 0), to = Math.Min(last - (word * 64), 64);
            return (to == 64 ? ulong.MaxValue : (1UL << to) - 1) & (ulong.MaxValue << from);
        }
    }

    private sealed class KeyComparer(ulong secret) : IEqualityComparer<FragmentKey>
    {
        public bool Equals(FragmentKey x, FragmentKey y) => x == y;

        public int GetHashCode(FragmentKey key)
        {
            ulong hash = SplitMix.Mix(secret ^ key.Source.High) + key.Source.Low;
            hash = SplitMix.Mix(hash) + key.Destination.Low;
            hash = SplitMix.Mix(hash ^ key.Destination.High) + key.Identification;
            return (int)SplitMix.Mix(hash ^ ((ulong)key.Protocol << 32));
        }
    }
}

/// <summary>What fragments of one datagram have in common (RFC 791 §3.2; RFC 8200 §4.5 without the protocol, which is then 0).</summary>
internal readonly record struct FragmentKey(IpAddress Source, IpAddress Destination, uint Identification, byte Protocol);
