using System.Runtime.CompilerServices;
using Finwait.Tcp;

namespace Finwait.Stack;

/// <summary>The bytes of one packet on its way out, with room in front for the headers still to come. It has one owner at a time.</summary>
/// <remarks>
/// Whoever holds the buffer either hands it on (to <see cref="IpOutput"/>, to a queue, to the link) or gives it back with
/// <see cref="Release"/>; after either it must not be touched. Not thread-safe: one serial owner per stack.
/// </remarks>
public sealed class PacketBuffer
{
    /// <summary>Octets kept free in front of the transport's header: IPv6 (40), Ethernet (14) and ten to spare.</summary>
    public const int Headroom = 64;

    private readonly byte[] _bytes;
    private int _start;
    private int _length;

    internal PacketBuffer(PacketPool pool, int shelf, int capacity)
    {
        Pool = pool;
        Shelf = shelf;
        _bytes = GC.AllocateUninitializedArray<byte>(capacity);
    }

    /// <summary>The packet as far as it is built: at the link the whole frame.</summary>
    public Span<byte> Span
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => new(_bytes, _start, _length);
    }

    /// <summary>The same octets for callers that cannot hold a span.</summary>
    public ReadOnlyMemory<byte> Memory => new(_bytes, _start, _length);

    /// <summary>Octets of the packet as far as it is built.</summary>
    public int Length => _length;

    /// <summary>Why the packet was sent: set by the transport, copied to the capture.</summary>
    public Cause Cause { get; internal set; }

    /// <summary>The number of the packet in the host's count (<see cref="CapturedFrame.Number"/>); 0 before it is queued on an interface.</summary>
    public ulong Number { get; internal set; }

    /// <summary>The interface whose queue holds, or held, the packet.</summary>
    internal Interface? Via;

    /// <summary>When a packet on the loopback interface arrives.</summary>
    internal Instant ReadyAt;

    /// <summary>On the loopback interface, the interface the packet is to arrive on; null for that one itself.</summary>
    internal Interface? ArrivesOn;

    /// <summary>On the loopback interface, the number of its sending in <see cref="CaptureTap.Order"/>; 0 if nobody counts.</summary>
    internal ulong SentOrder;

    /// <summary>Where the octets of a fragment belong in its datagram.</summary>
    internal int FragmentOffset;

    /// <summary>Ethernet type of a packet that waits for its neighbour.</summary>
    internal ushort EtherType;

    /// <summary>Link of the queue that owns the buffer.</summary>
    internal PacketBuffer? Next;

    internal readonly PacketPool Pool;
    internal readonly int Shelf;
    internal bool IsLent;

    internal int Capacity => _bytes.Length;

    /// <summary>Starts a packet of <paramref name="length"/> octets behind the headroom. The octets are arbitrary.</summary>
    internal void Reset(int length)
    {
        _start = Headroom;
        _length = length;
        Cause = default;
        Number = 0;
        SentOrder = 0;
        ArrivesOn = null; // Via stays until the next interface takes the packet
        Next = null;
    }

    /// <summary>Grows the packet at the front.</summary>
    /// <returns>The new octets, their content arbitrary.</returns>
    internal Span<byte> Prepend(int octets)
    {
        System.Diagnostics.Debug.Assert(octets <= _start, "no headroom left");
        _start -= octets;
        _length += octets;
        return _bytes.AsSpan(_start, octets);
    }

    /// <summary>Cuts octets off the front.</summary>
    internal void TrimFront(int octets)
    {
        System.Diagnostics.Debug.Assert(octets <= _length, "trimmed more than there is");
        _start += octets;
        _length -= octets;
    }

    /// <summary>Cuts the packet to its first <paramref name="length"/> octets.</summary>
    internal void Truncate(int length)
    {
        System.Diagnostics.Debug.Assert(length <= _length, "truncating cannot grow");
        _length = length;
    }

    /// <summary>Gives the buffer back to its host. Its owner must not touch it again.</summary>
    /// <exception cref="InvalidOperationException">It was given back already: a caller bug.</exception>
    public void Release() => Pool.Return(this);
}
