namespace Finwait.Inspect;

/// <summary>A part of a packet with what it means: a header, a field, a bit.</summary>
/// <param name="text">Its name and value, for people.</param>
/// <param name="at">Its first octet, from the start of the frame.</param>
/// <param name="length">Octets; 0 for what is worked out and stands in no octet.</param>
internal sealed class PacketField(string text, int at, int length)
{
    private readonly List<PacketField> _inner = [];

    public string Text { get; } = text;

    public int At { get; } = at;

    public int Length { get; } = length;

    /// <summary>The parts of this part.</summary>
    public IReadOnlyList<PacketField> Inner => _inner;

    /// <summary>Adds a part.</summary>
    /// <returns>The part, which can have parts too.</returns>
    public PacketField Add(FormattableString text, int at, int length) => Add(FormattableString.Invariant(text), at, length);

    /// <inheritdoc cref="Add(FormattableString, int, int)"/>
    public PacketField Add(string text, int at, int length)
    {
        var inner = new PacketField(text, at, length);
        _inner.Add(inner);
        return inner;
    }
}
