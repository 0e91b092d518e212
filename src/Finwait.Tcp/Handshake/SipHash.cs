using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Finwait.Tcp;

/// <summary>SipHash: a keyed pseudo-random function of 64 bits. Without the 128-bit key nobody can foretell or steer its values.</summary>
/// <remarks>
/// <see cref="Hash(ReadOnlySpan{byte})"/> and the overloads on words are SipHash-2-4, for what a peer gets to see (sequence numbers, ports,
/// cookies). <see cref="TableHash(ulong, ulong)"/> is SipHash-1-3, for hash tables. The overloads on words hash the words' octets, little-endian.
/// </remarks>
/// <param name="Key0">First half of the key.</param>
/// <param name="Key1">Second half of the key.</param>
public readonly record struct SipHash(ulong Key0, ulong Key1)
{
    /// <summary>A key made from a seed, another one for each <paramref name="purpose"/>. It is only as secret as the seed.</summary>
    public static SipHash FromSeed(ulong seed, ulong purpose)
    {
        // The seed is stretched by the function itself, keyed with the purpose, so that the keys of two purposes tell nothing of each other.
        SipHash stretch = new(0x4669_6E77_6169_7453 ^ purpose, 0x6565_6453_7472_6574);
        return new(stretch.Hash(seed, 0), stretch.Hash(seed, 1));
    }

    /// <summary>SipHash-2-4 of any octets.</summary>
    public ulong Hash(ReadOnlySpan<byte> message)
    {
        State state = new(this);
        ReadOnlySpan<byte> rest = message;
        while (rest.Length >= 8)
        {
            state.Absorb2(BinaryPrimitives.ReadUInt64LittleEndian(rest));
            rest = rest[8..];
        }

        ulong last = (ulong)message.Length << 56;
        for (int i = 0; i < rest.Length; i++)
        {
            last |= (ulong)rest[i] << (8 * i);
        }

        state.Absorb2(last);
        return state.Finish4();
    }

    /// <summary>SipHash-2-4 of two words.</summary>
    public ulong Hash(ulong a, ulong b)
    {
        State state = new(this);
        state.Absorb2(a);
        state.Absorb2(b);
        state.Absorb2(16UL << 56);
        return state.Finish4();
    }

    /// <summary>SipHash-2-4 of five words: two addresses and a pair of ports.</summary>
    public ulong Hash(ulong a, ulong b, ulong c, ulong d, ulong e)
    {
        State state = new(this);
        state.Absorb2(a);
        state.Absorb2(b);
        state.Absorb2(c);
        state.Absorb2(d);
        state.Absorb2(e);
        state.Absorb2(40UL << 56);
        return state.Finish4();
    }

    /// <summary>SipHash-1-3 of two words.</summary>
    public ulong TableHash(ulong a, ulong b)
    {
        State state = new(this);
        state.Absorb1(a);
        state.Absorb1(b);
        state.Absorb1(16UL << 56);
        return state.Finish3();
    }

    /// <summary>SipHash-1-3 of five words.</summary>
    public ulong TableHash(ulong a, ulong b, ulong c, ulong d, ulong e)
    {
        State state = new(this);
        state.Absorb1(a);
        state.Absorb1(b);
        state.Absorb1(c);
        state.Absorb1(d);
        state.Absorb1(e);
        state.Absorb1(40UL << 56);
        return state.Finish3();
    }

    private ref struct State
    {
        private ulong _v0, _v1, _v2, _v3;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public State(SipHash key)
        {
            _v0 = key.Key0 ^ 0x736F_6D65_7073_6575;
            _v1 = key.Key1 ^ 0x646F_7261_6E64_6F6D;
            _v2 = key.Key0 ^ 0x6C79_6765_6E65_7261;
            _v3 = key.Key1 ^ 0x7465_6462_7974_6573;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Absorb1(ulong word)
        {
            _v3 ^= word;
            Round();
            _v0 ^= word;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Absorb2(ulong word)
        {
            _v3 ^= word;
            for (int i = 0; i < 2; i++)
            {
                Round();
            }

            _v0 ^= word;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public ulong Finish3()
        {
            _v2 ^= 0xFF;
            for (int i = 0; i < 3; i++)
            {
                Round();
            }

            return _v0 ^ _v1 ^ _v2 ^ _v3;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public ulong Finish4()
        {
            _v2 ^= 0xFF;
            for (int i = 0; i < 4; i++)
            {
                Round();
            }

            return _v0 ^ _v1 ^ _v2 ^ _v3;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Round()
        {
            _v0 += _v1;
            _v2 += _v3;
            _v1 = BitOperations.RotateLeft(_v1, 13) ^ _v0;
            _v3 = BitOperations.RotateLeft(_v3, 16) ^ _v2;
            _v0 = BitOperations.RotateLeft(_v0, 32);
            _v2 += _v1;
            _v0 += _v3;
            _v1 = BitOperations.RotateLeft(_v1, 17) ^ _v2;
            _v3 = BitOperations.RotateLeft(_v3, 21) ^ _v0;
            _v2 = BitOperations.RotateLeft(_v2, 32);
        }
    }
}
