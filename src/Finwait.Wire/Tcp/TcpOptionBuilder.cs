using System.Buffers.Binary;

namespace Finwait.Wire;

/// <summary>Puts any options into option bytes one by one: for tools and tests that craft segments. Endpoints use <see cref="TcpWriter"/>.</summary>
/// <remarks>Every option but end-of-list and no-operation gets its length octet (MUST-68), <see cref="Finish"/> pads with zeros (MUST-69).</remarks>
public ref struct TcpOptionBuilder
{
    private readonly Span<byte> _bytes;

    /// <summary>A builder that writes to the start of <paramref name="bytes"/>; 40 octets are the most a header can carry.</summary>
    public TcpOptionBuilder(Span<byte> bytes) => _bytes = bytes;

    /// <summary>Octets written so far.</summary>
    public int Length { get; private set; }

    /// <summary>Adds a no-operation.</summary>
    public void AddNoOperation() => _bytes[Length++] = TcpOptionKind.NoOperation;

    /// <summary>Adds one option of any kind with a length octet.</summary>
    /// <param name="kind">2–255.</param>
    /// <param name="data">What follows the length octet.</param>
    /// <exception cref="ArgumentException">No room, or a kind that has no length octet: a caller bug.</exception>
    public void Add(byte kind, scoped ReadOnlySpan<byte> data)
    {
        if (kind <= TcpOptionKind.NoOperation || data.Length > 253 || _bytes.Length - Length < data.Length + 2)
        {
            throw new ArgumentException("no room for the option, or a kind without length", nameof(data));
        }

        _bytes[Length] = kind;
        _bytes[Length + 1] = (byte)(data.Length + 2);
        data.CopyTo(_bytes[(Length + 2)..]);
        Length += data.Length + 2;
    }

    /// <summary>Adds a maximum segment size.</summary>
    public void AddMss(ushort mss)
    {
        Span<byte> data = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(data, mss);
        Add(TcpOptionKind.MaximumSegmentSize, data);
    }

    /// <summary>Adds a window scale.</summary>
    public void AddWindowScale(byte shift) => Add(TcpOptionKind.WindowScale, [shift]);

    /// <summary>Adds SACK-permitted.</summary>
    public void AddSackPermitted() => Add(TcpOptionKind.SackPermitted, default);

    /// <summary>Adds timestamps.</summary>
    public void AddTimestamps(uint tsVal, uint tsEcr)
    {
        Span<byte> data = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(data, (ulong)tsVal << 32 | tsEcr);
        Add(TcpOptionKind.Timestamps, data);
    }

    /// <summary>Adds SACK blocks.</summary>
    public void AddSack(scoped ReadOnlySpan<SackBlock> blocks)
    {
        Span<byte> data = stackalloc byte[8 * SackBlockList.Capacity];
        if (blocks.Length > SackBlockList.Capacity)
        {
            throw new ArgumentException("more SACK blocks than an option can hold", nameof(blocks));
        }

        for (int i = 0; i < blocks.Length; i++)
        {
            BinaryPrimitives.WriteUInt64BigEndian(data[(8 * i)..], (ulong)blocks[i].Left.Value << 32 | blocks[i].Right.Value);
        }

        Add(TcpOptionKind.Sack, data[..(8 * blocks.Length)]);
    }

    /// <summary>Pads with zeros (end-of-list) to a multiple of four and returns the length.</summary>
    public int Finish()
    {
        int padded = (Length + 3) & ~3;
        _bytes[Length..padded].Clear();
        Length = padded;
        return padded;
    }
}
