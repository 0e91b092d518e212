using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Finwait.Wire;

/// <summary>A cookie of TCP Fast Open (RFC 7413 §2): nothing, which asks for one, or an even number of 4 to 16 octets.</summary>
/// <remarks>By value; two are equal if their octets and their form of option are.</remarks>
public readonly record struct FastOpenCookie
{
    /// <summary>Octets of the shortest cookie.</summary>
    public const int MinLength = 4;

    /// <summary>Octets of the longest cookie.</summary>
    public const int MaxLength = 16;

    private const uint ExperimentalBit = 1 << 8;

    private readonly ulong _first;
    private readonly ulong _second;
    private readonly uint _shape;

    /// <summary>The cookie of these octets.</summary>
    /// <param name="octets">None, or an even number of 4 to 16.</param>
    /// <param name="isExperimental">The option has the form it had before it got its kind (kind 254, RFC 7413 §4.1.1).</param>
    /// <exception cref="ArgumentException">The length is none that a cookie can have: a caller bug; ask <see cref="IsLength"/> about a peer's octets.</exception>
    public FastOpenCookie(ReadOnlySpan<byte> octets, bool isExperimental = false)
    {
        if (!IsLength(octets.Length))
        {
            throw new ArgumentException("a cookie has 0, or an even number of 4 to 16 octets", nameof(octets));
        }

        Span<byte> padded = stackalloc byte[MaxLength];
        padded.Clear();
        octets.CopyTo(padded);
        _first = BinaryPrimitives.ReadUInt64BigEndian(padded);
        _second = BinaryPrimitives.ReadUInt64BigEndian(padded[8..]);
        _shape = (uint)octets.Length | (isExperimental ? ExperimentalBit : 0);
    }

    private FastOpenCookie(ulong first, ulong second, uint shape) => (_first, _second, _shape) = (first, second, shape);

    /// <summary>Octets of the cookie; 0 asks for one.</summary>
    public int Length => (int)(_shape & 0xFF);

    /// <summary>True for the form of the option with an experiment's kind.</summary>
    public bool IsExperimental => (_shape & ExperimentalBit) != 0;

    /// <summary>True for lengths that RFC 7413 §2 allows, 0 for a request included.</summary>
    public static bool IsLength(int octets) => octets == 0 || (octets is >= MinLength and <= MaxLength && (octets & 1) == 0);

    /// <summary>The same octets in the other, or the same form of option.</summary>
    public FastOpenCookie In(bool isExperimental) => new(_first, _second, (uint)Length | (isExperimental ? ExperimentalBit : 0));

    /// <summary>Writes the octets.</summary>
    /// <param name="destination">Room for <see cref="Length"/> octets.</param>
    /// <exception cref="ArgumentException">Too little room: a caller bug.</exception>
    public void CopyTo(Span<byte> destination)
    {
        Span<byte> padded = stackalloc byte[MaxLength];
        BinaryPrimitives.WriteUInt64BigEndian(padded, _first);
        BinaryPrimitives.WriteUInt64BigEndian(padded[8..], _second);
        padded[..Length].CopyTo(destination);
    }

    /// <summary>The octets in hexadecimal.</summary>
    public override string ToString()
    {
        Span<byte> octets = stackalloc byte[MaxLength];
        CopyTo(octets);
        return Convert.ToHexStringLower(octets[..Length]);
    }

    /// <summary>The cookie in the room of three SACK blocks, which a SYN has none of.</summary>
    internal static FastOpenCookie From(in SackBlockList room) => new(Word(room[0]), Word(room[1]), room[2].Left.Value);

    /// <summary>Puts it there.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    internal void Into(ref SackBlockList room)
    {
        room[0] = Block(_first);
        room[1] = Block(_second);
        room[2] = new(new(_shape), default);
    }

    private static ulong Word(SackBlock block) => (ulong)block.Left.Value << 32 | block.Right.Value;

    private static SackBlock Block(ulong word) => new(new((uint)(word >> 32)), new((uint)word));
}
