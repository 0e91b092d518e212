namespace Finwait.Stack;

/// <summary>Lends packet buffers in a few sizes and keeps those given back for the next packet. Not thread-safe.</summary>
public sealed class PacketPool
{
    /// <summary>Most octets kept for reuse; what comes back beyond it is left to the garbage collector.</summary>
    public const long KeptLimit = 32L << 20;

    /// <summary>Longest packet behind the headroom, octets: an IPv6 header and the 65535 that its length field can count.</summary>
    public const int LargestPacket = 40 + 65535;

    private const int SmallestShelf = 64;

    // The first size serves an Ethernet frame, the second a jumbo frame, the last the loopback interface and datagrams put together.
    private static readonly int[] Sizes = [1856 + PacketBuffer.Headroom, 9216 + PacketBuffer.Headroom, LargestPacket + PacketBuffer.Headroom];

    private readonly PacketBuffer?[][] _shelves = [new PacketBuffer?[SmallestShelf], new PacketBuffer?[SmallestShelf], new PacketBuffer?[SmallestShelf]];
    // The small one given back last: mostly the next packet takes it while its bytes are still in the processor's cache. It stays here
    // while it is lent, so that giving it back stores no reference.
    private PacketBuffer? _spare;

    private readonly int[] _counts = new int[Sizes.Length];
    private long _kept;

    /// <summary>Buffers lent at the moment: waiting in queues or in the hands of the link.</summary>
    public int Lent { get; private set; }

    /// <summary>A buffer with <see cref="PacketBuffer.Headroom"/> and a packet of <paramref name="length"/> arbitrary octets.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Not in 0 … <see cref="LargestPacket"/>: a caller bug.</exception>
    public PacketBuffer Rent(int length)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)length, (uint)LargestPacket, nameof(length));
        int needed = length + PacketBuffer.Headroom;
        Lent++;
        if (_spare is { IsLent: false } spare && needed <= Sizes[0])
        {
            spare.Reset(length);
            spare.IsLent = true;
            return spare;
        }

        int shelf = needed <= Sizes[0] ? 0 : needed <= Sizes[1] ? 1 : 2;
        ref int count = ref _counts[shelf];
        PacketBuffer buffer;
        if (count > 0)
        {
            buffer = _shelves[shelf][--count]!; // it stays on the shelf's list, so that its return is mostly no store of a reference
            _kept -= buffer.Capacity;
        }
        else
        {
            buffer = new PacketBuffer(this, shelf, Sizes[shelf]);
        }

        buffer.Reset(length);
        buffer.IsLent = true;
        return buffer;
    }

    internal void Return(PacketBuffer buffer)
    {
        if (!buffer.IsLent)
        {
            throw new InvalidOperationException("this packet buffer was released already");
        }

        buffer.IsLent = false;
        Lent--;
        if (_spare == buffer)
        {
            return;
        }

        if (buffer.Shelf == 0 && _spare is null or { IsLent: true })
        {
            _spare = buffer;
            return;
        }

        if (_kept + buffer.Capacity <= KeptLimit)
        {
            _kept += buffer.Capacity;
            PacketBuffer?[] shelf = _shelves[buffer.Shelf];
            ref int count = ref _counts[buffer.Shelf];
            if (count == shelf.Length)
            {
                Array.Resize(ref shelf, 2 * count);
                _shelves[buffer.Shelf] = shelf;
            }

            if (shelf[count] != buffer)
            {
                shelf[count] = buffer;
            }

            count++;
        }
    }
}
