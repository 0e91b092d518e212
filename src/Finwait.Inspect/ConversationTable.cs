using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Finwait.Inspect;

/// <summary>The two numbers from which a TCP conversation's relative sequence numbers count.</summary>
/// <param name="First">Of the side that sorts first.</param>
/// <param name="Second">Of the other side.</param>
internal record struct SequenceBases(uint First, uint Second);

/// <summary>
/// The first sequence numbers of TCP conversations, from which relative numbers count. Memory is bounded: the table has
/// two generations of at most <see cref="GenerationCapacity"/> conversations; new ones and those just seen are in the
/// young one, and when that is full it becomes the old one and what had been the old one is forgotten. So a conversation
/// is forgotten only after <see cref="GenerationCapacity"/> others were seen since its last segment; if it goes on then,
/// its numbers count from there, as for a capture that starts in the middle. (tcpdump forgets nothing, and grows.)
/// </summary>
internal sealed class ConversationTable
{
    /// <summary>Conversations in a generation, for each version of IP.</summary>
    public const int GenerationCapacity = 1 << 18;

    private readonly Generations<V4Key> _v4 = new(GenerationCapacity);
    private readonly Generations<V6Key> _v6 = new(GenerationCapacity);

    internal interface IKey<T> : IEquatable<T>
        where T : struct
    {
        uint Hash { get; }
    }

    /// <summary>The numbers of the conversation a segment belongs to, made if there are none.</summary>
    /// <param name="ip">The IP header in front of the segment, addresses included.</param>
    /// <param name="sourcePort">Of the segment.</param>
    /// <param name="destinationPort">Of the segment.</param>
    /// <param name="isNew">True if the conversation was not known; its numbers are zero then and the caller sets them.</param>
    /// <param name="reversed">True if the sender is the second side.</param>
    /// <returns>Valid until the next call.</returns>
    public ref SequenceBases Find(ReadOnlySpan<byte> ip, ushort sourcePort, ushort destinationPort, out bool isNew, out bool reversed)
    {
        reversed = sourcePort > destinationPort;
        if (PrintContext.IsV6(ip))
        {
            ReadOnlySpan<byte> source = ip.Slice(8, 16);
            ReadOnlySpan<byte> destination = ip.Slice(24, 16);
            if (sourcePort == destinationPort)
            {
                reversed = source.SequenceCompareTo(destination) > 0;
            }

            return ref _v6.Find(reversed ? new V6Key(destination, source, destinationPort, sourcePort) : new V6Key(source, destination, sourcePort, destinationPort), out isNew);
        }

        uint from = BinaryPrimitives.ReadUInt32BigEndian(ip[12..]);
        uint to = BinaryPrimitives.ReadUInt32BigEndian(ip[16..]);
        if (sourcePort == destinationPort)
        {
            reversed = from > to;
        }

        return ref _v4.Find(reversed ? new V4Key(to, from, destinationPort, sourcePort) : new V4Key(from, to, sourcePort, destinationPort), out isNew);
    }

    internal readonly struct V4Key(uint first, uint second, ushort firstPort, ushort secondPort) : IKey<V4Key>
    {
        private readonly ulong _addresses = (ulong)first << 32 | second;
        private readonly uint _ports = (uint)firstPort << 16 | secondPort;

        public uint Hash => Mix(_addresses ^ ((ulong)_ports * 0x9E37_79B9_7F4A_7C15));

        public bool Equals(V4Key other) => _addresses == other._addresses && _ports == other._ports;
    }

    internal readonly struct V6Key(ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, ushort firstPort, ushort secondPort) : IKey<V6Key>
    {
        private readonly ulong _firstHigh = BinaryPrimitives.ReadUInt64BigEndian(first);
        private readonly ulong _firstLow = BinaryPrimitives.ReadUInt64BigEndian(first[8..]);
        private readonly ulong _secondHigh = BinaryPrimitives.ReadUInt64BigEndian(second);
        private readonly ulong _secondLow = BinaryPrimitives.ReadUInt64BigEndian(second[8..]);
        private readonly uint _ports = (uint)firstPort << 16 | secondPort;

        public uint Hash
        {
            get
            {
                uint hash = Mix(_firstHigh ^ ((ulong)_ports * 0x9E37_79B9_7F4A_7C15));
                hash = Mix(_firstLow + hash);
                hash = Mix(_secondHigh + hash);
                return Mix(_secondLow + hash);
            }
        }

        public bool Equals(V6Key other) => _firstHigh == other._firstHigh && _firstLow == other._firstLow
            && _secondHigh == other._secondHigh && _secondLow == other._secondLow && _ports == other._ports;
    }

    private static uint Mix(ulong value)
    {
        value = (value ^ (value >> 32)) * 0xD6E8_FEB8_6659_FD93;
        value = (value ^ (value >> 32)) * 0xD6E8_FEB8_6659_FD93;
        return (uint)(value >> 32);
    }

    /// <summary>Two hash tables with open addressing; what is found in the old one moves to the young one.</summary>
    internal sealed class Generations<TKey>(int capacity)
        where TKey : struct, IKey<TKey>
    {
        private const int InitialSlots = 1 << 8;

        /// <summary>Slots looked at for one key. Only keys chosen to collide need more; then the one in the key's own slot is forgotten for the new one.</summary>
        private const int MostProbes = 256;

        private Slot[] _young = new Slot[InitialSlots];
        private Slot[] _old = [];
        private int _count;

        public ref SequenceBases Find(scoped in TKey key, out bool isNew)
        {
            ref Slot slot = ref Probe(_young, key);
            if (slot.Used && slot.Key.Equals(key))
            {
                isNew = false;
                return ref slot.Bases;
            }

            return ref Add(key, ref slot, out isNew);
        }

        private static ref Slot Probe(Slot[] slots, scoped in TKey key)
        {
            uint mask = (uint)slots.Length - 1;
            uint home = key.Hash & mask, at = home;
            for (int probes = 0; slots[at].Used && !slots[at].Key.Equals(key); probes++)
            {
                if (probes == MostProbes)
                {
                    return ref slots[home];
                }

                at = (at + 1) & mask;
            }

            return ref slots[at];
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private ref SequenceBases Add(scoped in TKey key, ref Slot slot, out bool isNew)
        {
            SequenceBases bases = default;
            isNew = true;
            if (_old.Length > 0)
            {
                ref Slot old = ref Probe(_old, key);
                isNew = !old.Used || !old.Key.Equals(key);
                bases = isNew ? default : old.Bases;
            }

            if (_count == capacity)
            {
                (_old, _young) = (_young, _old.Length == _young.Length ? _old : new Slot[_young.Length]);
                Array.Clear(_young);
                _count = 0;
                slot = ref Probe(_young, key);
            }
            else if (_count * 2 >= _young.Length)
            {
                Double();
                slot = ref Probe(_young, key);
            }

            _count += slot.Used ? 0 : 1;
            slot.Used = true;
            slot.Key = key;
            slot.Bases = bases;
            return ref slot.Bases;
        }

        private void Double()
        {
            Slot[] before = _young;
            _young = new Slot[before.Length * 2];
            foreach (ref Slot slot in before.AsSpan())
            {
                if (slot.Used)
                {
                    Probe(_young, slot.Key) = slot;
                }
            }
        }

        private struct Slot
        {
            public TKey Key;
            public SequenceBases Bases;
            public bool Used;
        }
    }
}
